//! Logging in with the certificate at the sites that it is for, the eligibility and the claim system (manual 1.6).

use crate::client::Client;
use crate::error::Error;
use crate::tries::Tries;

/// The site has let the certificate in, and showed this page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Login {
    /// The page's heading.
    pub heading: String,
    /// What it says.
    pub messages: Vec<String>,
    /// What stands in its tables, such as whose certificate it saw: names and values.
    pub facts: Vec<(String, String)>,
}

impl Client {
    /// Opens the address of the client, showing its identity, and reads whether the site lets it in.
    ///
    /// That is another site than the CA's: make a client of its own for it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the page's words if the site doesn't take the certificate.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(root: Vec<u8>, identity: obn_client::Identity) -> Result<(), obn_client::Error> {
    /// use obn_client::{Client, Error};
    ///
    /// let client = Client::builder("https://hweb.oqs.onshikaku.org").root_pem(root)?.identity(identity).build()?;
    /// match client.log_in().await {
    ///     Ok(login) => println!("{}", login.heading),
    ///     Err(Error::Refused(refusal)) => eprintln!("{refusal}"),
    ///     Err(other) => return Err(other),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn log_in(&self) -> Result<Login, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.log_in_once().await {
                Ok(login) => return Ok(login),
                Err(error) => tries.after(error).await?,
            }
        }
    }

    async fn log_in_once(&self) -> Result<Login, Error> {
        // The whole address that the caller gave, path and all.
        let page = self.visit().open_page("", "ログイン後の画面").await?;
        if page.status >= 400 || !page.alerts.is_empty() {
            return Err(Error::Refused(page.refusal()));
        }
        Ok(Login { heading: page.heading().to_owned(), messages: page.paragraphs, facts: page.rows })
    }
}
