//! `/p/rcd`: the first download of a certificate (manual 1.1).

use crate::client::Client;
use crate::error::Error;
use crate::pki::identity::{Identity, IdentityError};
use crate::site::browser::{Answer, Browser};
use crate::site::words;
use crate::terms::breach::Breach;
use crate::terms::notice::Notice;
use crate::terms::pin::Pin;
use crate::tries::Tries;

/// A PFX file as the site delivered it, and what it holds. It has been verified: the password opens it, the key fits the
/// certificate, and the common CA issued that, its root included.
#[derive(Clone)]
#[non_exhaustive]
pub struct Download {
    /// The file, byte for byte.
    pub pfx: Vec<u8>,
    /// What is inside.
    pub identity: Identity,
}

impl Client {
    /// Downloads the certificate of an issue notice. `pin` is the password that will protect the file, which the
    /// applicant chooses.
    ///
    /// A lost session begins again at the first page and a file that arrives broken is fetched again, as often as the
    /// client's [`Patience`](crate::Patience) allows. A refusal is final: a wrong reference ID is never tried twice.
    ///
    /// A CA may hand out a key once, so whoever can should keep what comes before it is judged: see
    /// [`ClientBuilder::inbox`](crate::ClientBuilder::inbox).
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any time, and the same call begins anew. The CA then may have counted a download.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: obn_client::Client) -> Result<(), obn_client::Error> {
    /// use obn_client::{Error, Notice};
    ///
    /// let notice = Notice::new("202012100001000".parse()?, "FPwNiG5g4r".parse()?);
    /// match client.download(&notice, &"1234".parse()?).await {
    ///     Ok(download) => obn_client::write_private("institution.p12".as_ref(), &download.pfx)?,
    ///     // The page's own words, for the person who has the letter.
    ///     Err(Error::Refused(refusal)) => eprintln!("{refusal}"),
    ///     Err(other) => return Err(other),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn download(&self, notice: &Notice, pin: &Pin) -> Result<Download, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.download_once(notice, pin).await {
                Ok(download) => return Ok(download),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    async fn download_once(&self, notice: &Notice, pin: &Pin) -> Result<Download, Error> {
        let mut browser = self.visit();
        let form = browser.open_page("/p/rcd", "証明書の取得画面").await?;
        let entries = [
            (&words::REQUEST_ID, notice.request_id.as_str()),
            (&words::REFERENCE_ID, notice.reference_id.as_str()),
            (&words::PASSWORD, pin.expose()),
            (&words::PASSWORD_AGAIN, pin.expose()),
        ];
        let request = form.fill(&entries, &words::DOWNLOAD).map_err(|breach| form.refused_or(breach))?;
        let answer = browser.fetch(request).await?;
        let pfx = through_link(&mut browser, answer).await?.file("証明書ファイル", &form)?;
        Download::verified(pfx, pin)
    }
}

/// The file behind a page that offers it by a button or link, as the pages of `/p/ru` do. If there is none, the page is
/// the answer.
async fn through_link(browser: &mut Browser, answer: Answer) -> Result<Answer, Error> {
    let Answer::Page(page) = &answer else { return Ok(answer) };
    let is_form_again = page.form_with(&[&words::REQUEST_ID]).is_some();
    if is_form_again || !page.alerts.is_empty() {
        return Ok(answer);
    }
    let Some(control) = page.every(&words::DOWNLOAD).pop() else { return Ok(answer) };
    match browser.fetch(control.request()).await? {
        Answer::File(pfx) => Ok(Answer::File(pfx)),
        Answer::Page(_) => Ok(answer),
    }
}

impl Download {
    /// Believes a file only after looking inside.
    pub(crate) fn verified(pfx: Vec<u8>, pin: &Pin) -> Result<Self, Error> {
        let identity = Identity::from_pfx(&pfx, &pin.into()).map_err(|error| match error {
            IdentityError::WrongPassword => Breach::PasswordDoesNotOpen,
            IdentityError::NoKey | IdentityError::KeyDoesNotFit | IdentityError::UnusableKey => {
                Breach::KeyDoesNotFit
            }
            IdentityError::NotPfx(reason) => Breach::NotPfx(reason),
            IdentityError::Unsupported(what) => Breach::UnsupportedPfx(what),
            other => Breach::NotPfx(other.to_string()),
        })?;
        identity.verify()?;
        Ok(Self { pfx, identity })
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("identity", &self.identity).finish_non_exhaustive()
    }
}
