//! What one process lets others do to it.

use std::time::Duration;

/// Bounds on what one process lets others do to it. All times are real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once, on all listeners of the portal together, and on control. For one more, another one goes that
    /// waits for its peer.
    pub connections: usize,
    /// A TLS handshake.
    pub handshake: Duration,
    /// The headers of a request, also the wait for the first on a connection and for the next on a kept one.
    pub headers: Duration,
    /// How long nothing may move while a peer has a body to send or an answer to read. It is cut off within twice this time.
    pub stall: Duration,
    /// The body of a request; of a saved world, each 8 MiB of it.
    pub body: Duration,
    /// Bytes of a request's headers.
    pub header_bytes: usize,
    /// Bytes of a posted form.
    pub body_bytes: usize,
    /// Bytes of answers that wait for their readers, on the portal and on control each. For more, a connection goes that
    /// has been reading for longest without getting on.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(60),
            stall: Duration::from_secs(10),
            body: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            body_bytes: 16 * 1024,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}
