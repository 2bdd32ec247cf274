//! Guided: what is to be done now, and the answers.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use obn_ca::journal::Kind;
use serde::Deserialize;

use super::language::Top;
use super::page;
use crate::client::{LONGEST_FILE as LONGEST_READ, Operation, Said, Task, TaskFile};
use crate::play::title;
use crate::studio::Shared;
use crate::studio::person::{AtPage, Now, Place, Seen, TooLate, milestones};

/// Bytes of a file that is handed over.
pub(super) const LONGEST_FILE: usize = LONGEST_READ as usize;
/// Bytes of what a program said that are taken.
const LONGEST_WORDS: usize = 64 * 1024;
/// How long a file may take.
const FILE_TIME: Duration = Duration::from_secs(60);

#[derive(Template)]
#[template(path = "studio/guided.html")]
struct Fragment<'a> {
    top: &'a Top,
    place: &'a Place,
    name: Option<&'a str>,
    title: String,
    what: What,
    values: Vec<Value<'a>>,
    output_path: &'a str,
    milestones: Vec<(bool, &'static str)>,
    seen: Vec<OneSeen>,
}

/// What is to be done, in words.
struct What {
    title: &'static str,
    how: &'static str,
}

/// Something to copy.
struct Value<'a> {
    name: &'a str,
    label: &'static str,
    value: String,
}

/// A record of the site.
struct OneSeen {
    what: String,
    detail: String,
}

/// A file that is handed over.
#[derive(Deserialize)]
pub(super) struct Handed {
    number: u64,
    name: String,
}

/// What is to be done now, as a part of the page.
pub(super) async fn show(State(shared): State<Arc<Shared>>, top: Top) -> Response {
    let Some(person) = person(&shared) else { return StatusCode::NOT_FOUND.into_response() };
    with_fragment(&top, &person.place(), |fragment| page(StatusCode::OK, fragment))
}

/// The same, to be put into the page.
pub(super) fn fragment(top: &Top, person: &AtPage) -> Result<String, askama::Error> {
    with_fragment(top, &person.place(), |fragment| fragment.render())
}

/// How the task ended.
pub(super) async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let (mut number, mut said, mut words) = (None, String::new(), String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        match &*name {
            "number" => number = value.parse().ok(),
            "said" => said = value.into_owned(),
            "words" => words = value.chars().take(LONGEST_WORDS).collect(),
            _ => {}
        }
    }
    let Some((number, person)) = number.zip(person(&shared)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let taken = match said.as_str() {
        "done" => person.answer(number, Some(Said::Done), &words),
        "refused" => person.answer(number, Some(Said::Refused), &words),
        "failed" => person.answer(number, Some(Said::Failed), &words),
        "unsupported" => person.answer(number, None, ""),
        "ended" => person.program_is_ended(number),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    match taken {
        Ok(()) | Err(TooLate) => Redirect::to("/live").into_response(),
    }
}

/// The file that came of the task.
pub(super) async fn take_file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let Ok(Query(Handed { number, name })) = Query::<Handed>::try_from_uri(request.uri()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(person) = person(&shared) else { return StatusCode::CONFLICT.into_response() };
    let bytes = match tokio::time::timeout(FILE_TIME, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return error.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let name: String = name.chars().take(255).collect();
    match person.takes_file(number, &name, bytes.into()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(TooLate) => StatusCode::CONFLICT.into_response(),
    }
}

/// A file that the task is about.
pub(super) async fn given(
    State(shared): State<Arc<Shared>>,
    Path((number, name)): Path<(u64, String)>,
) -> Response {
    let place = person(&shared).map(|person| person.place()).filter(|place| place.number == number);
    let file = match place.and_then(|place| place.now) {
        Some(Now::Task(task)) => task.files.into_iter().find(|file| file.name == name),
        _ => None,
    };
    let Some(file) = file else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match file.variable {
        "OBN_ROOT" => "application/x-x509-ca-cert",
        _ => "application/x-pkcs12",
    };
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, "attachment")], file.bytes).into_response()
}

fn person(shared: &Shared) -> Option<Arc<AtPage>> {
    shared.live().filter(|live| live.over().is_none())?.person.clone()
}

