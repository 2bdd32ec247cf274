//! A renewal whose future is dropped, wherever it may be waiting, is completed by the next one with no second application.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use obn_client::{
    Clock, Error, Identity, Notice as ClientNotice, Password, RenewalKeeper, RenewalRecord,
    RenewedCertificate,
};
use obn_tests::Environment;

use crate::terminal::{ISSUED, RENEWING};

/// What is on it survives the future.
#[derive(Default)]
struct Disk(Option<RenewalRecord>);

impl RenewalKeeper for Disk {
    fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
        self.0 = record.cloned();
        Ok(())
    }
}

struct Clinic {
    env: Environment,
    old: Identity,
    disk: Disk,
}

impl Clinic {
    async fn new() -> Self {
        let env = Environment::with("[issue]\ndelays = [\"0s\", \"0s\"]").await;
        env.control.freeze(ISSUED).await;
        let notice = env.issue().await;
        let ids = ClientNotice::new(notice.request_id.parse().unwrap(), notice.reference_id.parse().unwrap());
        let client = env.client().clock(Clock::fixed(ISSUED.parse().unwrap())).build().unwrap();
        let old = client.download(&ids, &Password::new("1234")).await.unwrap().identity;
        env.control.freeze(RENEWING).await;
        Self { env, old, disk: Disk::default() }
    }

    /// Renews, but gives up once the future has been polled so often.
    async fn renew(&mut self, most: usize) -> Option<RenewedCertificate> {
        let clock = Clock::fixed(RENEWING.parse().unwrap());
        let client = self.env.client().clock(clock).identity(self.old.clone()).build().unwrap();
        let (password, record) = (Password::new("2468"), self.disk.0.clone());
        let mut renewal = pin!(client.renew(&password, record, &mut self.disk));
        let mut polls = 0;
        let result = poll_fn(|context| {
            if polls == most {
                return Poll::Ready(None);
            }
            polls += 1;
            renewal.as_mut().poll(context).map(Some)
        });
        result.await.map(|result| result.unwrap())
    }
}

#[tokio::test]
async fn a_renewal_that_is_dropped_at_any_await_is_completed_by_the_next() {
    for most in 0.. {
        let mut clinic = Clinic::new().await;
        let is_complete = clinic.renew(most).await.is_some();
        let renewed = clinic.renew(usize::MAX).await.expect("nothing stops it");
        let renewals = clinic.env.control.json("/renewals").await;
        let [renewal] = &renewals.as_array().unwrap()[..] else { panic!("after {most} polls: {renewals}") };
        let serial = renewed.download.identity.certificate().serial().to_uppercase();
        assert_eq!(renewal["serial"], serial.as_str(), "after {most} polls");
        if is_complete {
            assert!(most > 8, "it waits for more than {most} answers");
            return;
        }
    }
}
