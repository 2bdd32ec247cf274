//! A renewal whose future is dropped, wherever it may be waiting, is completed by the next one with no second application.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use obn_client::RenewedCertificate;
use obn_tests::Clinic;

/// Renews, but gives up once the future has been polled so often.
async fn renew(clinic: &mut Clinic, most: usize) -> Option<RenewedCertificate> {
    let (client, password, record) = (clinic.client(), Clinic::pin(), clinic.disk.0.clone());
    let mut renewal = pin!(client.renew(&password, record, &mut clinic.disk));
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

#[tokio::test]
async fn a_renewal_that_is_dropped_at_any_await_is_completed_by_the_next() {
    for most in 0.. {
        let mut clinic = Clinic::new().await;
        let is_complete = renew(&mut clinic, most).await.is_some();
        let renewed = renew(&mut clinic, usize::MAX).await.expect("nothing stops it");
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