fn with_fragment<T>(top: &Top, place: &Place, use_it: impl FnOnce(&Fragment<'_>) -> T) -> T {
    let task = match &place.now {
        Some(Now::Task(task)) => Some(task),
        _ => None,
    };
    let told = |name: &str| {
        let told = task.and_then(|task| task.told.iter().find(|(told, _)| told == name));
        told.map_or("", |(_, value)| value.as_str())
    };
    let milestones = task.map_or(&[][..], |task| milestones(task.operation)).iter().zip(place.reached);
    let fragment = Fragment {
        top,
        place,
        name: place.name.as_ref().map(|(ja, en)| top.t(ja, en)),
        title: title(&place.scenario, &place.case),
        what: task.map_or(What { title: "", how: "" }, |task| what(top, task)),
        values: task.map(|task| values(top, task)).unwrap_or_default(),
        output_path: told("OBN_OUTPUT"),
        milestones: milestones
            .map(|(milestone, reached)| (reached, top.l.pick(milestone.ja, milestone.en)))
            .collect(),
        seen: place.seen.iter().rev().map(|seen| one_seen(top, seen)).collect(),
    };
    use_it(&fragment)
}

fn what(top: &Top, task: &Task) -> What {
    let says_no = task.told.iter().any(|(name, value)| name == "OBN_CONFIRM" && value == "no");
    let words = |title: (&'static str, &'static str), how: (&'static str, &'static str)| What {
        title: top.l.pick(title.0, title.1),
        how: top.l.pick(how.0, how.1),
    };
    match task.operation {
        Operation::Apply if says_no => words(
            (
                "証明書の発行申請を始め、確認で「いいえ」と答えてください",
                "Begin to apply for certificates, and answer no when asked",
            ),
            ("申請する前の確認に「いいえ」(中止) と答えます。", "When asked to confirm, say no."),
        ),
        Operation::Apply => words(
            ("証明書の発行を申請してください", "Apply for certificates"),
            (
                "「電子証明書発行申請」(/p/rcr) で下の内容を入力し、申請します。",
                "At /p/rcr, give what is below, and apply.",
            ),
        ),
        Operation::Login => words(
            ("証明書でログインしてください", "Log in with the certificate"),
            (
                "下の「現在の証明書」を使って、利用先のサイトにログインします。断られたら「断られた」を押してください。",
                "Log in at the address below with the present certificate. If it turns you away, press Refused.",
            ),
        ),
        Operation::Root => words(
            ("ルート証明書を取得してください", "Fetch the root certificate"),
            (
                "「ルート証明書」のページ (/p/cert) から、ファイルを保存します。",
                "Save the file from the page of the root certificate (/p/cert).",
            ),
        ),
        Operation::Download => words(
            ("証明書を取得してください", "Download the certificate"),
            (
                "「証明書取得」(/p/rcd) で下のリクエストIDとリファレンスIDを入力し、証明書ファイルを保存します。",
                "At /p/rcd, give the request ID and reference ID below, and save the certificate file.",
            ),
        ),
        Operation::Renew => words(
            ("証明書を更新してください", "Renew the certificate"),
            (
                "下の「現在の証明書」を使って更新を申請し (/p/ru)、発行された新しい証明書ファイルを保存します。",
                "Apply for the renewal with the present certificate below (/p/ru), and save the new certificate file that is issued.",
            ),
        ),
        Operation::Collect => words(
            ("更新後の証明書を取得してください", "Collect the renewed certificate"),
            (
                "申請はもう済んでいます。申請し直さずに、「更新後証明書の取得」(/p/ru) から証明書ファイルを保存します。",
                "The renewal has been applied for already. Without applying again, save the certificate file from the list of renewals (/p/ru).",
            ),
        ),
        Operation::Revoke if says_no => words(
            (
                "失効の申請を始め、確認で「いいえ」と答えてください",
                "Begin to apply for a revocation, and answer no when asked",
            ),
            ("申請する前の確認に「いいえ」(中止) と答えます。", "When asked to confirm, say no."),
        ),
        Operation::Revoke => words(
            ("失効を申請してください", "Apply for the revocation"),
            (
                "「失効申請」(/p/rx) で下の ID とメールアドレスを入力し、申請します。",
                "At /p/rx, give the IDs and the mail address below, and apply.",
            ),
        ),
        Operation::Notices => words(
            ("証明書に関するお知らせを保存してください", "Save the notice about the certificate"),
            (
                "下の日時を現在として、プログラムが表示するお知らせをテキスト ファイルに保存します。何も表示されなければ、ファイルなしで「できた」を押してください。",
                "Taking the time below for the present, save what the program says to a text file. If it says nothing, press Done without a file.",
            ),
        ),
        Operation::List => words(
            ("証明書の一覧を保存してください", "Save the list of certificates"),
            (
                "下のフォルダーにある証明書の一覧を表示し、それぞれの有効期限とともに、新しいものから順にテキスト ファイルに保存します。",
                "Have the certificates in the folder below listed, and save the list to a text file: each with its last day, the newest first.",
            ),
        ),
        Operation::Installer => words(
            ("MPKI クライアントのインストーラーを取得してください", "Fetch the installer of the MPKI client"),
            (
                "「MPKI クライアント取得用サイト」(/p/s) のインストーラーを保存します。下に「インストール済みのもの」があり、中身が同じなら、ファイルなしで「できた」を押してください。",
                "Save the installer from /p/s. If an installed one is given below and it is the same, press Done without a file.",
            ),
        ),
        Operation::Remove if says_no => words(
            (
                "古い証明書の削除を始め、確認で「いいえ」と答えてください",
                "Begin to delete old certificates, and answer no when asked",
            ),
            (
                "下のフォルダーを対象に削除を始め、確認に「いいえ」(中止) と答えます。",
                "Begin with the folder below, and say no when asked to confirm.",
            ),
        ),
        Operation::Remove => words(
            ("古い証明書を削除してください", "Delete the old certificates"),
            (
                "下のフォルダーにある証明書のうち、「現在の証明書」より前のものを削除します。",
                "Of the certificates in the folder below, delete those that the present one has replaced.",
            ),
        ),
    }
}

/// What is to be copied, in the order of the contract. Files are handed on otherwise.
fn values<'a>(top: &Top, task: &'a Task) -> Vec<Value<'a>> {
    let label = |name: &str| {
        let (ja, en) = match name {
            "OBN_URL" => ("サイトの URL", "URL of the site"),
            "OBN_RENEWAL_URL" => ("更新用サイトの URL", "URL for renewals"),
            "OBN_LOGIN_URL" => ("利用先のサイトの URL", "URL to log in at"),
            "OBN_HOLDER" => ("医療機関コード、保険者番号または受付番号", "Code or reception number"),
            "OBN_HOLDER_NAME" => ("名称", "Name"),
            "OBN_DEPARTMENT" => ("部署名", "Department"),
            "OBN_TELEPHONE" => ("電話番号", "Telephone"),
            "OBN_TERMINAL" => ("端末名称等", "Name of the terminal"),
            "OBN_CERTIFICATES" => ("発行枚数", "How many certificates"),
            "OBN_REQUEST_ID" => ("リクエストID", "Request ID"),
            "OBN_REFERENCE_ID" => ("リファレンスID", "Reference ID"),
            "OBN_PASSWORD" => ("新しいファイルのパスワード", "Password of the new file"),
            "OBN_EMAIL" => ("メールアドレス", "Mail address"),
            "OBN_IDENTITY_PASSWORD" => ("現在の証明書のパスワード", "Password of the present file"),
            "OBN_CONFIRM" => ("確認への答え", "Answer when asked"),
            "OBN_NOW" => ("現在とみなす日時", "The present"),
            "OBN_FOLDER" => ("証明書のフォルダー", "Folder of certificates"),
            "OBN_WAIT" => ("待つ時間 (秒)", "Seconds to wait"),
            "OBN_PROXY" => ("プロキシ", "Proxy"),
            "OBN_PROXY_USER" => ("プロキシのユーザー名", "User of the proxy"),
            "OBN_PROXY_PASSWORD" => ("プロキシのパスワード", "Password of the proxy"),
            "OBN_PROXY_BYPASS" => ("プロキシを使わないホスト", "Hosts without the proxy"),
            _ => return None,
        };
        Some(top.l.pick(ja, en))
    };
    let shown = |name: &str, value: &str| match (name, value) {
        ("OBN_CONFIRM", "no") => top.t("いいえ", "no").to_owned(),
        ("OBN_CONFIRM", _) => top.t("はい", "yes").to_owned(),
        _ => value.to_owned(),
    };
    let told = task.told.iter();
    told.filter_map(|(name, value)| Some(Value { name, label: label(name)?, value: shown(name, value) }))
        .collect()
}

fn one_seen(top: &Top, seen: &Seen) -> OneSeen {
    let what = match (&seen.exchange, seen.kind) {
        (Some((method, path)), _) if method == "GET" => {
            top.l.pick(format!("{path} を開いた"), format!("opened {path}"))
        }
        (Some((_, path)), _) => top.l.pick(format!("{path} に送信した"), format!("sent to {path}")),
        (None, Kind::Handshake) => top.t("TLS 接続に失敗", "TLS handshake failed").to_owned(),
        (None, _) => top.t("認証局の記録", "the authority").to_owned(),
    };
    let status = if seen.status == 0 { String::new() } else { format!("{} ", seen.status) };
    OneSeen { what, detail: format!("{status}{}", seen.outcome) }
}

impl Fragment<'_> {
    fn file_label(&self, file: &TaskFile) -> &'static str {
        match file.variable {
            "OBN_ROOT" => self.top.l.pick("信頼するルート証明書", "Root certificate to trust"),
            "OBN_INSTALLED" => self.top.l.pick("インストール済みのもの", "The one that is installed"),
            _ => self.top.l.pick("現在の証明書 (PFX)", "Present certificate (PFX)"),
        }
    }
}
