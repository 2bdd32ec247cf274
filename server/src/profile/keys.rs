//! Every key of the profile, declared once: name, type, default, evidence, row, rivals, comment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::values::*;
use super::{Evidence, Key};
use crate::authority::Category;
use crate::clock::Duration;

/// Declares the sections with their keys, and from them the types, the defaults and [`KEYS`].
macro_rules! profile {
    ($(
        $(#[doc = $section_doc:literal])*
        $section:ident: $Section:ident {
            $(
                $(#[doc = $comment:literal])*
                $key:ident: $type:ty = $default:expr, $evidence:ident, row $row:literal, rivals [$($rival:literal),* $(,)?];
            )*
        }
    )*) => {
        /// The unknowns of the real site, decided. See the [module](super) for what a key is.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Profile {
            $($(#[doc = $section_doc])* pub $section: $Section,)*
        }

        $(
            $(#[doc = $section_doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $Section {
                $($(#[doc = $comment])* pub $key: $type,)*
            }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $($key: $default,)* }
                }
            }
        )*

        /// What is known about each key, in the order of the file.
        pub const KEYS: &[Key] = &[$($(Key {
            path: concat!(stringify!($section), ".", stringify!($key)),
            comment: concat!($($comment),*),
            evidence: Evidence::$evidence,
            row: $row,
            rivals: &[$($rival),*],
        },)*)*];
    };
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("defaults are instants of RFC 3339")
}

profile! {
    /// How the service counts time.
    clock: ClockKeys {
        /// The zone in which days begin and end. The manual prints days only.
        zone: Zone = Zone::Jst, Inferred, row 26, rivals ["\"UTC\""];
    }

    /// Portal sessions (manual 5.2.2).
    session: SessionKeys {
        /// Idle time after which a session is no longer valid. The manual says "a certain time"; each page that is
        /// shown counts as activity.
        ttl: Duration = Duration::seconds(900), Chosen, row 3, rivals ["\"5m\"", "\"10m\"", "\"30m\""];
    }

    /// Request IDs and reference IDs.
    ids: Ids {
        /// How the 7 digits after the date come about: daily (from 1 each day), running, or random.
        request_numbers: RequestNumbers = RequestNumbers::Daily, Chosen, row 20, rivals ["\"running\"", "\"random\""];
        /// Whether the letter case of a reference ID counts. Mixed case would be pointless otherwise.
        reference_id_case_sensitive: bool = true, Inferred, row 20, rivals ["false"];
    }

    /// Wrong tries on one request ID.
    lockout: Lockout {
        /// Wrong reference IDs in a row after which the request ID is locked; 0: never.
        attempts: u32 = 0, Chosen, row 5, rivals ["3", "5"];
        /// How long it stays locked.
        duration: Duration = Duration::seconds(1800), Chosen, row 5, rivals ["\"1h\"", "\"1d\""];
    }

    /// Fetching a certificate at /p/rcd (manual 1.1).
    download: DownloadKeys {
        /// Days after the day of issue on which it can be fetched.
        window_days: i64 = 180, Manual, row 26, rivals [];
        /// Whether the last of these days counts whole.
        window_inclusive: bool = true, Inferred, row 26, rivals ["false"];
        /// Whether it can be fetched after the window, as was allowed for a time in 2021.
        allow_late: bool = false, Public, row 26, rivals ["true"];
        /// Whether it may be fetched again: allowed (with a password of one's choice each time), same_password_only, or
        /// once. The old CA allowed it; the manual wants a new application when the password is forgotten.
        redownload: Redownload = Redownload::Allowed, Inferred, row 6, rivals ["\"same_password_only\"", "\"once\""];
    }

    /// Certificates of institutions.
    certificate: CertificateKeys {
        /// Months from the first to the last day of validity: 3 years and 3 months.
        validity_months: i64 = 39, Public, row 10, rivals ["36"];
        /// Bits of the RSA key: 2048, 3072 or 4096.
        key_bits: u32 = 2048, Inferred, row 10, rivals ["3072", "4096"];
        /// Object identifiers of the extended key usage; clientAuth is 1.3.6.1.5.5.7.3.2, emailProtection ends in 4.
        extended_key_usage: Vec<String> = vec![text("1.3.6.1.5.5.7.3.2")], Inferred, row 10, rivals ["[\"1.3.6.1.5.5.7.3.2\", \"1.3.6.1.5.5.7.3.4\"]", "[]"];
        /// Whether the key usage extension (digitalSignature, keyEncipherment) is there.
        key_usage: bool = true, Inferred, row 10, rivals ["false"];
        /// Object identifiers of certificate policies.
        policies: Vec<String> = Vec::new(), Chosen, row 10, rivals ["[\"1.2.392.200081.1.23.1\"]"];
        /// Whether subject and authority key identifiers are there.
        key_identifiers: bool = true, Chosen, row 10, rivals ["false"];
    }

    /// The subject of institutions' certificates.
    dn: Dn {
        /// What to do about an institution code with a wrong check digit: off, warn or strict.
        validate_cn: CheckDigits = CheckDigits::Off, Chosen, row 12, rivals ["\"warn\"", "\"strict\""];
        /// Order of the subject's parts in DER, first encoded first. The manual's screen lists the common name first.
        order: Vec<DnPart> = vec![DnPart::Country, DnPart::Organization, DnPart::Prefecture, DnPart::Category, DnPart::CommonName], Inferred, row 13,
            rivals ["[\"CN\", \"OU=category\", \"OU=prefecture\", \"O\", \"C\"]", "[\"C\", \"O\", \"OU=category\", \"OU=prefecture\", \"CN\"]"];
        /// ASN.1 type of text: printable or utf8. The country is always printable (RFC 5280).
        string_type: StringType = StringType::Printable, Inferred, row 13, rivals ["\"utf8\""];
        /// Country of every name of the client CA.
        country: String = text("JP"), Inferred, row 13, rivals [];
        /// Organization of every name of the client CA.
        organization: String = text("ReceiptOnline"), Manual, row 13, rivals [];
        /// Organizational unit of 医科. The only one ever seen.
        medical: String = text("medical"), Manual, row 12, rivals [];
        /// Organizational unit of 歯科.
        dental: String = text("dental"), Chosen, row 12, rivals ["\"dentistry\""];
        /// Organizational unit of 調剤.
        pharmacy: String = text("pharmacy"), Chosen, row 12, rivals ["\"dispensing\""];
        /// Organizational unit of 訪問看護.
        nursing: String = text("nursing"), Chosen, row 12, rivals ["\"visiting-nursing\""];
        /// Organizational unit of 医療保険者.
        insurer: String = text("insurer"), Chosen, row 12, rivals [];
        /// Organizational unit of 特定健診・特定保健指導機関.
        checkup: String = text("checkup"), Chosen, row 12, rivals [];
        /// Organizational unit of システムベンダ.
        vendor: String = text("vendor"), Chosen, row 12, rivals [];
        /// Organizational unit of 請求事務代行者.
        agent: String = text("agent"), Chosen, row 12, rivals [];
        /// Whether the CAs' names say that they are simulated (marked), or not (faithful). Marked adds a description
        /// attribute; what clients match on stays the same.
        mode: DnMode = DnMode::Marked, Chosen, row 9, rivals ["\"faithful\""];
    }

    /// The client CA, which signs institutions' certificates directly.
    ca: Ca {
        /// Common name. The manual's sample prints "- 01", most likely a misread G1.
        common_name: String = text("Online Billing NW Common Root CA - G1"), Public, row 9, rivals ["\"Online Billing NW Common Root CA - 01\"", "\"Online Billing NW Common Root CA\""];
        /// Bits of its RSA key: 2048, 3072 or 4096.
        key_bits: u32 = 2048, Inferred, row 9, rivals ["4096"];
        /// Begin of its validity; the manual's first edition appeared on this day.
        not_before: Timestamp = instant("2020-09-27T15:00:00Z"), Chosen, row 9, rivals [];
        /// End of its validity: far enough for simulated decades.
        not_after: Timestamp = instant("2099-12-31T14:59:59Z"), Chosen, row 9, rivals [];
    }

    /// Where the revocation list is published.
    crl: Crl {
        /// The URL written into certificates; empty: no distribution point. The host is public knowledge, the path is not.
        url: String = text("http://crldownload.obn.managedpki.ne.jp/crl.crl"), Inferred, row 11, rivals ["\"http://crldownload.obn.managedpki.ne.jp/OnlineBilling/cdp.crl\"", "\"\""];
        /// How long a list is valid; then the next one is due.
        period: Duration = Duration::seconds(86_400), Chosen, row 11, rivals ["\"1h\"", "\"7d\""];
        /// Whether a revocation brings out a new list at once, or waits for the next one that is due.
        immediate: bool = true, Chosen, row 11, rivals ["false"];
        /// Encoding: der or pem. RFC 5280 wants DER behind a distribution point.
        format: CrlFormat = CrlFormat::Der, Inferred, row 11, rivals ["\"pem\""];
        /// Media type.
        mime: String = text("application/pkix-crl"), Inferred, row 11, rivals ["\"application/x-pkcs7-crl\"", "\"application/octet-stream\""];
        /// Whether entries carry a reason code. Without a reason (unspecified) there is none in any case.
        reasons: bool = true, Chosen, row 11, rivals ["false"];
        /// Whether a revoked certificate stays on the list after its end. If not, it leaves one period later.
        keep_expired: bool = true, Chosen, row 11, rivals ["false"];
    }

    /// The file that /p/rcd hands out.
    pfx: Pfx {
        /// Algorithms: tdes-sha1, legacy-rc2 or aes256-sha256. Windows 8.1 is supported by the manual and reads only the
        /// first two.
        profile: PfxProfile = PfxProfile::TdesSha1, Inferred, row 8, rivals ["\"legacy-rc2\"", "\"aes256-sha256\""];
        /// Rounds of key derivation and MAC.
        iterations: u32 = 2048, Chosen, row 7, rivals ["1", "1024", "2000", "10000"];
        /// File name; {request_id}, {institution_code} and {serial} are filled in.
        file_name: String = text("{request_id}.p12"), Chosen, row 7, rivals ["\"{request_id}.pfx\"", "\"{institution_code}.p12\"", "\"certificate.pfx\""];
        /// Media type.
        mime: String = text("application/x-pkcs12"), Chosen, row 7, rivals ["\"application/octet-stream\"", "\"application/pkcs12\""];
        /// friendlyName of key and certificate, placeholders as in file_name; empty: none.
        friendly_name: String = String::new(), Chosen, row 7, rivals ["\"{institution_code}\""];
        /// Microsoft's CSP name attribute on the key; empty: none.
        csp_name: String = String::new(), Chosen, row 7, rivals ["\"Microsoft Enhanced Cryptographic Provider v1.0\""];
        /// Whether the issuing root is inside (manual 1.2: the security warning of step 7 appears because of it).
        include_root: bool = true, Manual, row 7, rivals [];
    }

    /// What /p/cert answers (manual 5.3.1).
    root_file: RootFile {
        /// File name.
        name: String = text("SCRoot2ca.cer"), Public, row 24, rivals ["\"root.cer\"", "\"SCRoot2ca.crt\""];
        /// Media type.
        mime: String = text("application/x-x509-ca-cert"), Chosen, row 24, rivals ["\"application/octet-stream\"", "\"application/pkix-cert\""];
        /// Whether the address shows a page with a link to the file instead of the file itself.
        as_page: bool = false, Inferred, row 24, rivals ["true"];
    }

    /// TLS of the portal.
    tls: Tls {
        /// Kind of the keys of root, intermediate and server: ecdsa-p256 or rsa-2048. The real ones are RSA.
        key: TlsKey = TlsKey::EcdsaP256, Chosen, row 23, rivals ["\"rsa-2048\""];
        /// Versions of TLS. Older ones than 1.2 can't be served.
        versions: Vec<TlsVersion> = vec![TlsVersion::V12, TlsVersion::V13], Chosen, row 23, rivals ["[\"1.2\"]", "[\"1.3\"]"];
        /// Protocols on top of TLS, preferred first.
        alpn: Vec<Alpn> = vec![Alpn::H2, Alpn::Http11], Chosen, row 23, rivals ["[\"http/1.1\"]", "[]"];
        /// Whether the intermediate certificate is sent. Many sites with this issuer forget to.
        send_intermediate: bool = true, Inferred, row 23, rivals ["false"];
        /// Seconds of Strict-Transport-Security; 0: no such header.
        hsts_seconds: u32 = 0, Chosen, row 23, rivals ["31536000"];
        /// Whether every handshake asks for a client certificate (it is required by no page but /p/ru).
        request_client_certificate: bool = true, Inferred, row 14, rivals ["false"];
        /// Begin of the validity of root and intermediate, as the real root has it.
        root_not_before: Timestamp = instant("2009-05-29T05:00:39Z"), Public, row 23, rivals [];
        /// End of the validity of root and intermediate. The real root ends on 2029-05-29; ours lasts for simulated decades.
        root_not_after: Timestamp = instant("2099-05-29T05:00:39Z"), Chosen, row 23, rivals ["\"2029-05-29T05:00:39Z\""];
        /// Days of validity of the server's certificate from the real day before the start; 0: as long as the root. Apple's
        /// software takes 825 at most.
        leaf_days: i64 = 0, Chosen, row 23, rivals ["397"];
    }

    /// Names that only programs see. No public trace of the real ones.
    wire: Wire {
        /// Name of the session cookie.
        cookie: String = text("OBNSESSION"), Chosen, row 1, rivals ["\"JSESSIONID\""];
        /// Hidden field that protects a form against posts from other sites.
        token: String = text("token"), Chosen, row 1, rivals ["\"_csrf\"", "\"org.apache.struts.taglib.html.TOKEN\""];
        /// Field for リクエスト ID.
        request_id: String = text("requestId"), Chosen, row 1, rivals ["\"request_id\"", "\"rid\""];
        /// Field for リファレンス ID.
        reference_id: String = text("referenceId"), Chosen, row 1, rivals ["\"reference_id\"", "\"ref\""];
        /// Field for 証明書パスワード.
        password: String = text("password"), Chosen, row 1, rivals ["\"pin\"", "\"certPassword\""];
        /// Field for 証明書パスワード(確認用).
        password_confirmation: String = text("passwordConfirmation"), Chosen, row 1, rivals ["\"pin2\"", "\"password2\""];
        /// Name of the button that sends a form.
        submit: String = text("submit"), Chosen, row 1, rivals ["\"action\""];
    }

    /// The look of the pages, as far as programs might trip over it.
    html: Html {
        /// How forms are laid out: table or stacked.
        layout: Layout = Layout::Table, Inferred, row 2, rivals ["\"stacked\""];
        /// Names of further hidden fields in every form, which must come back.
        extra_hidden: Vec<String> = Vec::new(), Chosen, row 2, rivals ["[\"javax.faces.ViewState\", \"pageId\"]"];
    }

    /// HTTP as the pages use it.
    http: Http {
        /// Status of a page that refuses or that shows messages beside fields.
        refusal_status: u16 = 200, Chosen, row 4, rivals ["400", "403"];
        /// Status of the セッション無効 page.
        session_status: u16 = 200, Chosen, row 3, rivals ["403", "440"];
        /// The Server header; empty: none.
        server: String = String::new(), Chosen, row 23, rivals ["\"Apache\""];
    }

    /// Typed text.
    input: Input {
        /// What is done to it before it is checked: none, trim, or fold (full-width to half-width, no blanks, no hyphens).
        normalise: Normalise = Normalise::Trim, Chosen, row 27, rivals ["\"none\"", "\"fold\""];
    }

    /// Service hours.
    maintenance: Maintenance {
        /// Times of maintenance in the service's zone, each "2026-12-01T22:00/2026-12-02T08:00".
        windows: Vec<MaintenanceWindow> = Vec::new(), Chosen, row 25, rivals ["[\"2026-12-09T22:00/2026-12-10T08:00\"]"];
    }

    /// What pages say. The real texts are unknown; these are ours.
    messages: Messages {
        /// A field was left empty.
        required: String = text("入力してください。"), Chosen, row 4, rivals [];
        /// リクエスト ID is not 15 half-width digits.
        request_id_format: String = text("リクエスト ID は15桁の半角数字で入力してください。"), Chosen, row 4, rivals [];
        /// リファレンス ID is not 10 half-width letters and digits.
        reference_id_format: String = text("リファレンス ID は10文字の半角英数字で入力してください。"), Chosen, row 4, rivals [];
        /// 証明書パスワード is not 4 half-width digits.
        password_format: String = text("証明書パスワードは4桁の半角数字で入力してください。"), Chosen, row 4, rivals [];
        /// The two passwords differ.
        password_mismatch: String = text("証明書パスワードと確認用の入力が一致していません。"), Chosen, row 4, rivals [];
        /// No notice has this request ID. The same words as for a wrong reference ID, so that nobody can search for IDs.
        unknown_request_id: String = text("リクエスト ID またはリファレンス ID に誤りがあります。発行通知書をご確認のうえ、もう一度入力してください。"), Chosen, row 4, rivals ["\"該当するリクエスト ID がありません。\""];
        /// The notice has another reference ID.
        wrong_reference_id: String = text("リクエスト ID またはリファレンス ID に誤りがあります。発行通知書をご確認のうえ、もう一度入力してください。"), Chosen, row 4, rivals ["\"リファレンス ID が違います。\""];
        /// Too many wrong tries.
        locked_out: String = text("続けて誤った入力があったため、このリクエスト ID の受付を一時的に停止しています。しばらくしてからやり直してください。"), Chosen, row 5, rivals [];
        /// The day of issue has not come.
        not_yet_open: String = text("この証明書はまだ発行されていません。発行日以降に取得してください。"), Chosen, row 4, rivals [];
        /// The download window is over.
        window_closed: String = text("この証明書のダウンロード期間は終了しました。証明書が必要な場合は、あらためて発行を申請してください。"), Chosen, row 4, rivals [];
        /// The certificate has expired.
        certificate_expired: String = text("この証明書は有効期限が切れています。証明書が必要な場合は、あらためて発行を申請してください。"), Chosen, row 4, rivals [];
        /// The certificate was revoked.
        revoked: String = text("この証明書は失効しているため、取得できません。"), Chosen, row 4, rivals [];
        /// It was fetched before, and download.redownload is once.
        already_downloaded: String = text("この証明書はすでに取得済みです。"), Chosen, row 6, rivals [];
        /// It was fetched before with another password, and download.redownload is same_password_only.
        password_differs: String = text("初めて取得したときと同じ証明書パスワードを入力してください。"), Chosen, row 6, rivals [];
        /// Revoking what is revoked.
        already_revoked: String = text("この証明書はすでに失効しています。"), Chosen, row 4, rivals [];
        /// The site is down for maintenance.
        maintenance: String = text("ただいまメンテナンスのためサービスを停止しています。時間をおいてから、もう一度アクセスしてください。"), Chosen, row 25, rivals [];
    }

    /// The installer that /p/s hands out (manual 1.5).
    installer: Installer {
        /// Path of a file to hand out; empty: a package of our own that says that it is simulated and installs nothing.
        file: String = String::new(), Chosen, row 22, rivals [];
        /// File name.
        name: String = text("CybertrustManagedPKIClient.msi"), Manual, row 22, rivals [];
        /// Media type.
        mime: String = text("application/x-msi"), Chosen, row 22, rivals ["\"application/octet-stream\"", "\"application/x-msdownload\""];
    }
}

impl Dn {
    /// The organizational unit of a category.
    pub fn category(&self, category: Category) -> &str {
        match category {
            Category::Medical => &self.medical,
            Category::Dental => &self.dental,
            Category::Pharmacy => &self.pharmacy,
            Category::Nursing => &self.nursing,
            Category::Insurer => &self.insurer,
            Category::Checkup => &self.checkup,
            Category::Vendor => &self.vendor,
            Category::Agent => &self.agent,
        }
    }
}

impl Crl {
    /// The path of the URL, where the list is published; `None` if there is no list.
    pub fn path(&self) -> Option<&str> {
        let (scheme, rest) = self.url.split_once("://")?;
        let path = rest.find('/').map(|start| &rest[start..])?;
        let fits = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>".contains(&byte));
        (matches!(scheme, "http" | "https") && !rest.starts_with('/') && fits).then_some(path)
    }
}

impl Wire {
    /// All names, which must differ from each other.
    pub(super) fn names(&self) -> [&str; 7] {
        [
            &self.cookie,
            &self.token,
            &self.request_id,
            &self.reference_id,
            &self.password,
            &self.password_confirmation,
            &self.submit,
        ]
    }
}
