//! The simulator, brought step by step to where the recorded site was.

mod authority;
mod memory;
mod request;
mod terminal;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use encoding_rs::UTF_8;
use jiff::Timestamp;
use obn_ca::Simulator;
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use url::Url;

use self::terminal::Terminal;
use crate::bilingual::Bilingual;
use crate::control::Control;
use crate::error::Error;
use crate::eyes::{Browser, Jar, Method, Submission};
use crate::learn::evidence::{Evidence, Thing};
use crate::learn::exchange::{Body, Content, Exchange};
use crate::learn::keys::{door, no};
use crate::learn::page::Kind;

/// Longer than any answer of a simulator on the same machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The scene.
pub(super) struct Scene<'a> {
    evidence: &'a Evidence<'a>,
    control: Control,
    portal: Url,
    renewal: Option<Url>,
    http: Option<Url>,
    browser: Browser,
    /// Cookies as they were when the recorded site set this value.
    jars: HashMap<String, Jar>,
    /// What the recorded site and this one call the same thing: IDs and the values of hidden fields.
    mapped: HashMap<String, String>,
    /// The certificates that were handed out here: PKCS #8 and all, by request ID of this site.
    terminals: Vec<Terminal>,
    /// Which terminal opened the page whose form holds this.
    opened_by: HashMap<String, Option<usize>>,
    /// Which terminal the browser was at whose recorded cookie has this value.
    sessions: HashMap<String, usize>,
    /// Terminals whose certificate was renewed.
    renewed: BTreeSet<usize>,
    issued: BTreeMap<String, Value>,
    revoked: BTreeSet<String>,
    pending: BTreeSet<String>,
    failed: BTreeSet<String>,
    /// Whether `/p/rx` wants the certificate that is to be revoked.
    wants_at_revocation: bool,
}

impl<'a> Scene<'a> {
    pub(super) fn set(
        simulator: &Simulator,
        profile: &toml::Table,
        evidence: &'a Evidence<'a>,
    ) -> Result<Self, Error> {
        let url = |text: &str| Url::parse(text).map_err(|error| Error::broken("an address", error));
        let world = &simulator.worlds().default_world().world;
        let root = CertificateDer::from(world.tls().root().to_vec());
        Ok(Self {
            evidence,
            control: Control::new(&url(&simulator.control_url())?, None)?,
            portal: url(&simulator.portal_url())?,
            renewal: simulator.renewal_url().map(|text| url(&text)).transpose()?,
            http: simulator.http_url().map(|text| url(&text)).transpose()?,
            browser: Browser::new(&[root], PATIENCE, None)?,
            jars: HashMap::new(),
            mapped: HashMap::new(),
            terminals: Vec::new(),
            opened_by: HashMap::new(),
            sessions: HashMap::new(),
            renewed: BTreeSet::new(),
            issued: BTreeMap::new(),
            revoked: BTreeSet::new(),
            pending: BTreeSet::new(),
            failed: BTreeSet::new(),
            wants_at_revocation: profile.get("client_auth").and_then(|it| it.get("rx")) == Some(&true.into()),
        })
    }

    /// Does what was done there. `Err(None)`: there is nothing to do.
    pub(super) async fn again(
        &mut self,
        index: usize,
        recorded: &'a Exchange,
    ) -> Result<Result<Exchange, Option<Bilingual>>, Error> {
        let is_portal = recorded.path() == "/" || recorded.path().starts_with("/p/");
        let is_list = recorded.url.host_str().is_some_and(|host| host.starts_with("crldownload"))
            || recorded
                .file()
                .is_some_and(|bytes| matches!(Thing::of(bytes).as_deref(), Some([Thing::List(..)])));
        if !is_portal && !is_list {
            return Ok(Err(None));
        }
        if recorded.method.is_empty() || recorded.status == 0 {
            return Ok(Err(Some(Bilingual::of(
                "要求と応答がそろっていません。",
                "There is no request with an answer.",
            ))));
        }
        if let Some(at) = recorded.at {
            self.control.freeze(at).await?;
        }
        self.prepare(index, recorded).await?;
        if is_list {
            return Ok(self.list(recorded).await);
        }
        let Some(submission) = self.submission(recorded) else {
            let why = Bilingual::of(
                "フォームの前の画面が記録にありません。",
                "The page before this form is not in the recording.",
            );
            return Ok(Err(Some(why)));
        };
        let mut last = None;
        for shown in self.candidates(index, recorded) {
            self.show(shown)?;
            self.cookies(index, recorded);
            let answer = match self.browser.raw(submission.clone()).await {
                Ok(raw) => raw,
                Err(error) => {
                    last = last.or(Some(Err(Some(error.told()))));
                    continue;
                }
            };
            let live = live(recorded, &submission, &answer.url, answer.status, answer.headers, answer.bytes);
            let fits = live.kind == recorded.kind
                && no(&live) == no(recorded)
                && door(&live) == door(recorded)
                && super::compare::compare(recorded, &live).is_empty();
            let is_final = fits || recorded.method == "POST";
            if is_final || last.is_none() {
                self.remember(recorded, &live, shown);
                last = Some(Ok(live));
            }
            if is_final {
                break;
            }
        }
        self.fail_before(index, recorded).await?;
        Ok(last.unwrap_or(Err(None)))
    }

    /// The revocation list, where this site publishes it.
    async fn list(&mut self, recorded: &Exchange) -> Result<Exchange, Option<Bilingual>> {
        let Some(http) = &self.http else { return Err(None) };
        let host = recorded.url.host_str().unwrap_or_default().to_owned();
        let mut url = http.clone();
        url.set_path(recorded.path());
        let submission =
            Submission { url: url.clone(), method: Method::Get, pairs: Vec::new(), encoding: UTF_8 };
        let _ = host;
        match self.browser.raw(submission.clone()).await {
            Ok(raw) => Ok(live(recorded, &submission, &raw.url, raw.status, raw.headers, raw.bytes)),
            Err(error) => Err(Some(error.told())),
        }
    }
}

/// What is decided already need not be decided again.
fn gone(error: Error) -> Result<(), Error> {
    match error {
        Error::Refused { .. } => Ok(()),
        other => Err(other),
    }
}

fn live(
    recorded: &Exchange,
    sent: &Submission,
    url: &Url,
    status: u16,
    headers: Vec<(String, String)>,
    bytes: Vec<u8>,
) -> Exchange {
    let body = if bytes.is_empty() { Body::Missing } else { Body::Bytes(bytes) };
    let exchange = Exchange {
        place: recorded.place.clone(),
        at: None::<Timestamp>,
        method: recorded.method.clone(),
        url: url.clone(),
        asked: Vec::new(),
        form: sent.pairs.clone(),
        status,
        failure: None,
        content: Content::of(url, &headers, "", body),
        headers,
        security: None,
        kind: Kind::Unknown,
    };
    exchange.recognised()
}
