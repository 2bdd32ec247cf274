//! The two languages that messages are written in.

pub use obn_speech::Language;
