//! `/p/ru` as a state machine: the manual's words over field names of its own, with faults at exact places.

use std::sync::{Arc, Mutex};

use obn_client::{Identity, Password, PfxProfile};

use crate::authority::{Authority, INSTITUTION};
use crate::pages::{page, session_lost};
use crate::portal::{Portal, Reply, Seen, Tls};

/// Where something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Menu,
    List,
    Confirm,
    Submit,
    Status,
    Key,
    Password,
    File,
}

pub(crate) const STEPS: [Step; 8] = [
    Step::Menu,
    Step::List,
    Step::Confirm,
    Step::Submit,
    Step::Status,
    Step::Key,
    Step::Password,
    Step::File,
];

/// What goes wrong there, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    SessionLost,
    /// The site does its part, but the answer never arrives as a whole.
    Cut,
    Corrupt,
    /// The site does its part and never answers.
    Hang,
    /// The site does its part, and this text comes instead of the answer.
    Hides(&'static str),
    /// The site does its part, and a server in front of it answers with this status, and this `Retry-After`.
    Busy(u16, &'static str),
    /// The site does nothing but to say this.
    Refuses(&'static str),
    /// Nothing, this time: what is said next of the same step is for the time after.
    Spares,
}

/// A page that any web server may show on a bad day, with status 200.
pub(crate) const BUSY: Fault = Fault::Hides("ただ今アクセスが集中しています。");

/// An application that the site took.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    request_id: String,
    /// How often the status is still looked at before it is 発行済み.
    looks: u32,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    applications: Vec<Application>,
    faults: Vec<(Step, Fault)>,
    password: String,
}

pub(crate) struct Site {
    pub(crate) ca: Authority,
    pub(crate) old: Identity,
    pub(crate) state: Mutex<State>,
    /// What the status says instead of 発行済み.
    pub(crate) ends_as: &'static str,
    /// Whom the new certificate names.
    pub(crate) names: &'static str,
    /// Rows of other terminals in the list.
    pub(crate) others: &'static str,
    /// What 証明書更新申請 answers if it refuses.
    pub(crate) refuses: Option<&'static str>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let ca = Authority::common_ca();
        let old = ca.identity(INSTITUTION, (2023, 9, 1), (2026, 12, 1));
        Self {
            ca,
            old,
            state: Mutex::default(),
            ends_as: "発行済み",
            names: INSTITUTION,
            others: "",
            refuses: None,
        }
    }

    pub(crate) fn with(self, step: Step, fault: Fault) -> Self {
        self.state.lock().unwrap().faults.push((step, fault));
        self
    }

    /// Puts it on the network.
    pub(crate) async fn start(self) -> (Arc<Self>, Portal) {
        let site = Arc::new(self);
        let tls = Tls { client_ca_pem: Some(site.ca.pem.clone()), ..Tls::good() };
        let script = Arc::clone(&site);
        let portal = Portal::start_with(tls, move |seen| script.answer(seen)).await;
        (site, portal)
    }

    pub(crate) fn applications(&self) -> usize {
        self.state.lock().unwrap().applications.len()
    }

    /// The faults that have not happened: a test that relied on one would have tested nothing.
    pub(crate) fn faults_left(&self) -> usize {
        self.state.lock().unwrap().faults.len()
    }

    fn answer(&self, seen: &Seen) -> Reply {
        let mut state = self.state.lock().unwrap();
        if seen.certificate.is_none() {
            return Reply::html(page("エラー", "<p>クライアント証明書を確認できません。</p>")).status(403);
        }
        let Some(step) = step(seen) else { return Reply::html("").status(404) };
        let fault = state.faults.iter().position(|(place, _)| *place == step);
        let fault = fault.map(|index| state.faults.remove(index).1);
        if fault == Some(Fault::SessionLost) || (step != Step::Menu && seen.cookie.as_deref() != Some("S=1"))
        {
            return Reply::html(session_lost());
        }
        if let Some(Fault::Refuses(text)) = fault {
            return Reply::html(page("更新申請", &format!("<p>{text}</p>")));
        }
        let mut reply = self.reply(&mut state, step, seen);
        match fault {
            Some(Fault::Hides(text)) => reply = Reply::html(page("OK", &format!("<p>{text}</p>"))),
            Some(Fault::Cut) if reply.body.is_empty() => reply.drops = true,
            Some(Fault::Cut) => reply.cut = Some(reply.body.len() / 2),
            Some(Fault::Corrupt) => {
                let middle = reply.body.len() / 2;
                reply.body[middle] ^= 1;
            }
            Some(Fault::Busy(status, wait)) => {
                reply = Reply::html(page("Error", "")).status(status).header("retry-after", wait);
            }
            Some(Fault::Hang) => reply.hangs = true,
            _ => {}
        }
        reply
    }

    fn reply(&self, state: &mut State, step: Step, seen: &Seen) -> Reply {
        match step {
            Step::Menu => Reply::html(page(
                "証明書更新申請サイト",
                "<ul><li><a href='/p/ru/a'>証明書更新申請</a><li><a href='/p/ru/l'>更新後証明書の取得</a></ul>",
            ))
            .header("set-cookie", "S=1; Path=/p/ru; Secure"),
            Step::Confirm => match self.refuses {
                // Who has an application under way is taken to its status.
                None if state.applications.iter().any(|application| application.looks > 0) => {
                    let id = &state.applications[0].request_id;
                    Reply::redirect(303, &format!("/p/ru/t?i={id}"))
                }
                Some(words) => Reply::html(page("証明書更新申請", &format!("<p>{words}</p>"))),
                None => Reply::html(page(
                    "証明書更新申請",
                    "<table><tr><th>Common Name<td>0110119153</table><form method=post action=/p/ru/s>\
                     <input type=hidden name=nonce value=n><input type=submit name=b7 value=Submit></form>",
                )),
            },
            Step::Submit => {
                assert_eq!((seen.field("nonce"), seen.field("b7")), (Some("n"), Some("Submit")));
                let request_id = format!("20261123000000{}", state.applications.len() + 1);
                state.applications.push(Application { request_id: request_id.clone(), looks: 3 });
                Reply::redirect(303, &format!("/p/ru/t?i={request_id}"))
            }
            Step::Status => {
                let Some(application) = find(state, seen) else { return Reply::html("").status(404) };
                application.looks = application.looks.saturating_sub(1);
                let (id, status) = (&application.request_id, self.status(application));
                let next = format!("<form action=/p/ru/k><input type=hidden name=i value={id}><button>鍵の取得</button></form>");
                let (meta, next) =
                    if application.looks == 0 { ("", next) } else { ("<meta http-equiv=refresh content=1>", String::new()) };
                Reply::html(page(
                    "送信完了",
                    &format!(
                        "{meta}<p>申請情報を受け付けました。 証明書の発行申請はこれで完了です。</p>\
                         <dl><dt>リクエストID<dd>{id}<dt>リファレンス ID<dd>zigLUVC29Q<dt>証明書ステータス<dd>{status}</dl>\
                         <p>受け付けた申請情報の詳細は以下のとおりです。</p>{next}"
                    ),
                ))
            }
            Step::List => {
                let rows: String = state.applications.iter_mut().map(|application| {
                    application.looks = application.looks.saturating_sub(1);
                    let id = &application.request_id;
                    if application.looks > 0 {
                        return String::new();
                    }
                    format!(
                        "<tr><td>{id}<td>0110119153<td><form action=/p/ru/k><input type=hidden name=i value={id}>\
                         <button>Download Key</button></form>"
                    )
                }).collect();
                let others = self.others;
                Reply::html(page("更新後証明書の取得", &format!("<p>一覧</p><table>{others}{rows}</table><a href='/p/ru'>メニュー</a>")))
            }
            Step::Key => Reply::html(page(
                "鍵の取得",
                &format!(
                    "<form method=post action=/p/ru/p><input type=hidden name=i value={}>\
                     <table><tr><td>任意のパスワード(半角数字4桁)<td><input type=password name=x9></table>\
                     <input type=submit value=Submit></form>",
                    seen.field("i").unwrap()
                ),
            )),
            Step::Password => {
                state.password = seen.field("x9").unwrap().to_owned();
                Reply::html(page(
                    "鍵の取得",
                    "<p>鍵の準備ができました。</p><form method=post action=/p/ru/f><button>Download</button></form>",
                ))
            }
            Step::File => {
                let new = self.ca.identity(self.names, (2026, 11, 23), (2030, 2, 22));
                Reply::pfx(new.to_pfx(&Password::new(state.password.clone()), PfxProfile::TripleDesSha1).unwrap())
            }
        }
    }

    fn status(&self, application: &Application) -> &'static str {
        match application.looks {
            0 => self.ends_as,
            1 => "発行要求中",
            _ => "鍵生成中",
        }
    }
}

fn step(seen: &Seen) -> Option<Step> {
    Some(match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/p/ru") => Step::Menu,
        ("GET", "/p/ru/l") => Step::List,
        ("GET", "/p/ru/a") => Step::Confirm,
        ("POST", "/p/ru/s") => Step::Submit,
        ("GET", "/p/ru/t") => Step::Status,
        ("GET", "/p/ru/k") => Step::Key,
        ("POST", "/p/ru/p") => Step::Password,
        ("POST", "/p/ru/f") => Step::File,
        _ => return None,
    })
}

fn find<'a>(state: &'a mut State, seen: &Seen) -> Option<&'a mut Application> {
    let id = seen.field("i")?;
    state.applications.iter_mut().find(|application| application.request_id == id)
}
