//! The certificates that were handed out, and which of them is shown.

use super::Scene;
use crate::error::Error;
use crate::eyes::{Identity, foreign_identity};
use crate::learn::exchange::Exchange;
use crate::learn::keys::{Door, door};
use crate::learn::page;
use crate::learn::tries::Try;

/// A certificate to show.
pub(super) struct Terminal {
    pub(super) request_id: String,
    pub(super) serial: String,
    pub(super) code: String,
    pub(super) identity: Identity,
}

/// Which certificate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    None,
    Foreign,
    Of(usize),
}

impl<'a> Scene<'a> {
    /// The certificates that may have been shown, the likeliest first.
    pub(super) fn candidates(&self, index: usize, recorded: &Exchange) -> Vec<Shown> {
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
    pub(super) fn meant_at_revocation(&self, index: usize, recorded: &Exchange) -> Option<usize> {
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

    pub(super) fn show(&mut self, shown: Shown) -> Result<(), Error> {
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
}
