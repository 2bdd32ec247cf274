//! A clinic with a certificate that can be renewed, at a simulator of its own: for the tests of our client library.

use obn_client::{Client, Clock, Error, Identity, Notice as ClientNotice, Pin, RenewalKeeper, RenewalRecord};

use crate::{Environment, Notice, RENEWING};

/// Keys of a profile that issues without waiting, so that a clock that stands still does no harm.
pub const AT_ONCE: &str = "[issue]\ndelays = [\"0s\", \"0s\"]";

/// A disk, so to speak: what is on it survives the client.
#[derive(Debug, Default)]
pub struct Disk(pub Option<RenewalRecord>);

impl RenewalKeeper for Disk {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        self.0 = record.cloned();
        Ok(())
    }
}

/// Today its certificate can be renewed.
#[derive(Debug)]
pub struct Clinic {
    /// Its simulator.
    pub env: Environment,
    /// The notice of its certificate.
    pub notice: Notice,
    /// Its certificate, with the key.
    pub old: Identity,
    /// What it keeps of a renewal.
    pub disk: Disk,
}

impl Clinic {
    /// At a simulator that issues at once.
    pub async fn new() -> Self {
        let env = Environment::with(AT_ONCE).await;
        let notice = env.issue().await;
        let client = env.client().build().expect("the client has all it needs");
        let old = client.download(&notice.ids(), &Self::pin()).await.expect("the right IDs").identity;
        env.control.freeze(RENEWING).await;
        Self { env, notice, old, disk: Disk::default() }
    }

    /// A client with the certificate that is to be renewed.
    pub fn client(&self) -> Client {
        let clock = Clock::fixed(RENEWING.parse().expect("an instant"));
        let client = self.env.client().clock(clock).identity(self.old.clone());
        client.build().expect("the client has all it needs")
    }

    /// What its files are encrypted with.
    pub fn pin() -> Pin {
        "1234".parse().expect("four digits")
    }
}

impl Notice {
    /// The IDs as our client takes them.
    pub fn ids(&self) -> ClientNotice {
        let request_id = self.request_id.parse().expect("a request ID");
        ClientNotice::new(request_id, self.reference_id.parse().expect("a reference ID"))
    }
}
