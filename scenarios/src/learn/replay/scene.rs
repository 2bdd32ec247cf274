//! The simulator, brought step by step to where the recorded site was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use encoding_rs::UTF_8;
use jiff::Timestamp;
use jiff::civil::Date;
use obn_ca::Simulator;
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use url::Url;

use crate::bilingual::Bilingual;
use crate::control::{Control, Issue};
use crate::error::Error;
use crate::eyes::{
    Browser, Certificate, Identity, Jar, Make, Method, Page, Submission, foreign_identity, squeeze,
};
use crate::learn::evidence::{Evidence, is_request_id};
use crate::learn::exchange::{Body, Content, Exchange};
use crate::learn::keys::{Door, No, door, no};
use crate::learn::page::{self, Kind};
use crate::learn::tries::{Try, meant};

/// Longer than any answer of a simulator on the same machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The institution whose code nothing in the recording tells.
const SOMEBODY: &str = "0110119153";

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

/// A certificate to show.
struct Terminal {
    request_id: String,
    serial: String,
    code: String,
    identity: Identity,
}

/// Which certificate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    None,
    Foreign,
    Of(usize),
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
            || recorded.file().is_some_and(|bytes| {
                matches!(
                    crate::learn::evidence::Thing::of(bytes).as_deref(),
                    Some([crate::learn::evidence::Thing::List(..)])
                )
            });
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

    /// A renewal whose next page says that it failed fails now, while it is under way.
    async fn fail_before(&mut self, index: usize, recorded: &Exchange) -> Result<(), Error> {
        let id = |it: &Exchange| {
            let page = it.page().filter(|_| it.kind == Kind::Status)?;
            Some((page::row(page, page::REQUEST_ID).map(squeeze)?, !page.alerts.is_empty()))
        };
        let Some((own, false)) = id(recorded) else { return Ok(()) };
        let next =
            self.evidence.exchanges[index + 1..].iter().filter_map(id).find(|(other, _)| *other == own);
        if next.is_some_and(|(_, has_failed)| has_failed)
            && let Some(live) = self.mapped.get(&own).cloned()
            && self.failed.insert(live.clone())
        {
            self.control.steer_renewal(&live, "fail").await.or_else(gone)?;
        }
        Ok(())
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

    /// Whatever happened out of sight before this exchange.
    async fn prepare(&mut self, index: usize, recorded: &Exchange) -> Result<(), Error> {
        if let Some(tried) = self.evidence.tries.iter().find(|tried| tried.index == index).cloned() {
            self.issue(&tried).await?;
            let live = tried.id().and_then(|id| self.mapped.get(&id).cloned());
            if let (Some(No::Revoked | No::AlreadyRevoked), Some(id)) = (no(recorded), live) {
                self.revoke(&id).await?;
            }
        }
        if door(recorded) == Some(Door::Revoked)
            && let Some(terminal) = self.meant_at_revocation(index, recorded)
        {
            let id = self.terminals[terminal].request_id.clone();
            self.revoke(&id).await?;
        } else if door(recorded) == Some(Door::Revoked)
            && !self.terminals.iter().any(|terminal| self.revoked.contains(&terminal.request_id))
            && let Some(id) = self.terminals.last().map(|terminal| terminal.request_id.clone())
        {
            self.revoke(&id).await?;
        }
        Ok(())
    }

    /// A revocation that the registration authority decided.
    async fn revoke(&mut self, id: &str) -> Result<(), Error> {
        if !self.revoked.insert(id.to_owned()) {
            return Ok(());
        }
        if self.pending.remove(id) {
            return self.control.decide_revocation(id, "approve").await.or_else(gone);
        }
        let serial = self.control.serial(id).await?;
        self.control.revoke(&serial).await.or_else(gone)
    }

    /// Issues what somebody there held a notice of.
    async fn issue(&mut self, tried: &Try) -> Result<(), Error> {
        let Some(id) = tried.id().filter(|id| !self.mapped.contains_key(id)) else { return Ok(()) };
        let all = || self.evidence.tries.iter().filter(|other| other.id().as_deref() == Some(id.as_str()));
        let is_held = |other: &Try| {
            let says = no(&self.evidence.exchanges[other.index]);
            other.is_known() || says.is_some_and(|no| no != No::LockedOut)
        };
        let held: Vec<&Try> = all().filter(|other| is_held(other)).collect();
        if held.is_empty() {
            return Ok(());
        }
        let certificate =
            self.evidence.certificates.iter().find(|it| it.request_id.as_deref() == Some(id.as_str()));
        let code = certificate.and_then(|issued| {
            let parsed = Certificate::parse(&issued.der).ok()?;
            parsed.subject().split(", ").find_map(|part| part.strip_prefix("CN=").map(str::to_owned))
        });
        let day = Date::strptime("%Y%m%d", &id[..8]).ok().filter(|day| (2000..2190).contains(&day.year()));
        let issue = |code: &str| Issue {
            notice: id.clone(),
            institution_code: Some(code.to_owned()),
            terminal_name: None,
            category: None,
            issued_on: day.map(|day| day.to_string()),
            valid_from: None,
            valid_until: None,
        };
        let code = code.unwrap_or_else(|| SOMEBODY.to_owned());
        let notice = match self.control.issue(&issue(&code)).await {
            Ok(notice) => notice,
            Err(Error::Refused { .. }) => self.control.issue(&issue(SOMEBODY)).await?,
            Err(error) => return Err(error),
        };
        let text = |key: &str| notice.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (live_id, live_reference) = (text("request_id"), text("reference_id"));
        self.mapped.insert(id.clone(), live_id.clone());
        let right: Vec<String> = held.iter().filter_map(|other| other.reference()).collect();
        // Letters in another case are the same reference there, if both were right.
        for reference in &right {
            let is_other_case = right
                .first()
                .is_some_and(|first| first != reference && first.eq_ignore_ascii_case(reference));
            let live = if is_other_case { swap_case(&live_reference) } else { live_reference.clone() };
            self.mapped.insert(reference.clone(), live);
        }
        for other in all().filter_map(Try::reference) {
            let of_right = right.iter().find(|right| right.eq_ignore_ascii_case(&other) && **right != other);
            if of_right.is_some() {
                self.mapped.entry(other).or_insert_with(|| swap_case(&live_reference));
            }
        }
        self.issued.insert(live_id, notice);
        Ok(())
    }

    /// The request with this site's IDs and tokens. `None`: a token that nothing here corresponds to.
    fn submission(&self, recorded: &Exchange) -> Option<Submission> {
        let main = self.evidence.exchanges.iter().find(|it| it.path() == "/p/rcd").map(Exchange::authority);
        let is_renewal = self.renewal.is_some()
            && main.map_or(recorded.path().starts_with("/p/ru") && recorded.status == 200, |main| {
                recorded.authority() != main
            });
        let base = if is_renewal { self.renewal.as_ref()? } else { &self.portal };
        let mut url = base.clone();
        let path: Vec<String> = recorded.path().split('/').map(|part| self.translated_part(part)).collect();
        url.set_path(&path.join("/"));
        url.set_query(recorded.url.query());
        let encoding = recorded.encoding().unwrap_or(UTF_8);
        let method = if recorded.method == "POST" { Method::Post } else { Method::Get };
        let mut pairs = Vec::new();
        if method == Method::Post {
            let before = self.form_of(recorded);
            for (name, value) in &recorded.form {
                let is_hidden = before.is_some_and(|page| {
                    let hidden = page::hidden(page).unwrap_or_default();
                    hidden.contains(&name.as_str())
                });
                let value = match self.mapped.get(value) {
                    Some(live) => live.clone(),
                    None if is_hidden && value.len() > 8 => return None,
                    None => self.typed(value),
                };
                pairs.push((name.clone(), value));
            }
        }
        Some(Submission { url, method, pairs, encoding })
    }

    /// The recorded page whose form this is.
    fn form_of(&self, recorded: &Exchange) -> Option<&'a Page> {
        let pages = self.evidence.exchanges.iter().filter_map(|it| it.page());
        let mut pages = pages.filter(|page| {
            page.forms().iter().any(|form| {
                form.fields.iter().any(|field| {
                    field.kind == crate::eyes::FieldKind::Hidden
                        && !field.value.is_empty()
                        && recorded
                            .form
                            .iter()
                            .any(|(name, value)| *name == field.name && *value == field.value)
                })
            })
        });
        pages.next()
    }

    fn translated_part(&self, part: &str) -> String {
        let (stem, rest) = part.split_once('.').unwrap_or((part, ""));
        match self.mapped.get(stem).filter(|_| is_request_id(stem)) {
            Some(live) if rest.is_empty() => live.clone(),
            Some(live) => format!("{live}.{rest}"),
            None => part.to_owned(),
        }
    }

    /// Something that a person typed, with this site's ID in it as it was typed there: with blanks, in full width.
    fn typed(&self, value: &str) -> String {
        let plain = meant(value);
        let Some(live) = self.mapped.get(&plain).filter(|_| plain != value) else { return value.to_owned() };
        if value.trim() == plain {
            return value.replace(&plain, live);
        }
        let mut live = live.chars();
        let typed = value.chars().map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => {
                let next = live.next().unwrap_or(letter);
                char::from_u32(u32::from(next) + 0xfee0).unwrap_or(next)
            }
            letter if letter.is_ascii_alphanumeric() => live.next().unwrap_or(letter),
            other => other,
        });
        typed.collect()
    }

    /// The certificates that may have been shown, the likeliest first.
    fn candidates(&self, index: usize, recorded: &Exchange) -> Vec<Shown> {
        match door(recorded) {
            Some(Door::Missing) => return vec![Shown::None],
            Some(Door::Foreign) => return vec![Shown::Foreign],
            _ => {}
        }
        let wants = recorded.path().starts_with("/p/ru") || recorded.path().starts_with("/p/rx");
        if !wants {
            return vec![Shown::None];
        }
        if self.wants_at_revocation
            && let Some(terminal) = self.meant_at_revocation(index, recorded)
        {
            return vec![Shown::Of(terminal), Shown::None];
        }
        if recorded.method == "POST" {
            let opened = recorded.form.iter().find_map(|(_, value)| self.opened_by.get(value));
            if let Some(opened) = opened {
                return vec![opened.map_or(Shown::None, Shown::Of)];
            }
        }
        let code = recorded.page().and_then(|page| page::row(page, "Common Name"));
        let mut of: Vec<_> = (0..self.terminals.len()).rev().collect();
        // The one of the same session; otherwise one that was not renewed yet.
        let own = recorded.cookies().iter().find_map(|(_, value)| self.sessions.get(*value)).copied();
        of.sort_by_key(|index| {
            let is_of_another = code.is_some_and(|code| self.terminals[*index].code != code);
            (is_of_another, own != Some(*index), self.renewed.contains(index))
        });
        let mut shown: Vec<_> = of.into_iter().map(Shown::Of).collect();
        match recorded.path().starts_with("/p/rx") {
            true => shown.insert(0, Shown::None),
            false => shown.push(Shown::None),
        }
        shown
    }

    /// The certificate that is to be revoked there: that of the IDs that were typed last, or are typed next.
    fn meant_at_revocation(&self, index: usize, recorded: &Exchange) -> Option<usize> {
        if !recorded.path().starts_with("/p/rx") {
            return None;
        }
        let at_revocation = |it: &&Try| self.evidence.exchanges[it.index].path().starts_with("/p/rx");
        let tries = || self.evidence.tries.iter().filter(at_revocation);
        let next = || tries().find(|it| it.index >= index);
        let last = || tries().rfind(|it| it.index <= index);
        let tried = if recorded.is_get() { next().or_else(last) } else { last().or_else(next) };
        let live = self.mapped.get(&tried?.id()?)?;
        self.terminals.iter().position(|terminal| terminal.request_id == *live)
    }

    fn show(&mut self, shown: Shown) -> Result<(), Error> {
        let identity = match shown {
            Shown::None => None,
            Shown::Foreign => {
                Some(foreign_identity("Another CA").map_err(|error| Error::broken("a certificate", error))?)
            }
            Shown::Of(index) => {
                let identity = self.terminals[index].identity.for_tls();
                Some(identity.map_err(|flaw| Error::broken("a certificate", flaw))?)
            }
        };
        self.browser.choose(identity)
    }

    /// The cookies that were sent there, as this site gave them.
    fn cookies(&mut self, index: usize, recorded: &Exchange) {
        let sent = recorded.cookies();
        let jar = sent.iter().find_map(|(_, value)| self.jars.get(*value).cloned());
        let is_recorded = self.evidence.exchanges[..=index].iter().any(|it| !it.set_cookies().is_empty());
        match jar {
            Some(jar) => self.browser.hold(jar),
            None if is_recorded => self.browser.forget_cookies(),
            None => {}
        }
    }

    /// What this answer and the recorded one call the same.
    fn remember(&mut self, recorded: &Exchange, live: &Exchange, shown: Shown) {
        for (_, value) in recorded.set_cookies() {
            self.jars.insert(value.to_owned(), self.browser.jar().clone());
            if let Shown::Of(index) = shown {
                self.sessions.insert(value.to_owned(), index);
            }
        }
        if let (Some(there), Some(here)) = (recorded.page(), live.page()) {
            let hidden = |page: &Page| -> Vec<(String, String)> {
                let fields = page.forms().iter().flat_map(|form| &form.fields);
                let hidden = fields.filter(|field| field.kind == crate::eyes::FieldKind::Hidden);
                hidden.map(|field| (field.name.clone(), field.value.clone())).collect()
            };
            for ((name, there), (other, here)) in hidden(there).into_iter().zip(hidden(here)) {
                if name == other {
                    let by = if let Shown::Of(index) = shown { Some(index) } else { None };
                    self.opened_by.insert(there.clone(), by);
                    self.mapped.insert(there, here);
                }
            }
            for label in [page::REQUEST_ID, page::REFERENCE_ID] {
                if let Some((there, here)) = page::row(there, label).zip(page::row(here, label)) {
                    self.mapped.insert(squeeze(there), squeeze(here));
                }
            }
        }
        let id_in = |exchange: &Exchange| {
            let location = exchange.header("location").unwrap_or_default().to_owned();
            location.split(['/', '.']).find(|part| is_request_id(part)).map(str::to_owned)
        };
        if let (Some(there), Some(here)) = (id_in(recorded), id_in(live)) {
            self.mapped.insert(there, here);
            if let Shown::Of(index) = shown {
                self.renewed.insert(index);
            }
        }
        if live.kind == Kind::RevocationAccepted
            && let Some(id) = self.last_confirmed(recorded)
        {
            self.pending.insert(id);
        }
        if let Some(bytes) = live.file().filter(|_| live.is_download()) {
            let passwords = self.evidence.exchanges.iter().flat_map(|it| &it.form).map(|(_, value)| value);
            let passwords: BTreeSet<_> = passwords.filter(|value| value.len() == 4).collect();
            let opened = passwords.into_iter().find_map(|password| Make::of(bytes, password).ok());
            let Some((_, identity)) = opened else { return };
            let Ok(certificate) = identity.certificate() else { return };
            let (serial, subject) = (certificate.serial(), certificate.subject());
            if self.terminals.iter().any(|terminal| terminal.serial == serial) {
                return;
            }
            let code =
                subject.split(", ").find_map(|part| part.strip_prefix("CN=")).unwrap_or_default().to_owned();
            let request_id = self.request_id_of(recorded).unwrap_or_default();
            self.terminals.push(Terminal { request_id, serial, code, identity });
        }
    }

    /// This site's ID of the certificate that an exchange brought.
    fn request_id_of(&self, recorded: &Exchange) -> Option<String> {
        let typed = recorded.form.iter().map(|(_, value)| meant(value));
        let in_path = recorded.path().split(['/', '.']).map(str::to_owned);
        typed.chain(in_path).filter(|it| is_request_id(it)).find_map(|id| self.mapped.get(&id).cloned())
    }

    fn last_confirmed(&self, until: &Exchange) -> Option<String> {
        let before = self.evidence.exchanges.iter().take_while(|it| !std::ptr::eq(*it, until));
        let confirmed = before.filter(|it| it.kind == Kind::RevocationConfirm).last()?;
        let id = page::row(confirmed.page()?, page::REQUEST_ID).map(squeeze)?;
        self.mapped.get(&id).cloned()
    }
}

/// What is decided already need not be decided again.
fn gone(error: Error) -> Result<(), Error> {
    match error {
        Error::Refused { .. } => Ok(()),
        other => Err(other),
    }
}

fn swap_case(text: &str) -> String {
    let swapped = text.chars().map(|letter| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    });
    swapped.collect()
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

#[cfg(test)]
mod tests {
    #[test]
    fn letters_change_their_case_and_digits_stay() {
        assert_eq!(super::swap_case("aB1"), "Ab1");
    }
}
