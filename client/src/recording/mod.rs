//! What was seen of the site, as a file that browsers write and tools read: HAR 1.2.

pub mod har;
mod lenient;
mod packed;
