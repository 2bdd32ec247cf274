//! The recorded request in this site's words: its addresses, IDs and tokens.

use encoding_rs::UTF_8;

use super::Scene;
use crate::eyes::{FieldKind, Method, Page, Submission};
use crate::learn::evidence::is_request_id;
use crate::learn::exchange::Exchange;
use crate::learn::page;
use crate::learn::tries::meant;

impl<'a> Scene<'a> {
    /// The request with this site's IDs and tokens. `None`: a token that nothing here corresponds to.
    pub(super) fn submission(&self, recorded: &Exchange) -> Option<Submission> {
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
        // A form is in the encoding of its page; a file that comes tells nothing of it.
        let of_site = || self.evidence.exchanges.iter().find_map(Exchange::encoding);
        let encoding = recorded.encoding().or_else(of_site).unwrap_or(UTF_8);
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
                    field.kind == FieldKind::Hidden
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
}
