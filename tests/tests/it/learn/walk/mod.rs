//! Somebody who does at the site whatever shows a key, with a recorder running: everything in one generous walk.

mod application;
mod download;
mod handshake;
mod renewal;
mod revocation;
mod visitor;

use std::sync::Arc;

use obn_ca::Options;
use obn_ca::profile::Profile;
use obn_client::recording::har::Har;
use obn_tests::{Environment, Form, Notice, Pfx, Playwright, Recorder, Recordings};
use serde_json::json;

use self::visitor::Visitor;

/// When it begins: a Monday, at no round time of day in Japan or in UTC.
const FIRST_DAY: &str = "2026-11-23T02:17:31Z";
const PASSWORD: &str = "1234";
const EMAIL: &str = "tantou@clinic.example.jp";

/// How much of it is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// All.
    Whole,
    /// The first day: enough for what the file shows.
    FirstDay,
}

/// One who walks.
pub(crate) struct Walker {
    env: Environment,
    profile: Profile,
    tools: Tools,
}

/// What is walked with, and recorded.
enum Tools {
    Own(Recorder),
    Real(Arc<Playwright>),
}

/// Notices, and the certificates that came of them.
struct Held {
    notice: Notice,
    pfx: Option<Pfx>,
}

/// Walks the site under a profile and answers with the recording.
pub(crate) async fn walk(profile: &Profile, length: Length) -> Har {
    let recorder = Recorder::default();
    Walker::walk(profile, Tools::Own(recorder.clone()), length).await;
    recorder.har()
}

/// The same in a real browser; `None` where a part of it is missing.
pub(crate) async fn walk_in_chromium(profile: &Profile, length: Length) -> Option<Recordings> {
    let chromium = Playwright::start().await?;
    Walker::walk(profile, Tools::Real(Arc::clone(&chromium)), length).await;
    Some(chromium.end().await)
}

impl Walker {
    async fn walk(profile: &Profile, tools: Tools, length: Length) {
        let loopback = "127.0.0.1:0".parse().unwrap();
        let options = Options { renewal_listen: Some(loopback), ..Options::for_tests() };
        let env = Environment::options(options.profile(profile.clone()).seed("learn")).await;
        let walker = Self { env, profile: profile.clone(), tools };
        walker.env.control.freeze(FIRST_DAY).await;
        walker.first_day(length).await;
    }
}

/// What is typed, by the names of the profile: labels may be set in any way.
impl Walker {
    fn ids(&self, form: Form, request_id: &str, reference_id: &str) -> Form {
        let wire = &self.profile.wire;
        form.forge(&wire.request_id, request_id).forge(&wire.reference_id, reference_id)
    }

    fn passwords(&self, form: Form, one: &str, other: &str) -> Form {
        let wire = &self.profile.wire;
        form.forge(&wire.password, one).forge(&wire.password_confirmation, other)
    }

    fn emails(&self, form: Form, one: &str, other: &str) -> Form {
        let wire = &self.profile.wire_ru;
        form.forge(&wire.email, one).forge(&wire.email_confirmation, other)
    }
}

impl Walker {
    async fn browser(&self) -> Visitor {
        self.visitor(None).await
    }

    async fn showing(&self, pfx: &Pfx) -> Visitor {
        self.visitor(Some(pfx)).await
    }

    async fn visitor(&self, identity: Option<&Pfx>) -> Visitor {
        match &self.tools {
            Tools::Own(recorder) => {
                // Without its intermediate a site is trusted by no browser that hasn't been there before.
                let tls = self.env.tls().credulous();
                let tls = identity.map_or(tls.clone(), |pfx| tls.showing(pfx));
                Visitor::Own(self.env.browser_with(&tls).recorded_by(recorder))
            }
            Tools::Real(chromium) => {
                let origins = [Some(self.env.portal().to_owned()), self.env.simulator.renewal_url()];
                let origins: Vec<_> = origins.into_iter().flatten().collect();
                Visitor::Real(chromium.window(self.env.portal(), identity, &origins).await)
            }
        }
    }

    /// Some seconds go by.
    async fn tick(&self) {
        self.env.control.advance("7s").await;
    }

    async fn at(&self, moment: &str) {
        self.env.control.freeze(moment).await;
    }

    async fn issue(&self, code: &str, issued_on: Option<&str>) -> Notice {
        let body = json!({ "institution_code": code, "terminal_name": "受付1号機", "issued_on": issued_on });
        self.env.control.issue_to(&body).await
    }
}

/// What is done, day by day.
impl Walker {
    async fn first_day(&self, length: Length) {
        let browser = self.browser().await;
        let _ = browser.try_get("/").await;
        match &self.tools {
            Tools::Own(recorder) => self.handshakes(recorder).await,
            Tools::Real(chromium) => chromium.save_certificate(self.env.portal()).await,
        }
        for path in ["/p/cert", "/p/s"] {
            self.tick().await;
            if let Ok(answer) = browser.try_visit(path).await
                && !answer.is_file()
                && answer.status == 200
                && let Some((_, target)) = answer.page().links.first()
            {
                let _ = browser.try_get(target).await;
            }
        }
        let two = self.issue("0110119153", None).await;
        let one = self.download(self.issue("0110119153", None).await).await;
        if length == Length::FirstDay {
            return;
        }
        let two = self.download(two).await;
        let mut others = Vec::new();
        for code in ["0130000016", "0140000014", "0160000010", "33120015", "1310000013", "2710000012"] {
            others.push(self.download(self.issue(code, None).await).await);
        }
        let [dental, pharmacy, nursing, insurer, single, failing] =
            <[Held; 6]>::try_from(others).unwrap_or_else(|_| panic!("six were issued"));
        self.refusals(&one.notice).await;
        self.lock_out(&insurer.notice).await;
        let reception = self.application().await;
        self.time_out().await;
        self.too_early(&one).await;
        self.later_days(reception).await;
        self.maintenance().await;
        self.revocation(&dental, &pharmacy).await;
        self.last_days().await;
        self.renewals(&one, &two, &single, &failing).await;
        self.at_the_end(&nursing, &dental).await;
    }
}
