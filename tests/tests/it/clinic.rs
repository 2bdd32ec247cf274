//! A clinic with a certificate that can be renewed, at a simulator of its own: for the tests of our client library.

use obn_client::{Client, Clock, Error, Identity, Notice as ClientNotice, Pin, RenewalKeeper, RenewalRecord};
use obn_tests::{Environment, Notice};

use crate::terminal::{ISSUED, RENEWING};

/// Issues without waiting, so that a clock that stands still does no harm.
pub(crate) const AT_ONCE: &str = "[issue]\ndelays = [\"0s\", \"0s\"]";

/// A disk, so to speak: what is on it survives the client.
#[derive(Default)]
pub(crate) struct Disk(pub(crate) Option<RenewalRecord>);

impl RenewalKeeper for Disk {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        self.0 = record.cloned();
        Ok(())
    }
}

pub(crate) struct Clinic {
    pub(crate) env: Environment,
    pub(crate) notice: Notice,
    pub(crate) old: Identity,
    pub(crate) disk: Disk,
}

impl Clinic {
    pub(crate) async fn new() -> Self {
        let env = Environment::with(AT_ONCE).await;
        env.control.freeze(ISSUED).await;
        let notice = env.issue().await;
        let client = env.client().clock(Clock::fixed(ISSUED.parse().unwrap())).build().unwrap();
        let old = client.download(&ids(&notice), &password()).await.unwrap().identity;
        env.control.freeze(RENEWING).await;
        Self { env, notice, old, disk: Disk::default() }
    }

    /// A client with the certificate that is to be renewed.
    pub(crate) fn client(&self) -> Client {
        let clock = Clock::fixed(RENEWING.parse().unwrap());
        self.env.client().clock(clock).identity(self.old.clone()).build().unwrap()
    }
}

pub(crate) fn password() -> Pin {
    "1234".parse().unwrap()
}

/// The IDs as our client takes them.
pub(crate) fn ids(notice: &Notice) -> ClientNotice {
    ClientNotice::new(notice.request_id.parse().unwrap(), notice.reference_id.parse().unwrap())
}
