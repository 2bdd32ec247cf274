//! `/p/rcr`: an application for certificates (電子証明書発行申請).

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::client::Client;
use crate::error::Error;
use crate::site::form::Entry;
use crate::site::words;
use crate::terms::breach::Breach;
use crate::terms::mail_address::MailAddress;
use crate::terms::usage::UsageError;
use crate::tries::Tries;

const FIRST: &str = "電子証明書発行申請画面";
const CONFIRM: &str = "電子証明書発行申請情報の入力内容確認画面";

/// Who the certificates are for: 医療機関コード (10 digits), 保険者番号 (8 digits) or 受付番号.
///
/// Full-width letters and digits and surrounding blanks are taken, since people copy from paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder(String);

/// Which of the two forms is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applicant {
    /// 医療機関等
    Institution,
    /// 医療保険者等
    Insurer,
}

/// What an applicant writes into the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationForm {
    /// Which form.
    pub applicant: Applicant,
    /// Whose certificates they will be.
    pub holder: Holder,
    /// 名称
    pub name: String,
    /// 部署名
    pub department: String,
    /// 電話番号
    pub telephone: String,
    /// Where 申請情報受付通知 goes.
    pub mail: MailAddress,
    /// 端末名称等
    pub terminal_name: String,
    /// 発行枚数
    pub certificates: u32,
}

/// An application that the CA took. People review it; what comes of it is a 発行通知書 by post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Application {
    /// The number under which the CA has it, if the page shows one.
    pub number: Option<String>,
    /// The heading of the page that took it.
    pub heading: String,
    /// What that page said.
    pub messages: Vec<String>,
}

impl Holder {
    /// The form that asks for it: a number of 8 digits is an insurer's. Who has a 受付番号 has to say.
    pub fn usual_applicant(&self) -> Applicant {
        if self.0.len() == 8 { Applicant::Insurer } else { Applicant::Institution }
    }
}

impl FromStr for Holder {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text: String = text.trim().nfkc().collect();
        // Which codes there are the CA knows; this only stops nonsense.
        let fits = (4..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text)) } else { Err(UsageError::Holder) }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// Applies for certificates: the form, 次へ, and 申請 on the page that shows it all once more.
    ///
    /// A session that is lost on the way begins again at the first page. If the connection breaks, nothing is sent again,
    /// because the application may have arrived: 申請情報受付通知 tells.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nobody knows whether the CA has the application, as after a broken connection.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: obn_client::Client) -> Result<(), obn_client::Error> {
    /// use obn_client::{Applicant, ApplicationForm};
    ///
    /// let application = client
    ///     .apply(&ApplicationForm {
    ///         applicant: Applicant::Institution,
    ///         holder: "0110119153".parse()?,
    ///         name: "札幌中央診療所".to_owned(),
    ///         department: "医事課".to_owned(),
    ///         telephone: "011-123-4567".to_owned(),
    ///         mail: "clinic@example.jp".parse()?,
    ///         terminal_name: "受付1号機".to_owned(),
    ///         certificates: 1,
    ///     })
    ///     .await?;
    /// println!("{}", application.number.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn apply(&self, form: &ApplicationForm) -> Result<Application, Error> {
        let mut tries = Tries::new(&self.patience);
        loop {
            match self.apply_once(form).await {
                Err(error @ Error::Protocol(Breach::SessionLost(_))) => tries.after(error).await?,
                other => return other,
            }
        }
    }

    async fn apply_once(&self, form: &ApplicationForm) -> Result<Application, Error> {
        let mut browser = self.visit();
        let mut page = browser.open_page("/p/rcr", FIRST).await?;
        // A site may show one form at once, or ask first which of the two it is to be.
        if page.form_with(&[&words::HOLDER]).is_none() {
            let choice = match form.applicant {
                Applicant::Institution => &words::INSTITUTIONS,
                Applicant::Insurer => &words::INSURERS,
            };
            let choice = page.press(choice).map_err(|breach| page.refused_or(breach))?;
            page = browser.go(choice).await?.page("電子証明書発行申請情報の入力画面")?;
        }
        let certificates = form.certificates.to_string();
        let entries: [Entry<'_>; 8] = [
            (&words::HOLDER, &form.holder.0),
            (&words::HOLDER_NAME, &form.name),
            (&words::DEPARTMENT, &form.department),
            (&words::TELEPHONE, &form.telephone),
            (&words::MAIL, form.mail.as_str()),
            (&words::MAIL_AGAIN, form.mail.as_str()),
            (&words::TERMINAL_NAME, &form.terminal_name),
            (&words::CERTIFICATES, &certificates),
        ];
        let next = page.fill(&entries, &words::NEXT).map_err(|breach| page.refused_or(breach))?;
        let confirm = browser.go(next).await?.page(CONFIRM)?;
        // The form coming back means that something in it was not taken.
        if confirm.form_with(&[&words::HOLDER, &words::TELEPHONE]).is_some() {
            return Err(confirm.refused_after(CONFIRM, &page));
        }
        let submit = confirm.press_on(&words::APPLY).map_err(|_| confirm.refused_after(CONFIRM, &page))?;
        let last = browser.go(submit).await?.page("電子証明書発行申請の受付画面")?;
        if !last.took_application() {
            return Err(last.refused_after("電子証明書発行申請の受付画面", &confirm));
        }
        Ok(Application {
            number: last.value(&words::APPLICATION_NUMBER).map(str::to_owned),
            heading: last.heading().to_owned(),
            messages: last.paragraphs,
        })
    }
}
