//! What is found in a file instead of what was looked for.

use std::fmt;

use crate::bilingual::{Bilingual, wording};
use crate::error::Error;

wording! {
    /// What is found in a file instead of what was looked for.
    pub(crate) enum Flaw {
        TrailingCertificate => "a certificate with something behind it"; "後ろに余分なものが付いた証明書";
        NoCertificate => "no certificate in DER"; "DER の証明書ではない";
        TrailingList => "a revocation list with something behind it"; "後ろに余分なものが付いた失効リスト";
        NoList => "no revocation list in DER"; "DER の失効リストではない";
        NoNextUpdate => "it doesn't say when the next one comes"; "次の発行時刻 (nextUpdate) がない";
        OutOfForce { from: String, until: String, now: String } =>
            "from {from} until {until}, and it is {now}"; "有効なのは {from} から {until} まで、今は {now}";
        OtherKeyIdentifier { named: String } => "{named}"; "{named}";
        NoKeyIdentifier => "none"; "なし";
        RootWithoutKeyIdentifier => "a root without a key identifier"; "鍵識別子のないルート証明書";
        UntrustedRoot { error: String } => "a root that can't be trusted: {error}"; "信頼できないルート証明書: {error}";
        UnusableList { error: String } => "a list that can't be used: {error}"; "使えない失効リスト: {error}";
        ListOfAnother => "a list of another issuer"; "別の発行者の失効リスト";
        Signature { error: String } => "{error}"; "署名を確かめられない: {error}";
        SeveralOwn { count: usize } => "{count} certificates of institutions"; "機関の証明書が {count} 個";
        NoOwn { count: usize } => "{count} certificates, none of an institution"; "証明書が {count} 個あり、機関のものがない";
        Keys { count: usize } => "{count} private keys"; "秘密鍵が {count} 個";
        OtherKey => "a key that doesn't belong to the certificate"; "証明書に対応しない秘密鍵";
        UnusableKey { error: String } => "a key that can't be used: {error}"; "使えない秘密鍵: {error}";
        NoAuthority => "no certificate of a CA"; "認証局の証明書がない";
        OtherAuthorities { others: String } => "only the CA certificates {others}"; "認証局の証明書は {others} だけ";
        NotSigned { error: String } =>
            "a root that has not signed the certificate: {error}"; "証明書に署名していないルート証明書: {error}";
        NoIssuer => "no certificate of the issuing root"; "発行元のルート証明書がない";
        NoKey => "no private key"; "秘密鍵がない";
        Algorithms { encryption: String, mac: String } =>
            "encryption {encryption}, MAC {mac}"; "暗号化 {encryption}、MAC {mac}";
        Long { bytes: usize } => "{bytes} bytes, more than a PFX file has"; "{bytes} バイトあり、PFX ファイルにしては大きい";
        NoPfx => "no PFX file (PKCS #12), or a damaged one"; "PFX ファイル (PKCS #12) ではないか、壊れている";
        Damaged => "a damaged PFX file"; "壊れた PFX ファイル";
        NoPassword { kind: String } =>
            "a PFX file that no password opens ({kind})"; "パスワードでは開かない PFX ファイル ({kind})";
        Changed => "a PFX file that was changed: its MAC doesn't fit"; "改変された PFX ファイル: MAC が合わない";
        OtherPassword => "a PFX file under another password"; "別のパスワードの PFX ファイル";
        Deep => "a PFX file with bags in bags in bags without end"; "入れ子が際限なく続く PFX ファイル";
        NoRounds => "a PFX file whose password goes no round"; "反復回数が 0 の PFX ファイル";
        Rounds { most: u64 } => "a PFX file that takes more than {most} rounds to open"; "開くのに {most} 回を超える反復がいる PFX ファイル";
        Memory => "a PFX file that takes more than 64 MiB to open"; "開くのに 64 MiB を超えるメモリーがいる PFX ファイル";
        KeyLength => "a PFX file whose key has a wrong length"; "鍵の長さが誤っている PFX ファイル";
        Vector => "a PFX file with a wrong initialization vector"; "初期化ベクトルが誤っている PFX ファイル";
        Unknown { what: &'static str, name: String } =>
            "a PFX file with the {what} {name}, which isn't known here"; "ここでは扱えない方式 ({what} {name}) の PFX ファイル";
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bilingual { en, .. } = self.words();
        f.write_str(&en)
    }
}

impl std::error::Error for Flaw {}

/// Where the harness needs the file itself, and not only to look into it.
impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Self::Broken(flaw.to_string())
    }
}
