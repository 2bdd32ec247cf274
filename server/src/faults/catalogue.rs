//! Faults by name, each with what happens in one sentence.

use serde::Serialize;

use super::{At, Effect, Match, Rule};
use crate::authority::Stage;
use crate::clock::Duration;
use crate::pki::TlsFault;

/// A fault of the catalogue.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Named {
    /// What happens, in Japanese
    pub ja: &'static str,
    /// What happens, in English
    pub en: &'static str,
    /// The rule that the name stands for
    pub rule: Rule,
}

/// All faults that have a name.
pub fn catalogue() -> Vec<Named> {
    use Effect::*;
    let any = Match::default;
    let pages = || Match { path: Some("/p/*".to_owned()), ..any() };
    let posts = || Match { path: Some("/p/*".to_owned()), method: Some("POST".to_owned()), ..any() };
    let pfx = || Match { pfx: true, ..any() };
    let crl = || Match { outcome: Some("crl.file".to_owned()), ..any() };
    let status = |status| Status { status, text: None, retry_after: None };
    let tls = |fault| Tls { fault };
    use At::{Answer, Request};
    let named = |name: &str, at, r#match, effect, times, ja, en| Named {
        ja,
        en,
        rule: Rule { name: name.to_owned(), at, r#match, effect, times },
    };
    vec![
        named(
            "line_drops_in_pfx",
            Answer,
            pfx(),
            Reset { after_bytes: Some(1_000) },
            1,
            "PFX ファイルの受信中に回線が切れます。",
            "The line drops in the middle of the PFX file.",
        ),
        named(
            "pfx_truncated",
            Answer,
            pfx(),
            Truncate { bytes: None },
            1,
            "PFX ファイルが途中までしか届きませんが、応答は正常に終わったように見えます。",
            "Only half of the PFX file arrives, and the answer looks complete.",
        ),
        named(
            "pfx_corrupted",
            Answer,
            pfx(),
            Corrupt { offset: None },
            1,
            "PFX ファイルの1ビットが壊れて届きます。",
            "One bit of the PFX file is wrong.",
        ),
        named(
            "pfx_as_html",
            Answer,
            pfx(),
            ContentType { value: "text/html; charset=UTF-8".to_owned() },
            1,
            "PFX ファイルが HTML ページとして届きます。",
            "The PFX file comes as if it were an HTML page.",
        ),
        named(
            "page_instead_of_pfx",
            Answer,
            pfx(),
            Status {
                status: 200,
                text: Some("ただ今アクセスが集中しています。".to_owned()),
                retry_after: None,
            },
            1,
            "PFX ファイルの代わりに、ステータス 200 のエラーページが届きます。",
            "Instead of the PFX file comes an error page with status 200.",
        ),
        named(
            "request_lost",
            Request,
            posts(),
            Reset { after_bytes: None },
            1,
            "フォームの送信が認証局に届く前に接続が切れます。",
            "The connection breaks before a posted form reaches the authority.",
        ),
        named(
            "answer_lost",
            Answer,
            posts(),
            Reset { after_bytes: None },
            1,
            "フォームは受け付けられますが、応答が届く前に接続が切れます。",
            "A posted form is accepted, and the connection breaks before the answer.",
        ),
        named(
            "session_lost",
            Request,
            posts(),
            SessionLost {},
            1,
            "画面と画面の間でセッションが失われます。",
            "The session is lost between two pages.",
        ),
        named(
            "slow_answer",
            Answer,
            pages(),
            Delay { by: Duration::seconds(10) },
            1,
            "応答が 10 秒遅れます。",
            "The answer takes ten seconds.",
        ),
        named(
            "slow_line",
            Answer,
            any(),
            Throttle { bytes_per_second: 1_000 },
            0,
            "回線が遅く、毎秒 1,000 バイトしか届きません。",
            "The line is slow: 1,000 bytes a second.",
        ),
        named(
            "server_error",
            Request,
            pages(),
            status(500),
            1,
            "サーバーが内部エラー (500) を返します。",
            "The server answers with an internal error (500).",
        ),
        named(
            "overloaded",
            Request,
            pages(),
            Status { status: 503, text: None, retry_after: Some(30) },
            1,
            "サーバーが混雑しており、503 と Retry-After を返します。",
            "The server is overloaded: 503 with Retry-After.",
        ),
        named(
            "maintenance",
            Request,
            pages(),
            Maintenance {},
            0,
            "サイト全体がメンテナンス中の画面になります。",
            "The whole site shows its maintenance page.",
        ),
        named(
            "renewal_stuck",
            Answer,
            any(),
            RenewalStuck { at: Stage::IssueRequest },
            0,
            "更新申請のステータスが「発行要求中」のまま進みません。",
            "A renewal stays at 発行要求中 and goes no further.",
        ),
        named(
            "renewal_fails",
            Answer,
            any(),
            RenewalFails {},
            0,
            "更新申請の証明書の発行に失敗したと表示されます。",
            "A renewal shows that its issue failed.",
        ),
        named(
            "tls_wrong_host",
            Request,
            any(),
            tls(TlsFault::WrongHost),
            0,
            "サーバー証明書が別のホスト名のものになります。",
            "The server shows a certificate of another host.",
        ),
        named(
            "tls_expired",
            Request,
            any(),
            tls(TlsFault::Expired),
            0,
            "サーバー証明書の有効期限が昨日で切れています。",
            "The server's certificate ended yesterday.",
        ),
        named(
            "tls_unknown_root",
            Request,
            any(),
            tls(TlsFault::UnknownRoot),
            0,
            "サーバー証明書が信頼されていないルートから発行されています。",
            "The server's certificate comes from a root that nobody trusts.",
        ),
        named(
            "tls_client_ca",
            Request,
            any(),
            tls(TlsFault::ClientCa),
            0,
            "サーバー証明書が、クライアント証明書の認証局から発行されています。",
            "The server's certificate comes from the CA of the client certificates.",
        ),
        named(
            "tls_no_intermediate",
            Request,
            any(),
            tls(TlsFault::NoIntermediate),
            0,
            "サーバーが中間証明書を送りません。",
            "The server doesn't send its intermediate certificate.",
        ),
        named(
            "tls_next_root",
            Request,
            any(),
            NextRoot {},
            1,
            "サイトの TLS のルート証明書が、このときから新しいものに切り替わります。/p/cert は新しいルート証明書を返します。",
            "From now on the site's TLS comes from another root, which /p/cert hands out.",
        ),
        named(
            "crl_unavailable",
            Answer,
            crl(),
            status(503),
            0,
            "失効リスト (CRL) を取得できません。",
            "The revocation list can't be fetched.",
        ),
        named(
            "crl_truncated",
            Answer,
            crl(),
            Truncate { bytes: None },
            0,
            "失効リスト (CRL) が途中までしか届きません。",
            "Only half of the revocation list arrives.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_fault_can_strike_and_its_name_is_its_own() {
        let mut names = std::collections::HashSet::new();
        for Named { rule, ja, en } in catalogue() {
            rule.check().unwrap_or_else(|error| panic!("{}: {error}", rule.name));
            assert!(ja.ends_with('。') && en.ends_with('.'), "{}: one sentence each", rule.name);
            assert!(names.insert(rule.name.clone()), "{} stands there twice", rule.name);
        }
    }
}
