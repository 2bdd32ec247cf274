//! What a site says to a visitor: a page for a person, JSON for a program that asks for it.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Response as HttpResponse, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::login::{Login, Refused};
use crate::portal::PeerCertificate;
use crate::portal::answer::{self, Trace};
use crate::profile::DnMode;
use crate::world::World;

#[derive(Template)]
#[template(path = "relying_party.html")]
struct Page<'a> {
    heading: &'a str,
    text: &'a str,
    is_refused: bool,
    facts: Vec<(&'static str, String)>,
    is_marked: bool,
}

pub(super) async fn show(State(world): State<Arc<World>>, request: Request) -> Response {
    let shown = request.extensions().get::<PeerCertificate>().cloned();
    let login = match Login::of(&world, shown.as_ref().map(|certificate| &*certificate.0)).await {
        Ok(login) => login,
        Err(error) => {
            tracing::error!(%error, "nobody can log in: there is no revocation list");
            return answer::plain(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let request_id = match login.serial {
        Some(serial) => world.record_by_serial(serial).await.ok().map(|record| record.notice.request_id),
        None => None,
    };
    let text = text(&world, &login);
    let wants_json = wants_json(request.headers());
    let (body, content_type) = match wants_json {
        true => (document(&login, &text).to_string() + "\n", "application/json"),
        false => (page(&world, &login, &text), "text/html; charset=UTF-8"),
    };
    let (status, outcome) = match login.verdict {
        Ok(()) => (StatusCode::OK, "login.accepted"),
        Err(refused) => (StatusCode::FORBIDDEN, refused.outcome()),
    };
    let mut response = HttpResponse::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
        ),
    );
    let by = login.list.as_ref().map(|list| {
        format!("by revocation list {} of {}", list.number, list.contents.this_update).into_boxed_str()
    });
    response.extensions_mut().insert(Trace {
        outcome,
        request_id,
        serial: login.serial,
        detail: by,
        ..Trace::default()
    });
    response
}

/// Whether JSON is named before a page, or alone (RFC 9110, 12.5.1, without weights).
fn wants_json(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT).iter().filter_map(|field| field.to_str().ok());
    let mut types = fields
        .flat_map(|field| field.split(','))
        .map(|part| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    types
        .find(|mime| matches!(mime.as_str(), "application/json" | "text/html" | "application/xhtml+xml"))
        .is_some_and(|mime| mime == "application/json")
}

/// Why, or that it is well, in a sentence or two.
fn text(world: &World, login: &Login) -> String {
    let text = match login.verdict {
        Ok(()) => "証明書を確認しました。",
        Err(Refused::NoCertificate) => {
            "証明書が提示されていません。証明書がインストールされた端末からアクセスし、発行者が「Online Billing NW Common Root CA」の証明書を選択してください。"
        }
        Err(Refused::OtherCa) => {
            "提示された証明書は、共通認証局が発行したものではありません。ブラウザを閉じてからアクセスし直し、発行者が「Online Billing NW Common Root CA」の証明書を選択してください。"
        }
        Err(Refused::NotYetValid) => "提示された証明書は、まだ有効期間が始まっていません。",
        Err(Refused::Expired) => "提示された証明書は、有効期限が切れています。",
        Err(Refused::Revoked) => "提示された証明書は失効しています。",
    };
    match (&login.list, login.verdict) {
        (Some(list), Err(Refused::Revoked)) => {
            let (number, of) = (list.number, moment(world, list.contents.this_update));
            format!("{text}失効リスト第{number}号({of} 発行)に記載されています。")
        }
        _ => text.to_owned(),
    }
}

fn page(world: &World, login: &Login, text: &str) -> String {
    let mut facts = Vec::new();
    if let Some(held) = &login.held {
        let (from, until) = (moment(world, held.not_before), moment(world, held.not_after));
        facts.push(("医療機関コード", held.common_name.clone()));
        facts.push(("サブジェクト", held.subject.clone()));
        facts.push(("発行者", held.issuer.clone()));
        facts.extend(login.serial.map(|serial| ("シリアル番号", serial.to_string())));
        facts.push(("有効期間", format!("{from} ~ {until}")));
    }
    if let Some(list) = &login.list {
        let (of, next) = (list.contents.this_update, list.contents.next_update);
        let (number, of, next) = (list.number, moment(world, of), moment(world, next));
        facts.push(("失効リスト", format!("第{number}号({of} 発行、次回 {next})")));
    }
    facts.push(("確認日時", moment(world, login.now)));
    let page = Page {
        heading: if login.verdict.is_ok() {
            "ログインしました"
        } else {
            "ログインできません"
        },
        text,
        is_refused: login.verdict.is_err(),
        facts,
        is_marked: world.profile.dn.mode == DnMode::Marked,
    };
    page.render().expect("templates write into memory and call nothing that fails")
}

/// The same for a program.
fn document(login: &Login, text: &str) -> Value {
    json!({
        "accepted": login.verdict.is_ok(),
        "reason": login.verdict.err().map(Refused::word),
        "message": text,
        "certificate": login.held.as_ref().map(|held| json!({
            "institution_code": held.common_name,
            "subject": held.subject,
            "issuer": held.issuer,
            "serial": login.serial.map(|serial| serial.to_string()),
            "not_before": held.not_before,
            "not_after": held.not_after,
        })),
        "revocation_list": login.list.as_ref().map(|list| json!({
            "number": list.number,
            "this_update": list.contents.this_update,
            "next_update": list.contents.next_update,
        })),
        "now": login.now,
    })
}

/// In the zone of the service.
fn moment(world: &World, at: Timestamp) -> String {
    world.profile.clock.zone.zone().datetime(at).strftime("%Y/%m/%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_name_it_first() {
        let wants = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            wants_json(&headers)
        };
        assert!(wants("application/json"));
        assert!(wants("Application/JSON;q=0.9, text/html"));
        assert!(!wants("text/html,application/xhtml+xml,application/json"));
        assert!(!wants("*/*"));
        assert!(!wants_json(&HeaderMap::new()));
    }
}
