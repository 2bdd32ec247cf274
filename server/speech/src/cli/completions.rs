//! `completions`: from the same definitions as the command line itself.

use super::program::built;
use crate::language::Language;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl Completions {
    /// The script that this shell reads.
    pub fn script(&self, definitions: clap::Command, language: Language) -> String {
        let mut definitions = built(definitions, language);
        let name = definitions.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut definitions, name, &mut script);
        String::from_utf8_lossy(&script).trim_end().to_owned()
    }
}
