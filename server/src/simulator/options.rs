//! What a simulator shall be.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::limits::Limits;
use crate::profile::Profile;
use crate::scenes::Scene;
use crate::smtp::MailServer;
use crate::store::StoreUrl;

/// What a simulator shall be. `Default` is what the command line starts without options.
#[derive(Clone, Debug)]
pub struct Options {
    /// The portal's address.
    pub listen: SocketAddr,
    /// Control's address.
    pub control: SocketAddr,
    /// Where the revocation list is published over plain HTTP, if it is.
    pub http: Option<SocketAddr>,
    /// Where the sites are served that the certificate is for, if they are.
    pub relying_party: Option<SocketAddr>,
    /// Where to keep things.
    pub store: StoreUrl,
    /// Decides what nobody knows. `None`: as stored, otherwise the default profile.
    pub profile: Option<Profile>,
    /// Same seed, same keys, IDs and certificates. A store that is not fresh keeps its own.
    pub seed: Option<String>,
    /// More names for the TLS certificate.
    pub hostnames: Vec<String>,
    /// Whether a fresh store starts with a sample notice.
    pub sample: bool,
    /// A scene that a fresh store starts with, in place of the sample notice.
    pub scene: Option<Scene>,
    /// Host names beside loopback by which control may be called.
    pub control_hosts: Vec<String>,
    /// Bearer token that control's calls must carry.
    pub control_token: Option<String>,
    /// RSA keys to keep in stock.
    pub key_pool: usize,
    /// Records that a world's journal keeps.
    pub journal: usize,
    /// Bounds on times and sizes.
    pub limits: Limits,
    /// The address of the listener that asks for client certificates where `client_auth.mode` is
    /// `split`. `None`: the portal's address with a free port, if a profile in force needs one.
    pub renewal_listen: Option<SocketAddr>,
    /// Where the mails of the outbox go as well, if anywhere.
    pub smtp: Option<MailServer>,
    /// A folder with files that worlds made through control may name: installers and saved worlds. The file that
    /// [`profile`](Self::profile) names may lie anywhere.
    pub files: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new([0u16; 8].into(), 8443),
            control: SocketAddr::new([127, 0, 0, 1].into(), 8444),
            http: None,
            relying_party: None,
            store: StoreUrl::Memory,
            profile: None,
            seed: None,
            hostnames: Vec::new(),
            sample: true,
            scene: None,
            control_hosts: Vec::new(),
            control_token: None,
            key_pool: 16,
            journal: 10_000,
            limits: Limits::default(),
            renewal_listen: None,
            smtp: None,
            files: None,
        }
    }
}

impl Options {
    /// On loopback ports that the system chooses, in memory, without keys ahead: most tests need one or two, and
    /// they share the processor.
    pub fn for_tests() -> Self {
        let loopback = SocketAddr::new([127, 0, 0, 1].into(), 0);
        Self { listen: loopback, control: loopback, http: Some(loopback), key_pool: 0, ..Self::default() }
    }

    /// With this seed.
    #[must_use]
    pub fn seed(self, seed: &str) -> Self {
        Self { seed: Some(seed.to_owned()), ..self }
    }

    /// With this profile.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile: Some(profile), ..self }
    }
}
