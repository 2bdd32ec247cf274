//! Portals that no profile can express: a proxy in front changes what comes back.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use obn_conformance::{Distortion, Passing};

const MENU: &str = r#"<!DOCTYPE html><html lang="ja"><title>更新申請画面</title><h1>更新申請画面</h1>
<a href="/p/ru/apply">証明書更新申請</a> <a href="/p/ru/list">更新後証明書の取得</a></html>"#;

/// Who is turned away at `/p/ru` with this word gets in all the same.
pub(super) fn lets_in(word: &'static str) -> Distortion {
    Distortion::new(move |answer| {
        if answer.url.path() == "/p/ru" && answer.status == 403 && answer.text().contains(word) {
            answer.status = 200;
            answer.body = MENU.as_bytes().to_vec();
        }
    })
}

/// Where the certificate is for, everybody logs in.
pub(super) fn lets_everybody_log_in() -> Distortion {
    logs_in("ログインできません", 200)
}

/// Nobody does.
pub(super) fn lets_nobody_log_in() -> Distortion {
    logs_in("ログインしました", 403)
}

fn logs_in(word: &'static str, status: u16) -> Distortion {
    Distortion::new(move |answer| {
        if answer.url.path() == "/" && answer.text().contains(word) {
            answer.status = status;
        }
    })
}

/// The page for who is turned away is an error of the server.
pub(super) fn turns_away_with_500() -> Distortion {
    Distortion::new(|answer| {
        if answer.url.path() == "/p/ru" && answer.status == 403 {
            answer.status = 500;
        }
    })
}

/// A second Submit looks like an application of its own, and the list shows a third.
pub(super) fn applies_twice() -> Distortion {
    let submits: Mutex<BTreeMap<Option<u16>, u32>> = Mutex::default();
    Distortion::new(move |answer| {
        // Each play has a portal, and so a port, of its own; ports come back, and every play that
        // renews begins with a download.
        let mut submits = submits.lock().unwrap_or_else(PoisonError::into_inner);
        let count = submits.entry(answer.url.port()).or_default();
        match answer.url.path() {
            "/p/rcd" => *count = 0,
            "/p/ru/apply" if answer.is_post => *count += 1,
            "/p/ru/list" if *count > 1 => answer.replace("<td>2026", "<td>2028"),
            path if *count > 1 && path.starts_with("/p/ru/status") => answer.replace("<td>2026", "<td>2027"),
            _ => {}
        }
    })
}

/// The key is offered while it is still being made.
pub(super) fn offers_the_key_early() -> Distortion {
    Distortion::replacing("証明書ステータスを更新", "鍵の取得")
}

/// No message stands beside any field.
pub(super) fn without_messages() -> Distortion {
    Distortion::new(|answer| {
        while let Some((before, rest)) = answer.text().split_once("<p class=\"error\" id") {
            let after = rest.split_once("</p>").map_or("", |(_, after)| after);
            answer.body = format!("{before}{after}").into_bytes();
        }
    })
}

/// Forms come back with a password filled in.
pub(super) fn remembers_passwords() -> Distortion {
    Distortion::new(|answer| {
        if answer.is_post {
            answer.replace("type=\"password\"", "type=\"password\" value=\"1234\"");
        }
    })
}

/// The reference ID is asked for before the request ID.
pub(super) fn swaps_the_ids() -> Distortion {
    on("/p/rcd", |answer| {
        let mut rows: Vec<_> = answer.text().split("<tr>").collect();
        if rows.len() > 4 {
            rows.swap(1, 2);
            answer.body = rows.join("<tr>").into_bytes();
        }
    })
}

/// The installer is a program.
pub(super) fn installer_as_program() -> Distortion {
    on("/p/s", |answer| answer.body = b"MZ\x90\x00".repeat(256))
}

/// A page stands before the installer.
pub(super) fn installer_behind_a_page() -> Distortion {
    on("/p/s", |answer| {
        answer.body = "<title>MPKI</title><h1>MPKI</h1>".as_bytes().to_vec();
        answer.set_header("content-type", "text/html; charset=UTF-8");
        answer.remove_header("content-disposition");
    })
}

/// The last bit of the revocation list's signature is wrong.
pub(super) fn list_with_a_bad_signature() -> Distortion {
    on("/crl.crl", |answer| {
        if let Some(last) = answer.body.last_mut() {
            *last ^= 1;
        }
    })
}

/// What doesn't exist answers 200.
pub(super) fn nothing_is_missing() -> Distortion {
    Distortion::new(|answer| {
        if answer.status == 404 {
            answer.status = 200;
        }
    })
}

fn on(path: &'static str, change: impl Fn(&mut Passing<'_>) + Send + Sync + 'static) -> Distortion {
    Distortion::new(move |answer| {
        if answer.url.path() == path {
            change(answer);
        }
    })
}
