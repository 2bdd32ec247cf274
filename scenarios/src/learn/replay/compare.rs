//! Two answers side by side.

use std::collections::BTreeSet;

use super::Difference;
use crate::bilingual::Bilingual;
use crate::eyes::{FieldKind, Method, Page};
use crate::learn::evidence::Thing;
use crate::learn::exchange::{Content, Exchange};
use crate::learn::page::{self, Kind};

/// Headers that a profile decides.
const HEADERS: &[&str] =
    &["server", "strict-transport-security", "content-type", "content-disposition", "location"];

/// All that differs.
pub(super) fn compare(recorded: &Exchange, live: &Exchange) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut tell = |ja: &str, en: &str, recorded_is: String, simulated: String| {
        if recorded_is != simulated {
            let (place, what) = (recorded.place.clone(), Bilingual::of(ja, en));
            all.push(Difference { place, what, recorded: recorded_is, simulated });
        }
    };
    if recorded.kind != live.kind && !matches!(recorded.content, Content::Missing) {
        tell("画面", "page", told(recorded), told(live));
        return all;
    }
    if recorded.status != 0 {
        tell("状態コード", "status", recorded.status.to_string(), live.status.to_string());
    }
    if recorded.has_headers() {
        for name in HEADERS {
            let of = |it: &Exchange| it.header(name).map(|text| header(name, text)).unwrap_or_default();
            tell(&format!("ヘッダー {name}"), &format!("header {name}"), of(recorded), of(live));
        }
    }
    match (&recorded.content, &live.content) {
        (Content::Page(one, _), Content::Page(other, _)) => {
            // What a web server says by itself is nobody's page.
            if recorded.kind != Kind::Unknown {
                for (ja, en, part) in PARTS {
                    tell(ja, en, part(one).join(" | "), part(other).join(" | "));
                }
            }
        }
        (Content::File { bytes: one, .. }, Content::File { bytes: other, .. }) => {
            tell("ファイルの種類", "kind of file", kind(one), kind(other));
        }
        (Content::Missing, _) => {}
        (one, other) => tell("内容", "content", what(one).to_owned(), what(other).to_owned()),
    }
    all
}

type Part = (&'static str, &'static str, fn(&Page) -> Vec<String>);

/// What a person reads, and what programs see.
const PARTS: &[Part] = &[
    ("見出し", "headings", |page| page.headings().iter().map(|text| plain(text)).collect()),
    ("文章", "text", |page| page.text.lines().map(plain).collect()),
    ("項目", "fields", |page| {
        let fields = page::fields(page);
        fields.map(|it| format!("{} ({}) {}", it.labels.join("/"), it.name, plain(&it.message))).collect()
    }),
    ("隠し項目", "hidden fields", |page| {
        let forms = page.forms().iter().filter(|form| form.method == Method::Post);
        let hidden = forms.flat_map(|form| &form.fields).filter(|field| field.kind == FieldKind::Hidden);
        hidden.map(|field| field.name.clone()).collect()
    }),
    ("ボタン", "buttons", |page| {
        let buttons = page.forms().iter().flat_map(|form| &form.buttons);
        buttons.map(|button| format!("{} ({})", button.words, button.name)).collect()
    }),
    ("行き先", "where it leads", |page| {
        let forms = page.forms().iter().map(|form| plain(form.action.path()));
        let links = page.links().iter().map(|(text, url)| format!("{text} {}", plain(url.path())));
        forms.chain(links).collect()
    }),
    ("レイアウト", "layout", |page| page::fields(page).map(|field| field.in_row.to_string()).collect()),
    ("自動更新", "refresh", |page| {
        page.refreshes_after
            .iter()
            .map(u64::to_string)
            .chain(page.refresh.iter().map(|to| plain(to.path())))
            .collect()
    }),
];

fn told(exchange: &Exchange) -> String {
    match &exchange.content {
        Content::Page(page, _) => {
            format!("{} {} ({:?})", exchange.status, page.headings().join(" / "), page::paragraphs(page))
        }
        content => format!("{} {}", exchange.status, what(content)),
    }
}

fn what(content: &Content) -> &'static str {
    match content {
        Content::Missing => "-",
        Content::Page(..) => "page",
        Content::File { .. } => "file",
    }
}

fn kind(bytes: &[u8]) -> String {
    let things = Thing::of(bytes).unwrap_or_default();
    let kinds: BTreeSet<_> = things
        .iter()
        .map(|thing| match thing {
            Thing::Pfx(_) => "PFX",
            Thing::Certificate(_) => "certificate",
            Thing::List(_, true) => "revocation list (PEM)",
            Thing::List(_, false) => "revocation list (DER)",
        })
        .collect();
    kinds.into_iter().collect::<Vec<_>>().join(", ")
}

/// A header with what differs from run to run left out.
fn header(name: &str, text: &str) -> String {
    match name {
        "location" => {
            let path =
                text.split_once("://").map_or(text, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
            plain(path)
        }
        "content-disposition" => plain(text),
        _ => text.to_ascii_lowercase().replace(' ', ""),
    }
}

/// IDs, days and numbers become one sign each: a word in Latin letters and digits with a digit in it, or that is as long as a
/// reference ID.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
            continue;
        }
        let is_id = word.bytes().any(|byte| byte.is_ascii_digit()) || word.len() == 10;
        out.push_str(if is_id { "#" } else { &word });
        word.clear();
        out.push(letter);
    }
    out.trim_end().to_owned()
}
