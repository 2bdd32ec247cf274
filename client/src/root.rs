//! `/p/cert`: the root certificate of the site's own TLS (manual 5.3).

use crate::client::Client;
use crate::error::Error;
use crate::pki::certificate::Certificate;
use crate::site::browser::Answer;
use crate::terms::breach::Breach;
use crate::tries::Tries;

impl Client {
    /// Fetches the root certificate that the site offers for download. The manual's users install it as trusted; a
    /// program should compare it with the root that it got from elsewhere, since it can only be fetched with that one.
    pub async fn root_certificate(&self) -> Result<Certificate, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.root_certificate_once().await {
                Ok(certificate) => return Ok(certificate),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    async fn root_certificate_once(&self) -> Result<Certificate, Error> {
        let mut browser = self.visit();
        let bytes = match browser.open("/p/cert").await? {
            Answer::File(bytes) => bytes,
            Answer::Page(page) => match browser.fetch(page.certificate_link()?).await? {
                Answer::File(bytes) => bytes,
                Answer::Page(page) => return Err(page.instead_of("ルート証明書").into()),
            },
        };
        Certificate::from_der_or_pem(&bytes).map_err(|_| Breach::NotACertificate.into())
    }
}
