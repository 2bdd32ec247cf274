//! Clients to start from: in each of some languages a whole program with what its vendor needs to know.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::Language;

/// A folder for each.
static ALL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/starters");

/// The language of a client to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Starter {
    /// Python 3 with requests and cryptography
    Python,
    /// Node 18 or later, with the openssl command
    Node,
    /// Java 17 or later
    Java,
    /// PHP 8.1 or later, with its extensions curl and openssl
    Php,
    /// Go 1.18 or later, with the openssl command
    Go,
    /// C# for .NET Framework, .NET and Mono
    Csharp,
    /// bash with curl and openssl
    Shell,
}

impl Starter {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Python, Self::Node, Self::Java, Self::Php, Self::Go, Self::Csharp, Self::Shell];

    /// Its name on the command line, and of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Java => "java",
            Self::Php => "php",
            Self::Go => "go",
            Self::Csharp => "csharp",
            Self::Shell => "shell",
        }
    }

    /// What it wants of a machine.
    pub const fn needs(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Python, Language::Japanese) => "Python 3 (requests と cryptography)",
            (Self::Python, Language::English) => "Python 3 with requests and cryptography",
            (Self::Node, Language::Japanese) => "Node 18 以降 (openssl コマンド)",
            (Self::Node, Language::English) => "Node 18 or later, with the openssl command",
            (Self::Java, Language::Japanese) => "Java 17 以降",
            (Self::Java, Language::English) => "Java 17 or later",
            (Self::Php, Language::Japanese) => "PHP 8.1 以降 (拡張 curl と openssl)",
            (Self::Php, Language::English) => "PHP 8.1 or later, with its extensions curl and openssl",
            (Self::Go, Language::Japanese) => "Go 1.18 以降 (openssl コマンド)",
            (Self::Go, Language::English) => "Go 1.18 or later, with the openssl command",
            (Self::Csharp, Language::Japanese) => "C# (.NET Framework、.NET、Mono)",
            (Self::Csharp, Language::English) => "C# for .NET Framework, .NET and Mono",
            (Self::Shell, Language::Japanese) => "bash (curl と openssl)",
            (Self::Shell, Language::English) => "bash with curl and openssl",
        }
    }

    /// Its files, by their names.
    pub fn files(self) -> impl Iterator<Item = (&'static str, &'static [u8])> {
        let folder = ALL.get_dir(self.name()).into_iter();
        folder.flat_map(|folder| folder.files()).filter_map(|file| {
            let name = file.path().file_name()?.to_str()?;
            Some((name, file.contents()))
        })
    }

    /// The shell blocks of its README: how it is built, if it is, and how it is judged; `bat` for Windows, `sh` elsewhere.
    pub fn commands(self, language: Language, shell: &str) -> Vec<&'static str> {
        let readme = match language {
            Language::Japanese => "README.ja.md",
            Language::English => "README.md",
        };
        let mut readmes = self.files().filter(|(name, _)| *name == readme);
        let text = readmes.next().and_then(|(_, text)| std::str::from_utf8(text).ok()).unwrap_or_default();
        let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
        blocks.filter_map(|(kind, lines)| (kind == shell).then_some(lines)).collect()
    }

    /// Writes its files into a folder that isn't there yet or is empty, and answers with their names.
    ///
    /// # Errors
    /// If something lies in the folder (`DirectoryNotEmpty`), or a file can't be written. None is ever overwritten.
    pub fn write(self, folder: &Path) -> io::Result<Vec<&'static str>> {
        DirBuilder::new().recursive(true).create(folder)?;
        if folder.read_dir()?.next().is_some() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        let written = self.files().map(|(name, bytes)| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            if bytes.starts_with(b"#!") {
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o777);
            }
            options.open(folder.join(name))?.write_all(bytes)?;
            Ok(name)
        });
        written.collect()
    }
}
