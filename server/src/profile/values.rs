//! The kinds of values that a profile's keys take.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::clock::ServiceZone;

/// Declares an enum whose variants are words of the TOML file.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $vdoc])* #[serde(rename = $word)] $variant),* }
    };
}

words! {
    /// The zone in which the service counts days.
    Zone {
        /// UTC+9.
        Jst = "JST",
        /// UTC.
        Utc = "UTC",
    }
}

impl Zone {
    /// As the clock understands it.
    pub fn zone(self) -> ServiceZone {
        match self {
            Self::Jst => ServiceZone::JST,
            Self::Utc => ServiceZone::UTC,
        }
    }
}

words! {
    /// What to do about an institution code whose check digit is wrong.
    CheckDigits {
        /// Nothing: the real registration authority takes codes from its own register.
        Off = "off",
        /// Issue, and say so in the answer.
        Warn = "warn",
        /// Don't issue.
        Strict = "strict",
    }
}

words! {
    /// Whether a certificate may be fetched again at `/p/rcd`.
    Redownload {
        /// Any number of times, each time with a password of one's choice.
        Allowed = "allowed",
        /// Any number of times, with the password of the first time.
        SamePasswordOnly = "same_password_only",
        /// Once.
        Once = "once",
    }
}

words! {
    /// How the 7 digits after the date of a request ID come about.
    RequestNumbers {
        /// They count from 1 every day.
        Daily = "daily",
        /// They count on from day to day.
        Running = "running",
        /// They are drawn.
        Random = "random",
    }
}

words! {
    /// The algorithms of a PFX file.
    PfxProfile {
        /// PBE-SHA1-3DES for key and certificates, SHA-1 MAC: what Windows 8.1 can import.
        TdesSha1 = "tdes-sha1",
        /// 3DES for the key, RC2-40 for the certificates, SHA-1 MAC: OpenSSL's `-legacy`.
        LegacyRc2 = "legacy-rc2",
        /// PBES2 with AES-256-CBC and HMAC-SHA-256, SHA-256 MAC.
        Aes256Sha256 = "aes256-sha256",
    }
}

words! {
    /// How the names of the simulator's CAs are told from the real ones.
    DnMode {
        /// By a description attribute that says so.
        Marked = "marked",
        /// Not at all.
        Faithful = "faithful",
    }
}

words! {
    /// The ASN.1 type of text in names.
    StringType {
        /// PrintableString.
        Printable = "printable",
        /// UTF8String.
        Utf8 = "utf8",
    }
}

words! {
    /// When on its first day a certificate becomes valid.
    NotBefore {
        /// With the day.
        Day = "day",
        /// At the time of day at which it is issued.
        Moment = "moment",
    }
}

words! {
    /// When on its last day a certificate ends.
    NotAfter {
        /// 23:59:59
        EndOfDay = "end_of_day",
        /// 23:59:00
        LastMinute = "last_minute",
        /// At the time of day at which it became valid.
        SameMoment = "same_moment",
    }
}

words! {
    /// A part of the subject.
    DnPart {
        /// countryName
        Country = "C",
        /// organizationName
        Organization = "O",
        /// organizationalUnitName, the prefecture
        Prefecture = "OU=prefecture",
        /// organizationalUnitName, the category
        Category = "OU=category",
        /// commonName, the institution code
        CommonName = "CN",
    }
}

impl DnPart {
    /// All parts, in the order of this enum.
    pub const ALL: [Self; 5] =
        [Self::Country, Self::Organization, Self::Prefecture, Self::Category, Self::CommonName];
}

words! {
    /// Keys of the TLS side.
    TlsKey {
        /// ECDSA on P-256.
        EcdsaP256 = "ecdsa-p256",
        /// RSA with 2048 bits, as the real site has. A start waits for three of them.
        Rsa2048 = "rsa-2048",
    }
}

words! {
    /// A version of TLS.
    TlsVersion {
        /// TLS 1.2
        V12 = "1.2",
        /// TLS 1.3
        V13 = "1.3",
    }
}

words! {
    /// A protocol on top of TLS.
    Alpn {
        /// HTTP/2
        H2 = "h2",
        /// HTTP/1.1
        Http11 = "http/1.1",
    }
}

words! {
    /// What is done to typed text before it is checked.
    Normalise {
        /// Nothing.
        None = "none",
        /// Blanks at both ends go.
        Trim = "trim",
        /// Full-width letters and digits become half-width; blanks and hyphens go.
        Fold = "fold",
    }
}

words! {
    /// How a form is laid out.
    Layout {
        /// Labels and fields in a table, as the manual's screens look.
        Table = "table",
        /// Each label above its field.
        Stacked = "stacked",
    }
}

