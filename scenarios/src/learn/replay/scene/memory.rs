//! What this site and the recorded one call the same: cookies, hidden fields, IDs, certificates.

use std::collections::BTreeSet;

use super::Scene;
use super::terminal::{Shown, Terminal};
use crate::eyes::{FieldKind, Make, Page, squeeze};
use crate::learn::evidence::is_request_id;
use crate::learn::exchange::Exchange;
use crate::learn::page::{self, Kind};
use crate::learn::tries::meant;

impl<'a> Scene<'a> {
    /// The cookies that were sent there, as this site gave them.
    pub(super) fn cookies(&mut self, index: usize, recorded: &Exchange) {
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
    pub(super) fn remember(&mut self, recorded: &Exchange, live: &Exchange, shown: Shown) {
        for (_, value) in recorded.set_cookies() {
            self.jars.insert(value.to_owned(), self.browser.jar().clone());
            if let Shown::Of(index) = shown {
                self.sessions.insert(value.to_owned(), index);
            }
        }
        if let (Some(there), Some(here)) = (recorded.page(), live.page()) {
            let hidden = |page: &Page| -> Vec<(String, String)> {
                let fields = page.forms().iter().flat_map(|form| &form.fields);
                let hidden = fields.filter(|field| field.kind == FieldKind::Hidden);
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
