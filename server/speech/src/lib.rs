//! How `obn-ca`, `obn` and `obn-conformance` speak: Japanese or English, in lines that fit a terminal.
//!
//! - [`Language`]: one of the two.
//! - [`Words`]: a sentence in both; as an error it is the English one.
//! - [`cause`], [`unreadable`]: what the system says of a file or a connection, in both.
//! - [`serde_message`]: what serde says of a value, in both.
//! - [`wrapped`]: a paragraph on a terminal, where Japanese letters take two columns.
//! - [`cli`] (feature `cli`): which language is asked for, help, mistakes on the command line, completions, man pages.
//!
//! It knows nothing of the service, so that server and client can share it and still be written apart.

mod cause;
#[cfg(feature = "cli")]
pub mod cli;
mod language;
mod serde_message;
mod words;
mod wrap;

pub use cause::{cause, folder_cause, unreadable};
pub use language::Language;
pub use serde_message::serde_message;
pub use words::Words;
pub use wrap::{COLUMNS, width, wrapped};
