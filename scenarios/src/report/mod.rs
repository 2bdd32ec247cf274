//! Reports of a run: for a terminal, as JSON, as JUnit XML, as a page for people, as a badge.

mod badge;
mod earlier;
pub(crate) mod html;
mod json;
mod judged;
mod junit;
mod run;
mod terminal;
mod visible;

pub(crate) use badge::draw;
pub use badge::to_badge;
pub(crate) use earlier::{Changed, Earlier, Part};
pub use html::to_html;
pub use json::{SCHEMA, to_json};
pub use junit::to_junit;
pub use run::{Run, Verdict};
pub use terminal::to_text;
pub(crate) use visible::{visible, visible_line, xml};
