//! `man`: from the same definitions as the command line itself.

use std::path::{Path, PathBuf};

use super::program::built;
use crate::cause::cause;
use crate::language::Language;
use crate::words;
use crate::words::Words;

/// What `man` takes.
#[derive(Debug, clap::Args)]
pub struct ManPages {
    /// The folder to write to; it is made if there is none
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

impl ManPages {
    /// Writes a page for the program and one for each of its commands.
    ///
    /// # Errors
    /// What the system has against the folder.
    pub fn write(&self, definitions: clap::Command, language: Language) -> Result<(), Words> {
        let written = std::fs::create_dir_all(&self.out)
            .and_then(|()| clap_mangen::generate_to(built(definitions, language), &self.out));
        written.map_err(|error| {
            let (folder, Words { japanese, english }) = (self.out.display(), cause(&error));
            words!(
                "フォルダー {folder} に書き込めません: {japanese}。--out に書き込めるフォルダーを指定してください",
                "could not write to the folder {folder}: {english}; name another one with --out"
            )
        })
    }

    /// What is said when it is done.
    pub fn done(folder: &Path) -> Words {
        let folder = folder.display();
        words!("マニュアルページを {folder} に保存しました", "wrote the man pages to {folder}")
    }
}
