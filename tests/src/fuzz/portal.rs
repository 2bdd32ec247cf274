//! The portal, in a world of this process.

use std::sync::OnceLock;

use hyper::header::{CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use hyper::{Request, Response};
use obn_ca::fuzzing::Pages;
use obn_ca::world::WorldFile;
use tokio::runtime::Runtime;

use crate::Page;

/// First pages, and those with a form to which they lead, of which each fuzzed form names one.
const FORMS: [(&str, &str); 3] = [("/p/rcd", "/p/rcd"), ("/p/rx", "/p/rx"), ("/p/rcr", "/p/rcr/institution")];

/// A world, and what its work runs on.
struct Portal {
    runtime: Runtime,
    pages: Pages,
}

impl Portal {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("this machine has room for a thread");
        let pages = runtime.block_on(Pages::open());
        Self { runtime, pages }
    }

    /// The one that pages are asked from.
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Portal> = OnceLock::new();
        SHARED.get_or_init(Self::open)
    }

    fn ask(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.runtime.block_on(self.pages.answer(request))
    }

    fn get(&self, path: &str) -> Response<Vec<u8>> {
        self.ask(Request::get(path).body(Vec::new()).expect("a path makes a request"))
    }
}

pub(super) fn form(bytes: &[u8]) {
    let Some((page, typed)) = bytes.split_first() else { return };
    let (first, path) = FORMS[usize::from(*page) % FORMS.len()];
    let portal = Portal::shared();
    let first = portal.get(first);
    let cookie = first.headers()[SET_COOKIE].to_str().expect("our own cookie is ASCII").to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default();
    let page = Request::get(path).header(COOKIE, cookie).body(Vec::new()).expect("a path makes a request");
    let page = portal.ask(page);
    let form = Page::parse(&String::from_utf8_lossy(page.body()), path).form();
    let hidden = form.fields.iter().filter(|field| field.kind == "hidden");
    let mut body: Vec<u8> =
        hidden.flat_map(|field| format!("{}={}&", field.name, field.value).into_bytes()).collect();
    body.extend(typed);
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(path).header(CONTENT_TYPE, kind).header(COOKIE, cookie).body(body);
    let answer = portal.ask(request.expect("a path makes a request"));
    assert!(answer.status() != 500, "the portal broke: {}", String::from_utf8_lossy(answer.body()));
}

pub(super) fn cookie(bytes: &[u8]) {
    let Ok(cookie) = HeaderValue::from_bytes(bytes) else { return };
    for (path, _) in FORMS {
        let request = Request::get(path).header(COOKIE, cookie.clone()).body(Vec::new());
        let answer = Portal::shared().ask(request.expect("a path makes a request"));
        assert_eq!(answer.status(), 200, "{path} for {cookie:?}");
    }
}

pub(super) fn world(bytes: &[u8]) {
    static REPLACED: OnceLock<Portal> = OnceLock::new();
    let Ok(file) = serde_json::from_slice::<WorldFile>(bytes) else { return };
    let portal = REPLACED.get_or_init(Portal::open);
    portal.runtime.block_on(portal.pages.replace(file));
    for (path, _) in FORMS {
        let answer = portal.get(path);
        assert!(answer.status() != 500, "{path}: {}", String::from_utf8_lossy(answer.body()));
    }
}

/// The world as a file.
pub(super) fn world_file() -> Vec<u8> {
    let portal = Portal::shared();
    let file = portal.runtime.block_on(portal.pages.world_file());
    serde_json::to_vec(&file).expect("a world is JSON")
}

/// What these pages look like, the answer to a wrong form among them.
pub(super) fn pages() -> Vec<Vec<u8>> {
    ["/p/rcd", "/p/rcr", "/p/rx", "/p/cert", "/p/ru"]
        .map(|path| Portal::shared().get(path).into_body())
        .into()
}
