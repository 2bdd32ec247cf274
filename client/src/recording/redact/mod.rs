//! A recording that can be given away.
//!
//! What identifies somebody or opens something is replaced by a stand-in of the same form, the same one everywhere: an ID
//! by an ID, a code by one whose check digit is right, a PFX file by one of our own that is made up like it. Afterwards it
//! is checked that nothing of what was replaced stands anywhere, in whatever encoding. What can't be judged safe is left out.

mod address;
mod body;
mod chance;
mod cookies;
mod der;
mod dropped;
mod exchange;
mod find;
mod headers;
mod html;
mod page;
mod pfx;
mod rewrite;
mod security;
mod sweep;
mod table;
mod twins;
mod view;
mod vocabulary;
mod writer;

use std::collections::BTreeMap;

use url::Url;

use self::address::Service;
use self::body::Known;
use self::dropped::Tally;
use self::page::Fields;
use self::rewrite::Rewriter;
use self::sweep::Sweep;
use self::table::Table;
use self::twins::Twins;
use self::writer::Writer;
use crate::pki::password::Password;
use crate::recording::har::{Content, Entry, Har};

pub use self::chance::Key;
pub use self::dropped::Dropped;
pub use self::table::Kind;

/// What is known about a recording beside what is in it.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Passwords that may open its PFX files; those that were typed in it are tried as well.
    pub passwords: Vec<Password>,
    /// Hosts of the service beside `*.managedpki.ne.jp` and this machine.
    pub hosts: Vec<String>,
    /// What must not be in the output either, such as the name of the institution.
    pub secrets: Vec<String>,
}

/// A recording that can be given away, and what was done for it.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// The recording.
    pub har: Har,
    /// How many different things of each kind were replaced.
    pub replaced: BTreeMap<Kind, usize>,
    /// How many things were left out, and why.
    pub dropped: BTreeMap<Dropped, usize>,
    /// What opens the PFX files in it.
    pub passwords: Vec<String>,
}

/// A secret would have been in the output, and leaving its surroundings out did not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("something of what was replaced is still in the output; nothing was written")]
pub struct Leak;

/// Now and then a stand-in looks like what another stands for: then others are drawn.
const ATTEMPTS: u8 = 4;

/// Makes a recording that can be given away.
///
/// # Errors
/// If a secret would have been left in it in spite of all.
pub fn redact(har: &Har, knowledge: &Knowledge, key: Key) -> Result<Redacted, Leak> {
    let mut best: Result<Redacted, Leak> = Err(Leak);
    for attempt in 0..ATTEMPTS {
        let key = Key::of(key.chance(&[b"attempt", &[attempt]]).array());
        let Ok(redacted) = redact_with(har, knowledge, key) else { continue };
        let suspects = |redacted: &Redacted| redacted.dropped.get(&Dropped::Suspect).copied().unwrap_or(0);
        let (found, least) = (suspects(&redacted), best.as_ref().map_or(usize::MAX, suspects));
        if found < least {
            best = Ok(redacted);
        }
        if found == 0 {
            break;
        }
    }
    best
}

/// The same with the stand-ins of one key.
fn redact_with(har: &Har, knowledge: &Knowledge, key: Key) -> Result<Redacted, Leak> {
    let service = Service(&knowledge.hosts);
    let mut tally = Tally::default();
    let mut entries = Vec::new();
    for entry in &har.log.entries {
        let url = Url::parse(&entry.request.url).ok();
        match url.filter(|url| url.host_str().is_some_and(|host| service.is(host))) {
            Some(url) => entries.push((entry, url)),
            None => tally.add(Dropped::OtherHost),
        }
    }

    let mut table = Table::new(key);
    let mut fields = Fields::default();
    for secret in &knowledge.secrets {
        table.insist(secret.trim());
    }
    let mut known: Vec<Known> = entries.iter().map(|(entry, _)| Known::of(entry)).collect();
    // Forms first: they tell what was typed into which field, and that tells most of what is in pages.
    let pages: Vec<_> = entries
        .iter()
        .zip(&known)
        .map(|((_, url), known)| match known {
            Known::Html { text, encoding, .. } => page::read(text, url, encoding),
            _ => None,
        })
        .collect();
    pages.iter().flatten().for_each(|page| page::forms(page, &mut fields));
    for (entry, _) in &entries {
        exchange::discover_request(&entry.request, &fields, &mut table);
        exchange::discover_response(&entry.response, &fields, &mut table);
    }
    for (known, page) in known.iter().zip(&pages) {
        match known {
            Known::Html { text, .. } => page::discover(text, page.as_ref(), &mut fields, &mut table),
            Known::Text { text, .. } => {
                for (kind, secret) in find::secrets(text, find::Place::Machine) {
                    table.stand_in(kind, &secret);
                }
            }
            _ => {}
        }
    }
    drop(pages);
    let passwords = passwords(knowledge, &table);
    for known in &mut known {
        match known {
            Known::Pfx { bytes, opened } => {
                *opened = pfx::open(bytes, &passwords);
                if let Some(opened) = opened {
                    opened.discover(bytes, &mut table);
                }
            }
            Known::Certificate { der, .. } => twins::discover(der, &mut table),
            _ => {}
        }
    }

    let rewriter = Rewriter::new(&table);
    let mut writer = Writer {
        service,
        fields,
        table,
        rewriter,
        tally,
        twins: Twins::default(),
        passwords: Vec::new(),
        connections: BTreeMap::new(),
    };
    let contents: Vec<Content> =
        known.iter().zip(&entries).map(|(known, (entry, _))| writer.content(known, entry)).collect();
    let written: Vec<Entry> =
        entries.iter().zip(contents).map(|((entry, _), content)| writer.entry(entry, content)).collect();
    let mut log = writer.log(&har.log);

    let sweep = Sweep::new(&writer.table, &writer.passwords);
    for mut entry in written {
        if sweep.finds(&entry) {
            writer.tally.add(Dropped::Suspect);
            entry.response.content.text = None;
            entry.response.content.encoding = None;
            if sweep.finds(&entry) {
                entry.request.post_data = None;
                entry.request.headers.clear();
                entry.response.headers.clear();
                if sweep.finds(&entry) {
                    continue;
                }
            }
        }
        log.entries.push(entry);
    }
    let har = Har { log };
    if sweep.finds_in(&har.to_json()) {
        return Err(Leak);
    }
    let (replaced, dropped) = (writer.table.counts(), writer.tally.0);
    Ok(Redacted { har, replaced, dropped, passwords: writer.passwords })
}

/// Those that are told, and those that were typed.
fn passwords(knowledge: &Knowledge, table: &Table) -> Vec<String> {
    let told = knowledge.passwords.iter().map(|password| password.expose().to_owned());
    let typed = table.secrets().iter().filter(|secret| secret.kind == Kind::Password);
    // What stands in any field may be one.
    let pins = table.secrets().iter().filter(|secret| {
        secret.original.len() == 4 && secret.original.bytes().all(|byte| byte.is_ascii_digit())
    });
    let mut all: Vec<String> = Vec::new();
    for password in told.chain(typed.chain(pins).map(|secret| secret.original.clone())).chain([String::new()])
    {
        if !all.contains(&password) && all.len() < 64 {
            all.push(password);
        }
    }
    all
}
