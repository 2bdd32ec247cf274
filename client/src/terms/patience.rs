//! How long the client waits and how often it tries, before it gives up.

use std::time::Duration;

/// How patient a [`Client`](crate::Client) is. Nothing that the CA has refused is ever tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long making a connection may take.
    pub connect: Duration,
    /// How long one answer may take.
    pub answer: Duration,
    /// How often a file is fetched if it arrives broken, at least once.
    pub downloads: u32,
    /// How often a walk through the pages is begun if the session is lost on the way, at least once.
    pub sessions: u32,
    /// How long to wait before one of those is tried again.
    pub pause: Duration,
    /// How long to wait before the status of a renewal is looked at again.
    pub poll_interval: Duration,
    /// How often the status is looked at before [`Breach::NotIssuedInTime`](crate::Breach::NotIssuedInTime).
    pub polls: u32,
    /// How often the list of 更新後証明書の取得 is looked at for an application that was cut off so early that nobody
    /// knows whether it reached the CA. Only then is it made again.
    pub searches: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            downloads: 3,
            sessions: 3,
            pause: Duration::from_secs(1),
            poll_interval: Duration::from_secs(2),
            polls: 300,
            searches: 30,
        }
    }
}
