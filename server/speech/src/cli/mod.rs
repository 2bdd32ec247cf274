//! Command lines in both languages, over the definitions that clap parses by.

pub mod address;
mod asked;
mod completions;
mod help;
mod man;
mod mistake;
mod program;
pub mod streams;
pub mod values;
mod visible;

pub use asked::{arguments, language, language_before_parsing};
pub use completions::Completions;
pub use help::{Length, help};
pub use man::ManPages;
pub use mistake::{full, in_one_line};
pub use program::{Explain, Program, Stopped};
pub use visible::{indented, on_one_line, visible};
