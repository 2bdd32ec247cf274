//! Whoever keeps what the site sends, before anybody judges it.

use std::fmt;

/// Keeps the files that a [`Client`](crate::Client) is sent, as they come. A CA may hand out a key once, so that what
/// came is to be on the disk before anybody looks inside.
///
/// What can't be kept is no reason to stop: the file is judged and handed to the caller all the same.
pub trait Inbox: fmt::Debug + Send + Sync {
    /// A file has come as a whole, as far as the connection tells. Of several the last may be good, if one is.
    fn arrived(&self, file: &[u8]);

    /// So much of a file has come, and no more: the connection broke off, or nobody reads files of such a length.
    fn broke_off(&self, _part: &[u8]) {}
}

/// Keeps nothing.
impl Inbox for () {
    fn arrived(&self, _file: &[u8]) {}
}
