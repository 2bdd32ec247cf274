//! Why a play could not be played.

use super::need::Need;
use crate::bilingual::{Bilingual, wording};

wording! {
    /// Why a play could not be played.
    pub(crate) enum Skip {
        /// What is left when a run is stopped.
        Stopped => "the run was stopped before it had been played"; "実施する前に検査が止められた";
        Quit => "the session was ended"; "検査が途中で終えられた";
        Unsupported { operation: &'static str } =>
            "the command doesn't support {operation}"; "コマンドが {operation} に対応していない";
        UnsupportedWith { operation: &'static str, through: Bilingual } =>
            "the command doesn't support {operation} {}", through.en; "コマンドが{} {operation} に対応していない", through.ja;
        NoArguments => "the arguments of the command's processes can't be seen here";
            "ここでは、コマンドのプロセスの引数を見られない";
        RenewalIsIssuedAtOnce => "the renewal is issued at once, and can't be held";
            "更新がすぐ発行され、途中で止められない";
        NoIpv6 => "it is about a terminal that has IPv6 only (--url with an IPv6 address)";
            "IPv6 だけの端末についてのもの (--url に IPv6 アドレスが必要)";
        NoList => "it fetches the revocation list over plain HTTP (--http)";
            "失効リストを HTTP で取得する (--http が必要)";
        NoRelyingParty => "it visits a site that the certificate is for (--relying-party)";
            "証明書でログインするサイトを使う (--relying-party が必要)";
        ReplacesRoot => "it replaces the site's TLS root, for good";
            "サイトの TLS のルート証明書を取り替え、元に戻せない";
        NoControl { need: Need } =>
            "{}, and there is no control API (--control)", need.words().en; "{}が、control API がない (--control)", need.words().ja;
        OtherSite { keys: String } => "it is about a site with {keys}"; "{keys} のサイトについてのもの";
    }
}
