//! What was seen of the site, as a file that browsers write and tools read: HAR 1.2. And how to make one that can be
//! given away.

pub mod downloads;
pub mod har;
mod lenient;
mod packed;
pub mod recorder;
pub mod redact;
pub mod saved;
