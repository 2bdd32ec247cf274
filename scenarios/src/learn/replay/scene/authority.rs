//! What the registration authority did out of sight: issued, revoked, decided.

use jiff::civil::Date;
use serde_json::Value;

use super::{Scene, gone};
use crate::control::Issue;
use crate::error::Error;
use crate::eyes::{Certificate, squeeze};
use crate::learn::exchange::Exchange;
use crate::learn::keys::{Door, No, door, no};
use crate::learn::page::{self, Kind};
use crate::learn::tries::Try;

/// The institution whose code nothing in the recording tells.
const SOMEBODY: &str = "0110119153";

impl<'a> Scene<'a> {
    /// Whatever happened out of sight before this exchange.
    pub(super) async fn prepare(&mut self, index: usize, recorded: &Exchange) -> Result<(), Error> {
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

    /// A renewal whose next page says that it failed fails now, while it is under way.
    pub(super) async fn fail_before(&mut self, index: usize, recorded: &Exchange) -> Result<(), Error> {
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
}

fn swap_case(text: &str) -> String {
    let swapped = text.chars().map(|letter| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    });
    swapped.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn letters_change_their_case_and_digits_stay() {
        assert_eq!(super::swap_case("aB1"), "Ab1");
    }
}
