//! The commands of `obn`, a file each.

pub(crate) mod backup;
pub(crate) mod collect;
pub(crate) mod download;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod list;
pub(crate) mod notices;
pub(crate) mod remove;
pub(crate) mod renew;
pub(crate) mod revoke;
pub(crate) mod root;
pub(crate) mod show;
pub(crate) mod watch;
