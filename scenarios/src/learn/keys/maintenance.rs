//! `maintenance.*`: when the site was down.

use jiff::tz::offset;

use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::{Book, only_round};
use crate::learn::page::Kind;

pub(super) const READERS: &[Reader] =
    &[Reader { keys: &["maintenance.windows"], shown_by: Record::Maintenance, read: windows }];

/// A window of which both ends are known to the minute. In Japan's time: that in UTC would take a site that counts its days
/// in UTC.
fn windows(evidence: &Evidence<'_>, book: &mut Book) {
    let at_portal =
        evidence.exchanges.iter().filter(|it| it.path().starts_with("/p/") && it.kind.is_of_site());
    let states: Vec<_> = at_portal
        .filter_map(|it| Some((it.at?.as_second(), it.kind == Kind::Maintenance, it.place.as_str())))
        .collect();
    let mut windows = Vec::new();
    let mut place = "";
    let mut begun: Option<i64> = None;
    for pair in states.windows(2) {
        let [(before, was_down, _), (now, is_down, here)] = pair else { continue };
        match (was_down, is_down) {
            (false, true) => begun = only_round(*before, *now, 60).filter(|_| now - before <= 60),
            (true, false) => {
                let ended = only_round(*before, *now, 60).filter(|_| now - before <= 60);
                let Some((begin, end)) = begun.take().zip(ended) else { return };
                let text = |second: i64| {
                    let at = jiff::Timestamp::from_second(second).ok()?;
                    Some(offset(9).to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string())
                };
                let (Some(begin), Some(end)) = (text(begin), text(end)) else { return };
                windows.push(format!("{begin}/{end}"));
                place = here;
            }
            _ => {}
        }
    }
    let is_whole =
        states.first().is_some_and(|(_, down, _)| !down) && states.last().is_some_and(|(_, down, _)| !down);
    if !windows.is_empty() && is_whole {
        book.see("maintenance.windows", windows, place);
    }
}
