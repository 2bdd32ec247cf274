//! A scene that is set.

use std::time::Duration;

use obn_ca::Simulator;
use rustls_pki_types::CertificateDer;
use url::Url;

use crate::control::Control;
use crate::eyes::Distortion;

/// A scene that is set: where to play.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) portal: Url,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) control: Option<Control>,
    /// Where the revocation list's host is reached, if not by its name.
    pub(super) http: Option<Url>,
    /// Where a site is that the certificate is for.
    pub(super) relying_party: Option<Url>,
    pub(super) patience: Duration,
    pub(super) distortion: Option<Distortion>,
    /// Ends when the play ends.
    pub(super) _simulator: Option<Simulator>,
}
