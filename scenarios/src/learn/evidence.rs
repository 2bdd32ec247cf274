//! A recording as the readers of keys look at it: exchanges with what is known of them, and the files that came along.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::exchange::{Content, Exchange};
use super::page::{self, Kind};
use super::source::Sources;
use super::tries::Try;
use crate::eyes::{Certificate, Identity, Make, Page, RevocationList, squeeze};

/// Passwords of recorded forms that are tried on a PFX file.
const MOST_PASSWORDS: usize = 16;

/// A file that somebody brought.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) place: String,
    pub(crate) thing: Thing,
}

/// What a file is.
#[derive(Clone, Debug)]
pub(crate) enum Thing {
    Pfx(Vec<u8>),
    /// DER.
    Certificate(Vec<u8>),
    /// DER, and whether it came as PEM.
    List(Vec<u8>, bool),
}

impl Thing {
    /// What these bytes are, if anything that is known here.
    pub(crate) fn of(bytes: &[u8]) -> Option<Vec<Self>> {
        if bytes.windows(11).take(4096).any(|window| window == b"-----BEGIN ") {
            let blocks = pem::parse_many(bytes).ok()?;
            let things = blocks.into_iter().filter_map(|block| match block.tag() {
                "CERTIFICATE" => Some(Self::Certificate(block.into_contents())),
                "X509 CRL" => Some(Self::List(block.into_contents(), true)),
                _ => None,
            });
            return Some(things.take(100).collect::<Vec<_>>()).filter(|things| !things.is_empty());
        }
        if bytes.first() != Some(&0x30) {
            return None;
        }
        let thing = if Certificate::parse(bytes).is_ok() {
            Self::Certificate(bytes.to_vec())
        } else if RevocationList::parse(bytes).is_ok() {
            Self::List(bytes.to_vec(), false)
        } else if crate::eyes::Algorithms::read(bytes).is_ok() {
            Self::Pfx(bytes.to_vec())
        } else {
            return None;
        };
        Some(vec![thing])
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) exchanges: &'a [Exchange],
    pub(crate) is_redacted: bool,
    /// Whether the days in request IDs may be others than they were.
    pub(crate) hides_days: bool,
    pub(crate) names: Names,
    pub(crate) tries: Vec<Try>,
    pub(crate) files: Vec<PfxFile>,
    /// Certificates of institutions.
    pub(crate) certificates: Vec<Issued>,
    pub(crate) lists: Vec<List>,
    /// Roots of TLS that were handed out or brought.
    pub(crate) roots: Vec<(String, Vec<u8>)>,
    /// Certificates of servers that were brought, such as those that a browser's viewer exports.
    pub(crate) servers: Vec<(String, Vec<u8>)>,
}

/// A PFX file that was handed out.
#[derive(Debug)]
pub(crate) struct PfxFile {
    pub(crate) place: String,
    /// The exchange that brought it.
    pub(crate) exchange: Option<usize>,
    /// `None`: no password that is known opens it.
    pub(crate) opened: Option<(Make, Identity)>,
    pub(crate) request_id: Option<String>,
}

/// A certificate of an institution.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) place: String,
    pub(crate) der: Vec<u8>,
    /// DER of what issued it, if it came along.
    pub(crate) issuer: Option<Vec<u8>>,
    pub(crate) request_id: Option<String>,
    pub(crate) at: Option<Timestamp>,
    /// Whether it came about by renewal.
    pub(crate) is_renewed: bool,
}

/// A revocation list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) place: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) der: Vec<u8>,
    pub(crate) is_pem: bool,
    pub(crate) mime: Option<String>,
}

/// What programs call the fields, as the recorded pages have it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) request_id: Option<String>,
    pub(crate) reference_id: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) email: Option<String>,
}

impl<'a> Evidence<'a> {
    pub(crate) fn of(sources: &'a Sources) -> Self {
        let exchanges = &sources.exchanges;
        let names = Names::of(exchanges);
        let tries = super::tries::all(exchanges, &names);
        let mut files = Vec::new();
        let mut lists = Vec::new();
        let mut roots = Vec::new();
        let mut bare = Vec::new();
        for (index, exchange) in exchanges.iter().enumerate() {
            let Some(bytes) = exchange.file() else { continue };
            for thing in Thing::of(bytes).unwrap_or_default() {
                match thing {
                    Thing::Pfx(bytes) => files.push(PfxFile {
                        place: exchange.place.clone(),
                        exchange: Some(index),
                        opened: open(&bytes, passwords(exchanges, index, sources)),
                        request_id: request_id(exchange, &names),
                    }),
                    Thing::List(der, is_pem) => lists.push(List {
                        place: exchange.place.clone(),
                        at: exchange.at,
                        der,
                        is_pem,
                        mime: match &exchange.content {
                            Content::File { mime, .. } => Some(mime.clone()),
                            _ => None,
                        },
                    }),
                    Thing::Certificate(der) if exchange.path().starts_with("/p/cert") => {
                        roots.push((exchange.place.clone(), der));
                    }
                    Thing::Certificate(_) => {}
                }
            }
        }
        for Document { place, thing } in &sources.documents {
            match thing.clone() {
                Thing::Pfx(bytes) => {
                    let passwords = passwords(exchanges, exchanges.len(), sources);
                    let opened = open(&bytes, passwords);
                    files.push(PfxFile { place: place.clone(), exchange: None, opened, request_id: None });
                }
                Thing::List(der, is_pem) => {
                    lists.push(List { place: place.clone(), at: None, der, is_pem, mime: None });
                }
                Thing::Certificate(der) => bare.push((place.clone(), der)),
            }
        }
        let mut certificates = issued(exchanges, &files);
        let mut servers = Vec::new();
        for (place, der) in bare {
            match Certificate::parse(&der) {
                Ok(certificate) if certificate.is_own_root() => roots.push((place, der)),
                Ok(certificate) if !certificate.is_ca() && certificate.is_for_clients_alone() => {
                    certificates.push(Issued {
                        place,
                        der,
                        issuer: None,
                        request_id: None,
                        at: None,
                        is_renewed: false,
                    });
                }
                Ok(certificate) if !certificate.is_ca() => servers.push((place, der)),
                _ => {}
            }
        }
        let (is_redacted, hides_days) = (sources.is_redacted, sources.hides_days);
        Self { exchanges, is_redacted, hides_days, names, tries, files, certificates, lists, roots, servers }
    }

