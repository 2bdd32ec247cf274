//! Whoever looks on while a client talks to the site.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

/// One exchange as it was.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) started: Timestamp,
    pub(crate) took: Duration,
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) sent: Vec<(String, String)>,
    pub(crate) form: Option<String>,
    /// What came back, if anything did.
    pub(crate) answer: Option<Answered>,
    pub(crate) handshake: Option<Handshake>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What a handshake of TLS showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handshake {
    pub(crate) host: String,
    pub(crate) protocol: Option<&'static str>,
    /// In DER, the server's own first.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) asked_for_certificate: bool,
}

/// Is told of each exchange when it is over, also of one that failed.
pub(crate) trait Witness: fmt::Debug + Send + Sync {
    fn saw(&self, exchange: Exchange);
}
