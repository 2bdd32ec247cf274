//! `/p/rx`: an application for revocation (manual chapter 3).

use crate::client::Client;
use crate::error::Error;
use crate::site::words;
use crate::terms::breach::Breach;
use crate::terms::identifiers::{ReferenceId, RequestId};
use crate::terms::mail_address::MailAddress;
use crate::tries::Tries;

/// An application for revocation that the CA took. It is decided by people; the CA writes to the address that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// The heading of the page that took the application.
    pub heading: String,
    /// What that page said.
    pub messages: Vec<String>,
}

impl Client {
    /// Applies for the revocation of a certificate: the IDs, 次へ, the mail address twice, 申請, and 申請 again on the
    /// page that shows it all once more.
    ///
    /// A session that is lost on the way begins again at the first page. If the connection breaks, nothing is sent
    /// again, because the application may have arrived.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nobody knows whether the CA has the application, as after a broken connection. Made
    /// again, it is refused by a CA that has it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: obn_client::Client) -> Result<(), obn_client::Error> {
    /// let (request_id, reference_id) = ("202012140100076".parse()?, "zigLUVC29Q".parse()?);
    /// let revocation = client.revoke(&request_id, &reference_id, &"clinic@example.jp".parse()?).await?;
    /// println!("{}", revocation.messages.join("\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke(
        &self,
        request_id: &RequestId,
        reference_id: &ReferenceId,
        mail: &MailAddress,
    ) -> Result<Revocation, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.revoke_once(request_id, reference_id, mail).await {
                Err(error @ Error::Protocol(Breach::SessionLost(_))) => tries.after(error).await?,
                other => return other,
            }
        }
    }

    async fn revoke_once(
        &self,
        request_id: &RequestId,
        reference_id: &ReferenceId,
        mail: &MailAddress,
    ) -> Result<Revocation, Error> {
        let mut browser = self.visit();
        let ids = browser.open_page("/p/rx", "証明書失効申請情報の入力画面").await?;
        let entries =
            [(&words::REQUEST_ID, request_id.as_str()), (&words::REFERENCE_ID, reference_id.as_str())];
        let next = ids.fill(&entries, &words::NEXT).map_err(|breach| ids.refused_or(breach))?;
        let address = browser.go(next).await?.page("証明書失効申請情報の入力画面")?;
        let entries = [(&words::MAIL, mail.as_str()), (&words::MAIL_AGAIN, mail.as_str())];
        let apply = address
            .fill(&entries, &words::APPLY)
            .map_err(|_| address.refused_after("メールアドレスの入力画面", &ids))?;
        let confirm = browser.go(apply).await?.page("証明書失効申請情報の入力内容確認画面")?;
        // The form coming back means that the address was not taken.
        if confirm.form_with(&[&words::MAIL, &words::MAIL_AGAIN]).is_some() {
            return Err(confirm.refused_after("証明書失効申請情報の入力内容確認画面", &address));
        }
        let submit = confirm
            .press_on(&words::APPLY)
            .map_err(|_| confirm.refused_after("証明書失効申請情報の入力内容確認画面", &address))?;
        let last = browser.go(submit).await?.page("失効申請の受付画面")?;
        if last.took_application() {
            Ok(Revocation { heading: last.heading().to_owned(), messages: last.paragraphs })
        } else {
            Err(last.refused_after("失効申請の受付画面", &confirm))
        }
    }
}
