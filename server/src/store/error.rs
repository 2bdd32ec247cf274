//! Why a store can't be used, in words for whoever started the process.

use std::path::PathBuf;

/// Why the store can't be used. Each reads as one line after `store sqlite:PATH: `.
///
/// Unless it is [`Unsure`](Self::Unsure), nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A path into nowhere.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The path is a folder.
    #[error("this is a folder, not a file")]
    NotAFile,
    /// Two processes on one file.
    #[error("another process is using it")]
    InUse,
    /// No write access to file or folder.
    #[error("it can't be written: check the permissions of the file and its folder")]
    ReadOnly,
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// Not a database, or a damaged one.
    #[error("it is damaged or not a store of obn-ca ({0})")]
    Corrupt(String),
    /// Somebody else's database. It was left as it is.
    #[error("it is another program's database: name a file of its own for obn-ca")]
    Foreign,
    /// Made by a later version.
    #[error("it was made by a newer version of obn-ca (schema {0}): use that version, or another file")]
    Newer(i64),
    /// A file of it went away under the running process. It stays so until the next start.
    #[error("{0}")]
    Lost(Lost),
    /// The disk failed in the middle of a commit, and what holds can't be read.
    #[error("whether it was kept is not known ({0}): look whether it is there before you ask again")]
    Unsure(String),
    /// A server that can't be reached, or takes nobody in.
    #[error("the database can't be reached ({0})")]
    Away(String),
    /// A server that doesn't take us in, or doesn't let us write.
    #[error("the database refuses ({0})")]
    Refused(String),
    /// A pooler before the server that gives each statement another connection.
    #[error("a pooler in front of the database loses prepared statements ({0})")]
    Pooler(String),
    /// A file that the URL names.
    #[error("{name} names {}, which can't be read", .path.display())]
    NoFile {
        /// The parameter of the URL.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// Somebody else was at the same rows.
    #[error("others were at work on the same ({0}): try again")]
    Again(String),
    /// A world that another process has replaced or thrown away.
    #[error("the world was reset, replaced or thrown away in the meantime")]
    NoWorld,
    /// The simulator has been stopped.
    #[error("it is closed")]
    Closed,
    /// A row that this version can't read.
    #[error("it holds something unreadable: {0}")]
    Unreadable(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Which file of a store isn't at its place any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The database itself.
    #[error(
        "its file was deleted or replaced while obn-ca was running, so nothing can be kept any more: end obn-ca and \
         start it again"
    )]
    Database,
    /// What was committed last, until it is written back.
    #[error(
        "its log, the file that ends in -wal, was deleted or replaced while obn-ca was running: end obn-ca with \
         SIGTERM, which still writes all of it back, and start it again"
    )]
    Log,
}

impl StoreError {
    /// Whether the log has told of it before, when it was found out.
    pub fn is_told(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Away(_))
    }
}

/// `SQLITE_IOERR_SHMSIZE`: the file that ends in `-shm` can't grow.
const NO_SPACE_TO_SHARE: u32 = 10 | 19 << 8;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            let text = error.to_string().replace('\n', " ");
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
                    Self::Away(text)
                }
                sqlx::Error::PoolClosed => Self::Closed,
                _ => Self::Other(text),
            };
        };
        #[cfg(feature = "postgres")]
        if let Some(database) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            return of_server(database.code(), database.message());
        }
        // The primary result code is the lowest byte (sqlite.org/rescode.html).
        let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
        match code & 0xff {
            5 | 6 => Self::InUse,
            8 | 14 | 23 => Self::ReadOnly,
            13 => Self::Full,
            10 if code == NO_SPACE_TO_SHARE => Self::Full,
            11 | 26 => Self::Corrupt(database.message().to_owned()),
            _ => Self::Other(database.message().to_owned()),
        }
    }
}

/// By SQLSTATE (Appendix A of PostgreSQL's manual).
#[cfg(feature = "postgres")]
fn of_server(code: &str, message: &str) -> StoreError {
    match code {
        // Out of disk.
        "53100" => StoreError::Full,
        // No such database; a server that only answers; no right to do so; another user or password.
        "3D000" | "25006" | "42501" => StoreError::Refused(message.to_owned()),
        _ if code.starts_with("28") => StoreError::Refused(message.to_owned()),
        // A statement that is there already, or isn't.
        "42P05" | "26000" => StoreError::Pooler(message.to_owned()),
        // Serialization failure; deadlock.
        "40001" | "40P01" => StoreError::Again(message.to_owned()),
        // The connection; too many of them; shutting down, crashed, starting; a server that can't go on.
        "53300" | "57P01" | "57P02" | "57P03" => StoreError::Away(message.to_owned()),
        _ if code.starts_with("08") => StoreError::Away(message.to_owned()),
        _ => StoreError::Other(message.to_owned()),
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::VersionMismatch(version) => {
                Self::Corrupt(format!("schema {version} is not the one that obn-ca made"))
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Other(other.to_string()),
        }
    }
}
