//! Learning from the real site: out of a recording that somebody made there comes the profile under which our simulator
//! answers the same.
//!
//! - [`Sources`]: recordings, saved pages and files, as one list of exchanges and files.
//! - [`learn`]: which page each is, and what it shows of each key of the profile.
//! - [`Learned`]: what is known, what contradicts it, and what to record next; as text, HTML, JSON and a profile.
//! - [`replay`]: walks a recording against a simulator under a profile, and tells the differences.
//!
//! A key is never learnt on a guess: where two things are seen, or one that may mean two, nothing is learnt.

mod evidence;
mod exchange;
mod keys;
mod learned;
mod ledger;
mod observation;
mod page;
mod replay;
mod report;
mod settled;
mod source;
mod tries;

pub use keys::{unread, why_not_shown};
pub use learned::{Conflict, Contradiction, Known, Learned, Open, learn};
pub use replay::{Difference, Replayed, replay};
pub use report::{learned_to_html, learned_to_json, learned_to_profile, learned_to_text, replayed_to_text};
pub use settled::Settled;
pub use source::{SourceError, Sources};
