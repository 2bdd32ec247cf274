//! Manual 5.3 through the library: the root certificate of the site's TLS.

use obn_client::{Breach, Certificate, Error};

use crate::authority::Authority;
use crate::pages::page;
use crate::portal::{Portal, Reply};

const TYPE: &str = "application/x-x509-ca-cert";

fn root() -> Certificate {
    let pem = Authority::named("Security Communication RootCA2").pem;
    Certificate::from_der_or_pem(pem.as_bytes()).unwrap()
}

#[tokio::test]
async fn the_address_may_deliver_the_file_itself() {
    let root = root();
    let der = root.der().to_vec();
    let portal = Portal::start(move |_| Reply::file(TYPE, der.clone())).await;
    assert_eq!(portal.client().build().unwrap().root_certificate().await.unwrap(), root);
}

#[tokio::test]
async fn the_address_may_show_a_page_with_a_link() {
    let root = root();
    for link in
        ["<a href='/files/SCRoot2ca.cer'>こちら</a>", "<a href='get?id=1'>ルート証明書のダウンロード</a>"]
    {
        let der = root.der().to_vec();
        let portal = Portal::start(move |seen| match seen.path.as_str() {
            "/p/cert" => Reply::html(page("ルート証明書", &format!("<a href='/p/s'>戻る</a>{link}"))),
            "/files/SCRoot2ca.cer" | "/p/get" => Reply::file(TYPE, der.clone()),
            _ => Reply::html("").status(404),
        })
        .await;
        assert_eq!(portal.client().build().unwrap().root_certificate().await.unwrap(), root, "{link}");
    }
}

#[tokio::test]
async fn something_that_is_no_certificate_is_not_taken_for_one() {
    let portal = Portal::start(|_| Reply::file(TYPE, b"0\x82nonsense".to_vec())).await;
    let error = portal.client().build().unwrap().root_certificate().await.unwrap_err();
    assert!(matches!(error, Error::Protocol(Breach::NotACertificate)), "{error:?}");
    assert_eq!(portal.seen().len(), 3);
}
