//! The exchanges with the portal as a recording with contents (HAR 1.2), by choice.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Chosen;
use super::problem::{Body, Problem};
use crate::contents::Recorded;

/// More exchanges are not kept.
const MOST_EXCHANGES: u32 = 10_000;

/// What of the exchanges' contents is kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ContentsBody {
    /// The last so many exchanges; 0: none
    exchanges: usize,
    /// How many there are now
    kept: usize,
}

/// What to keep.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepBody {
    /// The last so many exchanges, 10,000 at most and no more than 16 MiB of them; 0 forgets all
    exchanges: u32,
}

/// Whether contents of exchanges are kept.
#[utoipa::path(get, path = "/journal/contents", tag = "journal", responses((status = 200, body = ContentsBody)))]
pub(super) async fn show(Chosen(world): Chosen) -> Json<ContentsBody> {
    let (exchanges, kept) = world.contents.size();
    Json(ContentsBody { exchanges, kept })
}

/// Keeps the contents of exchanges from now on: passwords, cookies and keys too, all of them the simulator's own. A reset
/// ends it.
#[utoipa::path(put, path = "/journal/contents", tag = "journal", request_body = KeepBody,
    responses((status = 200, body = ContentsBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn keep(chosen: Chosen, Body(keep): Body<KeepBody>) -> Result<Json<ContentsBody>, Problem> {
    if keep.exchanges > MOST_EXCHANGES {
        let told = format!("exchanges: {MOST_EXCHANGES} at most");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &told));
    }
    if keep.exchanges > 0 && chosen.0.is_shared() {
        let told =
            "exchanges: replicas on one database don't share contents: keep them with sqlite: or memory:";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, told));
    }
    chosen.0.contents.keep(keep.exchanges as usize);
    Ok(show(chosen).await)
}

/// The exchanges whose contents are kept, as a HAR file with passwords, cookies and keys.
#[utoipa::path(get, path = "/journal.har", tag = "journal",
    responses((status = 200, body = String, content_type = "application/json"), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn har(Chosen(world): Chosen) -> Result<Response, Problem> {
    if world.contents.size().0 == 0 {
        let told = "contents are not kept: PUT /journal/contents with {\"exchanges\": 200} first";
        return Err(Problem::new(StatusCode::CONFLICT, told));
    }
    let all = world.contents.all();
    // Keys and pages are some megabytes: other calls don't wait for them.
    let file = tokio::task::spawn_blocking(move || {
        let entries: Vec<Value> = all.iter().map(|recorded| entry(recorded)).collect();
        let creator = json!({ "name": "obn-ca", "version": env!("CARGO_PKG_VERSION") });
        let comment = "Made by a simulator: no ID, password or key in it is anybody's.";
        let log = json!({ "version": "1.2", "creator": creator, "entries": entries, "comment": comment });
        serde_json::to_vec(&json!({ "log": log })).expect("a recording has a form in JSON")
    });
    let file =
        file.await.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no recording was made"))?;
    let name = "attachment; filename=\"journal.har\"";
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, name)], file)
        .into_response())
}

fn entry(recorded: &Recorded) -> Value {
    let version = match recorded.version {
        Version::HTTP_2 => "h2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    };
    let host = recorded.sent.get(header::HOST).map(|host| text(host.as_bytes()));
    let host = host.or_else(|| recorded.uri.authority().map(ToString::to_string)).unwrap_or_default();
    let path = recorded.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = json!({
        "method": recorded.method.as_str(),
        "url": format!("https://{host}{path}"),
        "httpVersion": version,
        "cookies": cookies(&recorded.sent),
        "headers": headers(&recorded.sent),
        "queryString": query(recorded.uri.query().unwrap_or_default()),
        "headersSize": -1,
        "bodySize": recorded.form.len(),
    });
    if !recorded.form.is_empty() {
        let mime = of(&recorded.sent, header::CONTENT_TYPE);
        request["postData"] = json!({ "mimeType": mime, "text": text(&recorded.form) });
    }
    let mut content = json!({ "size": -1, "mimeType": of(&recorded.headers, header::CONTENT_TYPE) });
    if let Some(body) = &recorded.body {
        // Exactly the bytes, whatever character set they are in.
        content["size"] = json!(body.len());
        content["text"] = json!(BASE64.encode(body));
        content["encoding"] = json!("base64");
    }
    let status = StatusCode::from_u16(recorded.status).ok();
    let response = json!({
        "status": recorded.status,
        "statusText": status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
        "httpVersion": version,
        "cookies": [],
        "headers": headers(&recorded.headers),
        "content": content,
        "redirectURL": of(&recorded.headers, header::LOCATION),
        "headersSize": -1,
        "bodySize": recorded.body.as_ref().map_or(-1, |body| body.len() as i64),
    });
    json!({
        "startedDateTime": recorded.time,
        "time": 0,
        "request": request,
        "response": response,
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
    })
}

fn headers(headers: &HeaderMap) -> Vec<Value> {
    let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| json!({ "name": name.as_str(), "value": text(value.as_bytes()) });
    headers.iter().map(header).collect()
}

fn cookies(headers: &HeaderMap) -> Vec<Value> {
    let all = of(headers, header::COOKIE);
    let pairs = all.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn query(query: &str) -> Vec<Value> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn of(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| text(value.as_bytes())).unwrap_or_default()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