words! {
    /// What a browser can do after セッション無効.
    SameBrowser {
        /// Nothing, until it is closed and its cookie is gone.
        StaysInvalid = "stays_invalid",
        /// It begins a new session at the first page.
        BeginsAnew = "begins_anew",
    }
}

words! {
    /// How the labels of fields are set.
    LabelStyle {
        /// リクエスト ID, 証明書パスワード(確認用): as the manual prints them.
        AsPrinted = "as_printed",
        /// リクエストID
        NoBlank = "no_blank",
        /// リクエストＩＤ, 証明書パスワード（確認用）
        FullWidth = "full_width",
        /// ﾘｸｴｽﾄID, 証明書ﾊﾟｽﾜｰﾄﾞ(確認用)
        HalfWidth = "half_width",
    }
}

words! {
    /// The addresses behind the first pages.
    Paths {
        /// `/p/ru/apply`, `/p/ru/status/202611230000001`
        Plain = "plain",
        /// `/p/ru/apply.do`, `/p/ru/202611230000001/status.do`
        Struts = "struts",
    }
}

words! {
    /// The names of the fields of `/p/rcr`.
    ApplicationFields {
        /// `institutionCode`, `terminalName`
        Camel = "camel",
        /// `institution_code`, `terminal_name`
        Snake = "snake",
        /// `item1`, `item2`
        Numbered = "numbered",
    }
}

impl ApplicationFields {
    /// Code or number, name, department, telephone, terminal name, number of certificates.
    pub fn names(self) -> [&'static str; 6] {
        match self {
            Self::Camel => {
                ["institutionCode", "name", "department", "telephone", "terminalName", "certificates"]
            }
            Self::Snake => [
                "institution_code",
                "holder_name",
                "department_name",
                "tel",
                "terminal_name",
                "number_of_certificates",
            ],
            Self::Numbered => ["item1", "item2", "item3", "item4", "item5", "item6"],
        }
    }
}

words! {
    /// How pages, and what is typed into them, are encoded.
    Charset {
        /// UTF-8
        Utf8 = "utf-8",
        /// Shift_JIS, with Windows' characters
        ShiftJis = "shift_jis",
        /// EUC-JP
        EucJp = "euc-jp",
    }
}

words! {
    /// How the revocation list is encoded.
    CrlFormat {
        /// DER.
        Der = "der",
        /// PEM.
        Pem = "pem",
    }
}

words! {
    /// Which renewals a certificate sees.
    ListScope {
        /// What it was renewed to itself.
        SameCertificate = "same_certificate",
        /// Those of every certificate of its institution.
        SameCommonName = "same_common_name",
    }
}

words! {
    /// What Download Key does.
    DownloadKey {
        /// Leads to 鍵の取得, which asks for a password.
        AsksPassword = "asks_password",
        /// Brings the file.
        AtOnce = "at_once",
    }
}

words! {
    /// How `/p/ru` gets the client certificate.
    ClientAuthMode {
        /// Every handshake of the one listener asks for it.
        Optional = "optional",
        /// A listener of its own asks for it.
        Split = "split",
    }
}

words! {
    /// What a bad client certificate gets.
    ClientAuthRefusal {
        /// A page that says what is wrong.
        Page = "page",
        /// An alert instead of a connection.
        Handshake = "handshake",
    }
}

words! {
    /// Who approves revocations.
    Approval {
        /// A tester, through control.
        Manual = "manual",
        /// Nobody: it happens after a delay.
        Auto = "auto",
    }
}

/// A time in which the site answers with its maintenance page, in the service's zone.
///
/// Written `2026-12-01T22:00/2026-12-02T08:00`; the second moment is no longer part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    from: DateTime,
    to: DateTime,
}

impl MaintenanceWindow {
    /// Whether a moment lies in it.
    pub fn contains(&self, moment: DateTime) -> bool {
        self.from <= moment && moment < self.to
    }
}

impl std::str::FromStr for MaintenanceWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a window such as \"2026-12-01T22:00/2026-12-02T08:00\"");
        let (from, to) = text.split_once('/').ok_or_else(wrong)?;
        let window = Self { from: from.parse().map_err(|_| wrong())?, to: to.parse().map_err(|_| wrong())? };
        if window.from < window.to { Ok(window) } else { Err(wrong()) }
    }
}

impl Serialize for MaintenanceWindow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.from, self.to))
    }
}

impl<'de> Deserialize<'de> for MaintenanceWindow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

words! {
    /// Which revocation list the sites go by that the certificate is for.
    RelyingList {
        /// The one in force.
        Published = "published",
        /// The one that was fetched last, until its next one is due.
        Kept = "kept",
    }
}
