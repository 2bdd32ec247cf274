//! What was learnt, in all forms.

mod html;
mod json;
mod profile;
mod terminal;

pub use html::learned_to_html;
pub use json::learned_to_json;
pub(super) use profile::SHOWS;
pub use profile::learned_to_profile;
pub use terminal::{learned_to_text, replayed_to_text};