    /// All answers of this kind with their pages.
    pub(crate) fn pages(&self, kind: Kind) -> impl Iterator<Item = (&'a Exchange, &'a Page)> {
        let of_kind = self.exchanges.iter().filter(move |exchange| exchange.kind == kind);
        of_kind.filter_map(|exchange| Some((exchange, exchange.page()?)))
    }

    /// Everything that the site itself answered with a page.
    pub(crate) fn of_site(&self) -> impl Iterator<Item = (&'a Exchange, &'a Page)> {
        let of_site = self.exchanges.iter().filter(|exchange| exchange.kind.is_of_site());
        of_site.filter_map(|exchange| Some((exchange, exchange.page()?)))
    }

    /// Request IDs of renewals, as 送信完了 shows them.
    pub(crate) fn renewals(&self) -> BTreeSet<String> {
        let shown = self.pages(Kind::Status).filter_map(|(_, page)| page::row(page, page::REQUEST_ID));
        shown.map(squeeze).filter(|id| is_request_id(id)).collect()
    }
}

impl Names {
    fn of(exchanges: &[Exchange]) -> Self {
        let name = |label: &str| {
            let pages = exchanges.iter().filter_map(Exchange::page);
            let names: BTreeSet<_> =
                pages.filter_map(|it| page::field(it, label)).map(|it| &it.name).collect();
            let mut names = names.into_iter().filter(|name| !name.is_empty());
            names.next().filter(|_| names.next().is_none()).cloned()
        };
        Self {
            request_id: name(page::REQUEST_ID),
            reference_id: name(page::REFERENCE_ID),
            password: name(page::PASSWORD),
            email: name(page::EMAIL).or_else(|| name("メールアドレス")),
        }
    }
}

pub(crate) fn is_request_id(text: &str) -> bool {
    text.len() == 15 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The renewal or notice that an exchange is about: it was typed, or stands in the address.
fn request_id(exchange: &Exchange, names: &Names) -> Option<String> {
    let typed = names.request_id.as_deref().and_then(|name| exchange.sent(name)).map(squeeze);
    let in_path = || exchange.path().split(['/', '.']).find(|part| is_request_id(part)).map(str::to_owned);
    typed.filter(|id| is_request_id(id)).or_else(in_path)
}

/// Those that were typed before, the last first, and those that somebody told.
fn passwords<'a>(exchanges: &'a [Exchange], until: usize, sources: &'a Sources) -> Vec<&'a str> {
    let typed = exchanges[..exchanges.len().min(until + 1)].iter().rev().flat_map(|exchange| &exchange.form);
    let mut passwords: Vec<&str> = sources.passwords.iter().map(String::as_str).collect();
    for (_, value) in typed {
        if value.len() == 4
            && value.bytes().all(|byte| byte.is_ascii_digit())
            && !passwords.contains(&value.as_str())
        {
            passwords.push(value);
        }
        if passwords.len() == MOST_PASSWORDS {
            break;
        }
    }
    passwords
}

fn open(bytes: &[u8], passwords: Vec<&str>) -> Option<(Make, Identity)> {
    passwords.into_iter().find_map(|password| Make::of(bytes, password).ok())
}

/// The certificates in PFX files, each once.
fn issued(exchanges: &[Exchange], files: &[PfxFile]) -> Vec<Issued> {
    let mut all: Vec<Issued> = Vec::new();
    for file in files {
        let Some((_, identity)) = &file.opened else { continue };
        let Ok(certificate) = identity.certificate() else { continue };
        if all.iter().any(|known| known.der == certificate.der()) {
            continue;
        }
        let exchange = file.exchange.map(|index| &exchanges[index]);
        all.push(Issued {
            place: file.place.clone(),
            der: certificate.der().to_vec(),
            issuer: identity.root().ok(),
            request_id: file.request_id.clone(),
            at: exchange.and_then(|exchange| exchange.at),
            is_renewed: exchange.is_some_and(|exchange| exchange.path().starts_with("/p/ru")),
        });
    }
    all
}
