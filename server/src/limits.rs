//! What one process lets others do to it.

use std::time::Duration;

/// Bounds on what one process lets others do to it. All times are real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once on one listener; further ones wait.
    pub connections: usize,
    /// A TLS handshake.
    pub handshake: Duration,
    /// The headers of a request, also the wait for the first on a connection and for the next on a kept one.
    pub headers: Duration,
    /// The body of a request.
    pub body: Duration,
    /// Bytes of a request's headers.
    pub header_bytes: usize,
    /// Bytes of a posted form.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(60),
            body: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            body_bytes: 16 * 1024,
        }
    }
}
