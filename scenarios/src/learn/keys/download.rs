//! `download.*`: until when, and how often, a certificate is handed out. The day of issue is the one with which its request
//! ID begins.

use jiff::civil::Date;
use jiff::tz::{Offset, offset};

use super::messages::{No, no};
use super::{Reader, Record};
use crate::learn::evidence::Evidence;
use crate::learn::observation::Book;
use crate::learn::page::{self, Kind};
use crate::learn::tries::{End, Try};

pub(super) const READERS: &[Reader] = &[
    Reader {
        keys: &["download.window_inclusive", "download.allow_late"],
        shown_by: Record::LateDownload,
        read: window,
    },
    Reader { keys: &["download.redownload"], shown_by: Record::LateDownload, read: again },
];

const WINDOW: i32 = 180;

/// Days since the day of issue, where they are the same in Japan and in UTC.
fn days(evidence: &Evidence<'_>, tried: &Try) -> Option<i32> {
    let id = tried.id()?;
    let issued = Date::strptime("%Y%m%d", &id[..8]).ok()?;
    let at = evidence.exchanges[tried.index].at?;
    let days = |zone: Offset| issued.until(zone.to_datetime(at).date()).ok().map(|span| span.get_days());
    days(offset(9)).filter(|it| days(Offset::UTC) == Some(*it))
}

fn window(evidence: &Evidence<'_>, book: &mut Book) {
    if evidence.hides_days {
        return;
    }
    let renewals = evidence.renewals();
    // Where it is never too late, the last day tells nothing.
    let is_ever_closed = evidence.exchanges.iter().any(|it| no(it) == Some(No::WindowClosed));
    for tried in evidence.tries.iter().filter(|it| it.id().is_some_and(|id| !renewals.contains(&id))) {
        let exchange = &evidence.exchanges[tried.index];
        if !exchange.path().starts_with("/p/rcd") {
            continue;
        }
        let closed = no(exchange) == Some(No::WindowClosed);
        match days(evidence, tried) {
            Some(WINDOW) if closed => book.see("download.window_inclusive", false, &exchange.place),
            Some(WINDOW) if tried.end == End::File && is_ever_closed => {
                book.see("download.window_inclusive", true, &exchange.place);
            }
            Some(later) if later > WINDOW && closed => {
                book.see("download.allow_late", false, &exchange.place)
            }
            Some(later) if later > WINDOW && tried.end == End::File => {
                book.see("download.allow_late", true, &exchange.place);
            }
            _ => {}
        }
    }
}

fn again(evidence: &Evidence<'_>, book: &mut Book) {
    for (place, tried) in evidence.tries.iter().enumerate() {
        let exchange = &evidence.exchanges[tried.index];
        if !exchange.path().starts_with("/p/rcd") {
            continue;
        }
        let earlier = evidence.tries[..place]
            .iter()
            .filter(|it| it.end == End::File && it.id() == tried.id() && it.id().is_some());
        let passwords: Vec<_> = earlier.filter_map(|it| it.password.as_deref()).collect();
        let Some(password) = tried.password.as_deref().filter(|_| !passwords.is_empty()) else { continue };
        let is_another = passwords.iter().all(|other| *other != password);
        match &tried.end {
            // Passwords may have been replaced by others of the same form.
            End::File if is_another && !evidence.is_redacted => {
                book.see("download.redownload", "allowed", &exchange.place);
            }
            End::Refused(_) if no(exchange) == Some(No::AlreadyDownloaded) => {
                book.see("download.redownload", "once", &exchange.place);
            }
            End::Fields if is_another && exchange.kind == Kind::Download => {
                let page = exchange.page().and_then(|page| page::field(page, page::PASSWORD));
                let is_digits = password.len() == 4 && password.bytes().all(|byte| byte.is_ascii_digit());
                if is_digits && page.is_some_and(|field| !field.message.is_empty()) {
                    book.see("download.redownload", "same_password_only", &exchange.place);
                }
            }
            _ => {}
        }
    }
}
