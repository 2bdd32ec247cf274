//! Reports of a sweep: which guesses about the real site a client depends on.

mod badge;
mod html;
mod json;
mod junit;
mod terminal;
mod texts;

pub use badge::sweep_to_badge;
pub use html::sweep_to_html;
pub use json::sweep_to_json;
pub use junit::sweep_to_junit;
pub use terminal::sweep_to_text;
