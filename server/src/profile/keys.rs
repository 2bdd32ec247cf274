//! Every key of the profile, declared once: comment, name, type, default, evidence, rivals, bounds.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::bounds::*;
use super::values::*;
use super::{Evidence, Key, ProfileError, bounds};
use crate::clock::Duration;
use crate::terms::{Category, RevocationReason};

/// Declares the sections with their keys, and from them the types, the defaults and [`KEYS`].
macro_rules! profile {
    ($(
        $(#[doc = $section_doc:literal])*
        $section:ident: $Section:ident {
            $(
                $(#[doc = $comment:literal])*
                $key:ident: $type:ty = $default:expr, $evidence:ident, rivals [$($rival:literal),* $(,)?] $(, within $bound:expr)?;
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

        impl Profile {
            /// Whether each value lies within its key's bounds.
            pub(super) fn check_bounds(&self) -> Result<(), ProfileError> {
                $($($(bounds::check(
                    concat!(stringify!($section), ".", stringify!($key)),
                    &$bound,
                    &self.$section.$key,
                    self,
                )?;)?)*)*
                Ok(())
            }
        }

        /// What is known about each key, in the order of the file.
        pub const KEYS: &[Key] = &[$($(Key {
            path: concat!(stringify!($section), ".", stringify!($key)),
            comment: concat!($($comment),*),
            evidence: Evidence::$evidence,
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
        zone: Zone = Zone::Jst, Inferred, rivals ["\"UTC\""];
    }

    /// The site as a whole.
    site: Site {
        /// Whether / is a start page that leads to the others, as 電子証明書ダウンロードサイト does (manual 1.1), or not there.
        start_page: bool = true, Inferred, rivals ["false"];
        /// Whether each page says at its foot that it is simulated. With dn.mode = "faithful" none does.
        says_simulated: bool = true, Chosen, rivals [];
    }

    /// Portal sessions (manual 5.2.2).
    session: SessionKeys {
        /// Idle time after which a session is no longer valid. The manual says "a certain time"; each page that is
        /// shown counts as activity.
        ttl: Duration = Duration::seconds(900), Chosen, rivals ["\"5m\"", "\"10m\"", "\"30m\""], within A_SECOND_OR_MORE;
        /// What the browser that was shown セッション無効 can do: stays_invalid (nothing until it is closed, and with it the
        /// cookie is gone, as the manual has it) or begins_anew (the first page begins a new session).
        same_browser: SameBrowser = SameBrowser::StaysInvalid, Manual, rivals ["\"begins_anew\""];
    }

    /// Request IDs and reference IDs.
    ids: Ids {
        /// How the 7 digits after the date come about: daily (from 1 each day), running, or random.
        request_numbers: RequestNumbers = RequestNumbers::Daily, Chosen, rivals ["\"running\"", "\"random\""];
        /// Whether the letter case of a reference ID counts. Mixed case would be pointless otherwise.
        reference_id_case_sensitive: bool = true, Inferred, rivals ["false"];
    }

    /// Wrong tries on one request ID.
    lockout: Lockout {
        /// Wrong reference IDs in a row after which the request ID is locked; 0: never.
        attempts: u32 = 0, Chosen, rivals ["3", "5"];
        /// How long it stays locked.
        duration: Duration = Duration::seconds(1800), Chosen, rivals ["\"1h\"", "\"1d\""], within A_SECOND_OR_MORE;
    }

    /// Fetching a certificate at /p/rcd (manual 1.1).
    download: DownloadKeys {
        /// Days after the day of issue on which it can be fetched.
        window_days: i64 = 180, Manual, rivals [], within 0..=36_500;
        /// Whether the last of these days counts whole.
        window_inclusive: bool = true, Inferred, rivals ["false"];
        /// Whether it can be fetched after the window, as was allowed for a time in 2021.
        allow_late: bool = false, Public, rivals ["true"];
        /// Whether it may be fetched again: allowed (with a password of one's choice each time), same_password_only, or
        /// once. The old CA allowed it; the manual wants a new application when the password is forgotten.
        redownload: Redownload = Redownload::Allowed, Inferred, rivals ["\"same_password_only\"", "\"once\""];
    }

    /// Certificates of institutions.
    certificate: CertificateKeys {
        /// Months from the first to the last day of validity: 3 years and 3 months.
        validity_months: i64 = 39, Public, rivals ["36"], within 1..=1_200;
        /// When on its first day it becomes valid: day (from midnight on, in clock.zone) or moment (when it is issued; a
        /// renewed one when the renewal is accepted).
        not_before: NotBefore = NotBefore::Day, Inferred, rivals ["\"moment\""];
        /// When on its last day it ends: end_of_day (23:59:59, in clock.zone), last_minute (23:59:00, as the public
        /// certificates of the same company) or same_moment (at the time of day at which it became valid).
        not_after: NotAfter = NotAfter::EndOfDay, Inferred, rivals ["\"last_minute\"", "\"same_moment\""];
        /// Bits of the RSA key: 2048, 3072 or 4096.
        key_bits: u32 = 2048, Inferred, rivals ["3072", "4096"], within KEY_BITS;
        /// Object identifiers of the extended key usage; clientAuth is 1.3.6.1.5.5.7.3.2, emailProtection ends in 4.
        extended_key_usage: Vec<String> = vec![text("1.3.6.1.5.5.7.3.2")], Inferred, rivals ["[\"1.3.6.1.5.5.7.3.2\", \"1.3.6.1.5.5.7.3.4\"]", "[]"], within OIDS;
        /// Whether the key usage extension (digitalSignature, keyEncipherment) is there.
        key_usage: bool = true, Inferred, rivals ["false"];
        /// Object identifiers of certificate policies.
        policies: Vec<String> = Vec::new(), Chosen, rivals ["[\"1.2.392.200081.1.23.1\"]"], within OIDS;
        /// Whether subject and authority key identifiers are there.
        key_identifiers: bool = true, Chosen, rivals ["false"];
    }

    /// The subject of institutions' certificates.
    dn: Dn {
        /// What to do about an institution code with a wrong check digit: off, warn or strict.
        validate_cn: CheckDigits = CheckDigits::Off, Chosen, rivals ["\"warn\"", "\"strict\""];
        /// Order of the subject's parts in DER, first encoded first. The manual's screen lists the common name first.
        order: Vec<DnPart> = vec![DnPart::Country, DnPart::Organization, DnPart::Prefecture, DnPart::Category, DnPart::CommonName], Inferred,
            rivals ["[\"CN\", \"OU=category\", \"OU=prefecture\", \"O\", \"C\"]", "[\"C\", \"O\", \"OU=category\", \"OU=prefecture\", \"CN\"]"], within EACH_PART_ONCE;
        /// ASN.1 type of text: printable or utf8. The country is always printable (RFC 5280).
        string_type: StringType = StringType::Printable, Inferred, rivals ["\"utf8\""];
        /// Country.
        country: String = text("JP"), Inferred, rivals [], within COUNTRY;
        /// Organization, as the manual's screens show it.
        organization: String = text("ReceiptOnline"), Manual, rivals [], within NAME_PART;
        /// Organizational unit of 医科. The only one ever seen.
        medical: String = text("medical"), Manual, rivals [], within NAME_PART;
        /// Organizational unit of 歯科.
        dental: String = text("dental"), Chosen, rivals ["\"dentistry\""], within NAME_PART;
        /// Organizational unit of 調剤.
        pharmacy: String = text("pharmacy"), Chosen, rivals ["\"dispensing\""], within NAME_PART;
        /// Organizational unit of 訪問看護.
        nursing: String = text("nursing"), Chosen, rivals ["\"visiting-nursing\""], within NAME_PART;
        /// Organizational unit of 医療保険者.
        insurer: String = text("insurer"), Chosen, rivals [], within NAME_PART;
        /// Organizational unit of 特定健診・特定保健指導機関.
        checkup: String = text("checkup"), Chosen, rivals [], within NAME_PART;
        /// Organizational unit of システムベンダ.
        vendor: String = text("vendor"), Chosen, rivals [], within NAME_PART;
        /// Organizational unit of 請求事務代行者.
        agent: String = text("agent"), Chosen, rivals [], within NAME_PART;
        /// What stands before a 受付番号 in the common name of who has no code. Nobody outside has seen such a certificate.
        reception_prefix: String = String::new(), Chosen, rivals ["\"R\""], within NAME_PART;
        /// Whether the CAs' names say that they are simulated (marked), or not (faithful). Marked adds a description
        /// attribute; what clients match on stays the same.
        mode: DnMode = DnMode::Marked, Chosen, rivals ["\"faithful\""];
    }

    /// The client CA, which signs institutions' certificates directly.
    ca: Ca {
        /// Country in its name; empty: none. Only the common name is known.
        country: String = text("JP"), Inferred, rivals ["\"\""], within COUNTRY;
        /// Organization in its name; empty: none. Ours is that of the institutions' subjects.
        organization: String = text("ReceiptOnline"), Chosen, rivals ["\"Health Insurance Claims Review and Reimbursement Services\"", "\"\""], within NAME_PART;
        /// Common name. The manual's sample prints "- 01", most likely a misread G1.
        common_name: String = text("Online Billing NW Common Root CA - G1"), Public, rivals ["\"Online Billing NW Common Root CA - 01\"", "\"Online Billing NW Common Root CA\""], within NAME_PART;
        /// Bits of its RSA key: 2048, 3072 or 4096.
        key_bits: u32 = 2048, Inferred, rivals ["4096"], within KEY_BITS;
        /// Begin of its validity; the manual's first edition appeared on this day.
        not_before: Timestamp = instant("2020-09-27T15:00:00Z"), Chosen, rivals [], within YEARS;
        /// End of its validity: far enough for simulated decades.
        not_after: Timestamp = instant("2099-12-31T14:59:59Z"), Chosen, rivals [], within YEARS;
    }

    /// Where the revocation list is published.
    crl: Crl {
        /// The URL written into certificates; empty: no distribution point. The host is public knowledge, the path is not.
        url: String = text("http://crldownload.obn.managedpki.ne.jp/crl.crl"), Inferred, rivals ["\"http://crldownload.obn.managedpki.ne.jp/OnlineBilling/cdp.crl\"", "\"\""], within CRL_URL;
        /// How long a list is valid; then the next one is due.
        period: Duration = Duration::seconds(86_400), Chosen, rivals ["\"1h\"", "\"7d\""], within CRL_PERIOD;
        /// Whether a revocation brings out a new list at once, or waits for the next one that is due.
        immediate: bool = true, Chosen, rivals ["false"];
        /// Encoding: der or pem. RFC 5280 wants DER behind a distribution point.
        format: CrlFormat = CrlFormat::Der, Inferred, rivals ["\"pem\""];
        /// Media type.
        mime: String = text("application/pkix-crl"), Inferred, rivals ["\"application/x-pkcs7-crl\"", "\"application/octet-stream\""], within MEDIA_TYPE;
        /// Whether entries carry a reason code. Without a reason (unspecified) there is none in any case.
        reasons: bool = true, Chosen, rivals ["false"];
        /// Whether a revoked certificate stays on the list after its end. If not, it leaves one period later.
        keep_expired: bool = true, Chosen, rivals ["false"];
    }

    /// The file that /p/rcd hands out.
    pfx: Pfx {
        /// Algorithms: tdes-sha1, legacy-rc2 or aes256-sha256. Windows 8.1 is supported by the manual and reads only the
        /// first two.
        profile: PfxProfile = PfxProfile::TdesSha1, Inferred, rivals ["\"legacy-rc2\"", "\"aes256-sha256\""];
        /// Rounds of key derivation and MAC.
        iterations: u32 = 2048, Chosen, rivals ["1", "1024", "2000", "10000"], within 1..=1_000_000;
        /// File name; {request_id}, {institution_code} and {serial} are filled in.
        file_name: String = text("{request_id}.p12"), Chosen, rivals ["\"{request_id}.pfx\"", "\"{institution_code}.p12\"", "\"certificate.pfx\""], within FILE_NAME;
        /// Media type.
        mime: String = text("application/x-pkcs12"), Chosen, rivals ["\"application/octet-stream\"", "\"application/pkcs12\""], within MEDIA_TYPE;
        /// friendlyName of key and certificate, placeholders as in file_name; empty: none.
        friendly_name: String = String::new(), Chosen, rivals ["\"{institution_code}\""], within BMP_TEXT;
        /// Microsoft's CSP name attribute on the key; empty: none.
        csp_name: String = String::new(), Chosen, rivals ["\"Microsoft Enhanced Cryptographic Provider v1.0\""], within BMP_TEXT;
        /// Whether the issuing root is inside (manual 1.2: the security warning of step 7 appears because of it).
        include_root: bool = true, Manual, rivals [];
    }

    /// What /p/cert answers (manual 5.3.1).
    root_file: RootFile {
        /// File name.
        name: String = text("SCRoot2ca.cer"), Inferred, rivals ["\"root.cer\"", "\"SCRoot2ca.crt\""], within FILE_NAME;
        /// Media type.
        mime: String = text("application/x-x509-ca-cert"), Chosen, rivals ["\"application/octet-stream\"", "\"application/pkix-cert\""], within MEDIA_TYPE;
        /// Whether the address shows a page with a link to the file instead of the file itself.
        as_page: bool = false, Inferred, rivals ["true"];
    }

    /// TLS of the portal.
    tls: Tls {
        /// Kind of the keys of root, intermediate and server: ecdsa-p256 or rsa-2048. The real ones are RSA.
        key: TlsKey = TlsKey::EcdsaP256, Chosen, rivals ["\"rsa-2048\""];
        /// Versions of TLS. Older ones than 1.2 can't be served.
        versions: Vec<TlsVersion> = vec![TlsVersion::V12, TlsVersion::V13], Chosen, rivals ["[\"1.2\"]", "[\"1.3\"]"], within ANY_VERSION;
        /// Protocols on top of TLS, preferred first.
        alpn: Vec<Alpn> = vec![Alpn::H2, Alpn::Http11], Chosen, rivals ["[\"http/1.1\"]", "[]"];
        /// Whether the intermediate certificate is sent. Many sites with this issuer forget to.
        send_intermediate: bool = true, Inferred, rivals ["false"];
        /// Seconds of Strict-Transport-Security; 0: no such header.
        hsts_seconds: u32 = 0, Chosen, rivals ["31536000"];
        /// Whether every handshake asks for a client certificate (it is required by no page but /p/ru).
        request_client_certificate: bool = true, Inferred, rivals ["false"];
        /// Begin of the validity of root and intermediate, as the real root has it.
        root_not_before: Timestamp = instant("2009-05-29T05:00:39Z"), Public, rivals [], within YEARS;
        /// End of the validity of root and intermediate. The real root ends on 2029-05-29; ours lasts for simulated decades.
        root_not_after: Timestamp = instant("2099-05-29T05:00:39Z"), Chosen, rivals ["\"2029-05-29T05:00:39Z\""], within YEARS;
        /// Days of validity of the server's certificate from the real day before the start; 0: as long as the root. Apple's
        /// software takes 825 at most.
        leaf_days: i64 = 0, Chosen, rivals ["397", "200", "100", "47"], within 0..=36_500;
        /// Whether the server's certificate is for TLS clients as well, beside servers (clientAuth in its extended key usage).
        /// Public CAs leave that out since 2026.
        leaf_client_auth: bool = true, Public, rivals ["false"];
        /// Whether server and intermediate certificate name policies and where OCSP, issuer and revocation list are, as public
        /// certificates of the same company do. Nobody answers for ours at those addresses.
        pointers: bool = false, Chosen, rivals ["true"];
    }

    /// The sites that the certificate is for (manual 1.6), where they are served (--relying-party).
    relying_party: RelyingPartyKeys {
        /// Their host names, which the TLS certificate carries. Those of the eligibility system are public; of the claim system it is
        /// known that it lies under .rece. localhost will do as well.
        hosts: Vec<String> = vec![text("hweb.oqs.onshikaku.org"), text("hweb-api.oqs.onshikaku.org"), text("hweb-mnc.oqs.onshikaku.org")], Public, rivals [], within HOST_NAMES;
        /// Which revocation list they go by: published (the one in force, fetched at each visit) or kept (the one that was fetched
        /// last, until its next one is due).
        list: RelyingList = RelyingList::Published, Chosen, rivals ["\"kept\""];
    }

    /// Names that only programs see. No public trace of the real ones.
    wire: Wire {
        /// Addresses to which forms and links lead from the first pages, whose own are the manual's: plain (/p/ru/apply) or
        /// struts (/p/ru/apply.do; every form has an address of its own, and the plain ones are not there).
        paths: Paths = Paths::Plain, Chosen, rivals ["\"struts\""];
        /// Name of the session cookie.
        cookie: String = text("OBNSESSION"), Chosen, rivals ["\"JSESSIONID\""], within FIELD_NAME;
        /// Hidden field that protects a form against posts from other sites.
        token: String = text("token"), Chosen, rivals ["\"_csrf\"", "\"org.apache.struts.taglib.html.TOKEN\""], within FIELD_NAME;
        /// Field for リクエスト ID.
        request_id: String = text("requestId"), Chosen, rivals ["\"request_id\"", "\"rid\""], within FIELD_NAME;
        /// Field for リファレンス ID.
        reference_id: String = text("referenceId"), Chosen, rivals ["\"reference_id\"", "\"ref\""], within FIELD_NAME;
        /// Field for 証明書パスワード.
        password: String = text("password"), Chosen, rivals ["\"pin\"", "\"certPassword\""], within FIELD_NAME;
        /// Field for 証明書パスワード(確認用).
        password_confirmation: String = text("passwordConfirmation"), Chosen, rivals ["\"pin2\"", "\"password2\""], within FIELD_NAME;
        /// Names of the fields of /p/rcr: camel (institutionCode), snake (institution_code) or numbered (item1).
        application_fields: ApplicationFields = ApplicationFields::Camel, Chosen, rivals ["\"snake\"", "\"numbered\""];
        /// Name of the button that sends a form.
        submit: String = text("submit"), Chosen, rivals ["\"action\""], within FIELD_NAME;
    }

    /// The HTML of the pages, as far as programs might trip over it.
    html: Html {
        /// Encoding of the pages and of what is typed into them: utf-8, shift_jis or euc-jp.
        charset: Charset = Charset::Utf8, Chosen, rivals ["\"shift_jis\"", "\"euc-jp\""];
        /// How forms are laid out: table or stacked.
        layout: Layout = Layout::Table, Inferred, rivals ["\"stacked\""];
        /// How the labels of fields are set: as_printed (リクエスト ID, with half-width brackets, as the manual prints
        /// them), no_blank (リクエストID), full_width (letters and brackets) or half_width (katakana).
        labels: LabelStyle = LabelStyle::AsPrinted, Manual, rivals ["\"no_blank\"", "\"full_width\"", "\"half_width\""];
        /// Names of further hidden fields in every form, which must come back.
        extra_hidden: Vec<String> = Vec::new(), Chosen, rivals ["[\"javax.faces.ViewState\", \"pageId\"]"], within FIELD_NAMES;
    }

    /// HTTP as the pages use it.
    http: Http {
        /// Status of a page that refuses or that shows messages beside fields.
        refusal_status: u16 = 200, Chosen, rivals ["400", "403"], within STATUS;
        /// Status of the セッション無効 page.
        session_status: u16 = 200, Chosen, rivals ["403", "440"], within STATUS;
        /// The Server header; empty: none.
        server: String = String::new(), Chosen, rivals ["\"Apache\""], within HEADER;
    }

    /// Typed text.
    input: Input {
        /// What is done to it before it is checked: none, trim, or fold (full-width to half-width, no blanks, no hyphens).
        normalise: Normalise = Normalise::Trim, Chosen, rivals ["\"none\"", "\"fold\""];
    }

    /// Service hours.
    maintenance: Maintenance {
        /// Times of maintenance in the service's zone, each "2026-12-01T22:00/2026-12-02T08:00".
        windows: Vec<MaintenanceWindow> = Vec::new(), Chosen, rivals ["[\"2026-12-09T22:00/2026-12-10T08:00\"]"];
    }

    /// What pages say. The real texts are unknown; these are ours.
    messages: Messages {
        /// A field was left empty.
        required: String = text("入力してください。"), Chosen, rivals [];
        /// リクエスト ID is not 15 half-width digits.
        request_id_format: String = text("リクエスト ID は15桁の半角数字で入力してください。"), Chosen, rivals [];
        /// リファレンス ID is not 10 half-width letters and digits.
        reference_id_format: String = text("リファレンス ID は10文字の半角英数字で入力してください。"), Chosen, rivals [];
        /// 証明書パスワード is not 4 half-width digits.
        password_format: String = text("証明書パスワードは4桁の半角数字で入力してください。"), Chosen, rivals [];
        /// The two passwords differ.
        password_mismatch: String = text("証明書パスワードと確認用の入力が一致していません。"), Chosen, rivals [];
        /// No notice has this request ID. The same words as for a wrong reference ID, so that nobody can search for IDs.
        unknown_request_id: String = text("リクエスト ID またはリファレンス ID に誤りがあります。発行通知書をご確認のうえ、もう一度入力してください。"), Chosen, rivals ["\"該当するリクエスト ID がありません。\""];
        /// The notice has another reference ID.
        wrong_reference_id: String = text("リクエスト ID またはリファレンス ID に誤りがあります。発行通知書をご確認のうえ、もう一度入力してください。"), Chosen, rivals ["\"リファレンス ID が違います。\""];
        /// Too many wrong tries.
        locked_out: String = text("続けて誤った入力があったため、このリクエスト ID の受付を一時的に停止しています。しばらくしてからやり直してください。"), Chosen, rivals [];
        /// The day of issue has not come.
        not_yet_open: String = text("この証明書はまだ発行されていません。発行日以降に取得してください。"), Chosen, rivals [];
        /// The download window is over.
        window_closed: String = text("この証明書のダウンロード期間は終了しました。証明書が必要な場合は、あらためて発行を申請してください。"), Chosen, rivals [];
        /// The certificate has expired.
        certificate_expired: String = text("この証明書は有効期限が切れています。証明書が必要な場合は、あらためて発行を申請してください。"), Chosen, rivals [];
        /// The certificate was revoked.
        revoked: String = text("この証明書は失効しているため、取得できません。"), Chosen, rivals [];
        /// It was fetched before, and download.redownload is once.
        already_downloaded: String = text("この証明書はすでに取得済みです。"), Chosen, rivals [];
        /// It was fetched before with another password, and download.redownload is same_password_only.
        password_differs: String = text("初めて取得したときと同じ証明書パスワードを入力してください。"), Chosen, rivals [];
        /// Revoking what is revoked.
        already_revoked: String = text("この証明書はすでに失効しています。"), Chosen, rivals [];
        /// The site is down for maintenance.
        maintenance: String = text("ただいまメンテナンスのためサービスを停止しています。時間をおいてから、もう一度アクセスしてください。"), Chosen, rivals [];
        /// Renewed certificates are not handed out at /p/rcd (renewal.download_at_rcd).
        handed_out_at_renewal: String = text("この証明書は更新申請で発行されたものです。証明書更新申請サイトの「更新後証明書の取得」から取得してください。"), Chosen, rivals [];
        /// /p/ru without a client certificate.
        no_client_certificate: String = text("証明書が選択されていません。更新対象の証明書がインストールされた端末からアクセスし、証明書を選択してください。"), Chosen, rivals [];
        /// The client certificate is another CA's.
        foreign_client_certificate: String = text("選択された証明書は、この認証局が発行したものではありません。ブラウザを閉じてからアクセスし直し、発行者が「Online Billing NW Common Root CA」の証明書を選択してください。"), Chosen, rivals [];
        /// The client certificate is this CA's, and the CA has no record of it.
        unknown_client_certificate: String = text("選択された証明書は、この認証局に登録されていません。"), Chosen, rivals [];
        /// The client certificate's validity has not begun.
        client_certificate_not_yet_valid: String = text("選択された証明書は、まだ有効期間が始まっていません。端末の証明書と有効期間を確認してください。"), Chosen, rivals [];
        /// The client certificate has expired.
        client_certificate_expired: String = text("選択された証明書は有効期限が切れています。更新はできませんので、あらためて証明書の発行を申請してください。"), Chosen, rivals [];
        /// The client certificate was revoked.
        client_certificate_revoked: String = text("選択された証明書は失効しているため、利用できません。"), Chosen, rivals [];
        /// /p/rx wants the certificate that is to be revoked (client_auth.rx) and was shown another.
        other_client_certificate: String = text("選択された証明書は、入力されたリクエスト ID の証明書ではありません。"), Chosen, rivals [];
        /// The renewal window has not come. {opens_on} is its first day.
        renewal_not_open: String = text("この証明書はまだ更新できません。{opens_on} から更新を申請できます。"), Chosen, rivals [];
        /// The certificate was renewed before (renewal.max).
        already_renewed: String = text("この証明書はすでに更新されています。更新後の証明書は「更新後証明書の取得」から取得してください。"), Chosen, rivals [];
        /// No renewal with this request ID that this certificate may see.
        unknown_renewal: String = text("該当する更新申請がありません。"), Chosen, rivals [];
        /// The key of a renewal that is still being issued.
        not_yet_issued: String = text("証明書はまだ発行されていません。証明書ステータスが「発行済み」になってから取得してください。"), Chosen, rivals [];
        /// The renewal failed while it was being issued.
        renewal_failed: String = text("証明書を発行できませんでした。お手数ですが、最初のページから更新申請をやり直してください。"), Chosen, rivals [];
        /// The time to fetch the renewed certificate (renewal.pickup_days) is over.
        pickup_closed: String = text("更新後の証明書を取得できる期間は終了しました。"), Chosen, rivals [];
        /// Control wants to hold, advance or fail a renewal that is issued or failed.
        renewal_finished: String = text("この更新申請の処理はすでに終了しています。"), Chosen, rivals [];
        /// The list of renewed certificates is empty.
        no_renewed_certificates: String = text("更新後の証明書はありません。更新申請が完了していない場合は、「証明書更新申請」からやり直してください。"), Chosen, rivals [];
        /// Revoking an expired certificate.
        nothing_to_revoke: String = text("この証明書は有効期限が切れているため、失効の申請は必要ありません。"), Chosen, rivals [];
        /// A revocation was applied for before and is not decided yet.
        revocation_pending: String = text("この証明書の失効申請はすでに受け付けています。承認されるまでお待ちください。"), Chosen, rivals [];
        /// Control wants to decide a revocation that is decided.
        revocation_decided: String = text("この失効申請はすでに処理されています。"), Chosen, rivals [];
        /// The code of an institution in /p/rcr is neither a code nor a 受付番号.
        institution_code_format: String = text("医療機関コードは10桁の半角数字、受付番号は12～20文字の半角英数字で入力してください。"), Chosen, rivals [];
        /// The number of an insurer in /p/rcr is neither a number nor a 受付番号.
        insurer_number_format: String = text("保険者番号は8桁の半角数字、受付番号は12～20文字の半角英数字で入力してください。"), Chosen, rivals [];
        /// The check digit, or the prefecture, of a code in /p/rcr is wrong.
        code_check_digit: String = text("入力されたコードに誤りがあります。番号をご確認ください。"), Chosen, rivals [];
        /// A name in /p/rcr is too long, or has line breaks.
        name_format: String = text("64文字以内で入力してください。"), Chosen, rivals [];
        /// What was typed is no telephone number.
        telephone_format: String = text("電話番号は10桁または11桁の半角数字で入力してください(ハイフンも使えます)。"), Chosen, rivals [];
        /// The number of certificates is none, or too high. {most} is application.max_certificates.
        certificates_format: String = text("発行枚数は1から{most}までの半角数字で入力してください。"), Chosen, rivals [];
        /// The page after the last 申請 of /p/rcr, first paragraph.
        application_accepted: String = text("電子証明書の発行申請を受け付けました。"), Chosen, rivals [];
        /// The same, second paragraph. {email} is the typed address.
        application_accepted_next: String = text("{email} 宛てに申請情報受付通知をお送りします。審査のうえ、電子証明書発行通知書を簡易書留で郵送します。"), Chosen, rivals [];
        /// Control wants to decide an application for certificates that is decided.
        application_decided: String = text("この発行申請はすでに処理されています。"), Chosen, rivals [];
        /// A world has 10,000 applications for certificates, and takes no more.
        applications_full: String = text("ただいま発行申請を受け付けることができません。時間をおいてから、もう一度申請してください。"), Chosen, rivals [];
        /// The page after the last 申請 of /p/rx, first paragraph.
        revocation_accepted: String = text("証明書の失効申請を受け付けました。"), Chosen, rivals [];
        /// The same, second paragraph. {email} is the typed address.
        revocation_accepted_next: String = text("失効申請が承認されると、{email} 宛てに失効完了をご連絡します。"), Chosen, rivals [];
        /// What was typed is no mail address.
        email_format: String = text("メールアドレスの形式が正しくありません。半角で入力してください。"), Chosen, rivals [];
        /// The mail address is too long.
        email_too_long: String = text("メールアドレスが長すぎます。254文字以内(@より前は64文字以内)で入力してください。"), Chosen, rivals [];
        /// The two mail addresses differ.
        email_mismatch: String = text("メールアドレスと確認用の入力が一致していません。"), Chosen, rivals [];
    }

    /// Renewal at /p/ru (manual 2.2).
    renewal: RenewalKeys {
        /// Days before the last day of validity from which on a certificate can be renewed.
        window_days: i64 = 90, Public, rivals ["60", "36500"], within 0..=36_500;
        /// How often one certificate can be renewed; failed renewals don't count.
        max: u32 = 1, Chosen, rivals ["2", "1000"], within 1..=1_000;
        /// Whether the old certificate is revoked (superseded) when the new key is first handed out. It can then fetch
        /// the new key again and do nothing else. The manual only tells the user to delete it.
        revoke_old: bool = false, Inferred, rivals ["true"];
        /// Days after the renewal on which 更新後証明書の取得 hands out the key.
        pickup_days: i64 = 180, Chosen, rivals ["30", "36500"], within 0..=36_500;
        /// Which renewals 更新後証明書の取得 shows: same_certificate (what the certificate shown was renewed to) or
        /// same_common_name (of the whole institution: a terminal then sees the keys of the others).
        list_scope: ListScope = ListScope::SameCertificate, Inferred, rivals ["\"same_common_name\""];
        /// What Download Key in the list does: asks_password (again, at 鍵の取得) or at_once (the file comes with the
        /// password that was chosen there before; whoever chose none yet is asked).
        download_key: DownloadKey = DownloadKey::AsksPassword, Inferred, rivals ["\"at_once\""];
        /// Whether the IDs of a renewal open /p/rcd as well. The manual sends the user to 更新後証明書の取得, where the
        /// certificate has to be shown; for /p/rx the IDs count in any case.
        download_at_rcd: bool = false, Inferred, rivals ["true"];
    }

    /// How a renewal is issued (manual 2.2, step 5).
    issue: IssueKeys {
        /// How long 鍵生成中 and 発行要求中 last.
        delays: Vec<Duration> = vec![Duration::seconds(1), Duration::seconds(1)], Chosen, rivals ["[\"0s\", \"0s\"]", "[\"30s\", \"1m\"]"], within TWO_TIMES;
        /// After how long the status page loads itself anew (by meta refresh, so without JavaScript as well); "0s": the
        /// user does it.
        refresh: Duration = Duration::seconds(1), Chosen, rivals ["\"0s\"", "\"5s\""], within NOT_NEGATIVE;
        /// Whether the status page moves on to 鍵の取得 by itself, 3 seconds after it has shown 発行済み, as the
        /// manual has it. If not, one presses a link.
        moves_on: bool = true, Manual, rivals ["false"];
        /// 証明書ステータス of a renewal that failed; the manual has no word for it.
        failed_status: String = text("発行エラー"), Chosen, rivals [];
    }

    /// Client certificates at /p/ru (manual 1.6, 2.2).
    client_auth: ClientAuth {
        /// How /p/ru gets the certificate: optional (every handshake of the one listener asks for it) or split (a listener
        /// of its own asks, and the main one redirects there: --renewal-listen). A third way, TLS 1.2 renegotiation when the
        /// path is known, can't be served: rustls has neither renegotiation nor post-handshake authentication.
        mode: ClientAuthMode = ClientAuthMode::Optional, Chosen, rivals ["\"split\""];
        /// What a bad certificate gets: page, or handshake (the TLS handshake fails with an alert, on every page of the
        /// listener; with split, no certificate is refused in the same way).
        refusal: ClientAuthRefusal = ClientAuthRefusal::Page, Chosen, rivals ["\"handshake\""];
        /// Status of the page for no certificate.
        missing_status: u16 = 403, Chosen, rivals ["200", "400", "401"], within STATUS;
        /// Status of the page for a certificate that is another CA's or unknown.
        foreign_status: u16 = 403, Chosen, rivals ["200", "400"], within STATUS;
        /// Status of the page for an expired certificate, or one not yet valid.
        expired_status: u16 = 403, Chosen, rivals ["200", "400"], within STATUS;
        /// Status of the page for a revoked certificate.
        revoked_status: u16 = 403, Chosen, rivals ["200", "400"], within STATUS;
        /// Whether /p/rx wants the certificate that is to be revoked. The manual shows no dialog there.
        rx: bool = false, Inferred, rivals ["true"];
    }

    /// Revocation at /p/rx (manual 3).
    revocation: RevocationKeys {
        /// Who approves: manual (control does) or auto (it happens after the delay).
        approval: Approval = Approval::Manual, Chosen, rivals ["\"auto\""];
        /// With auto: how long it takes.
        delay: Duration = Duration::seconds(0), Chosen, rivals ["\"10m\"", "\"1d\""], within NOT_NEGATIVE;
        /// The reason code in the CRL: unspecified, keyCompromise, affiliationChanged, superseded or
        /// cessationOfOperation. The form asks for none.
        reason: RevocationReason = RevocationReason::Unspecified, Chosen, rivals ["\"keyCompromise\"", "\"cessationOfOperation\""];
    }

    /// The mail that tells of a revocation (manual 3, step 4), and those before a certificate ends. Placeholders: {request_id},
    /// {institution_code}, {terminal_name}, {serial}; {revoked_at} of the one, {valid_until} and {days_left} of the others.
    mail: MailKeys {
        /// Name of the sender.
        from_name: String = text("共通認証局"), Chosen, rivals [], within ONE_LINE;
        /// Address of the sender. Mail about applications comes from ssk.or.jp; ours must not be mistaken for it.
        from_address: String = text("no-reply@obn-ca.invalid"), Chosen, rivals ["\"noreply@ssk.or.jp\""], within EMAIL;
        /// Subject.
        subject: String = text("【共通認証局】電子証明書の失効完了のお知らせ"), Chosen, rivals [], within ONE_LINE;
        /// Text.
        text: String = text("電子証明書の失効手続きが完了しましたのでお知らせします。\n\nリクエストID: {request_id}\n医療機関コード: {institution_code}\n端末名称等: {terminal_name}\nシリアル番号: {serial}\n失効日時: {revoked_at}\n\n本メールは送信専用です。\n"), Chosen, rivals [];
        /// Days before the last day of validity on which the applicant gets a mail, at 9 o'clock, where the address is known and the
        /// certificate is not renewed. That there are such mails is public, their days are not.
        expiry_days: Vec<i64> = vec![90, 30], Public, rivals ["[]", "[60]"], within EXPIRY_DAYS;
        /// Subject of such a mail.
        expiry_subject: String = text("【共通認証局】電子証明書の有効期限のお知らせ"), Chosen, rivals [], within ONE_LINE;
        /// Its text.
        expiry_text: String = text("電子証明書の有効期限まであと{days_left}日です。有効期限までに更新してください。\n\nリクエストID: {request_id}\n医療機関コード: {institution_code}\n端末名称等: {terminal_name}\nシリアル番号: {serial}\n有効期限: {valid_until}\n\n本メールは送信専用です。\n"), Chosen, rivals [];
    }

    /// Applications for certificates at /p/rcr, and what comes of them. Placeholders of the mail: {application_number},
    /// {institution_code}, {name}, {terminal_name}, {certificates}, {accepted_at}.
    application: ApplicationKeys {
        /// Who reviews: manual (control approves or refuses) or auto (it is approved after the days of the review).
        review: Approval = Approval::Manual, Chosen, rivals ["\"auto\""];
        /// With auto: business days until it is approved: Monday to Friday, but for public holidays and 29 December to 3 January.
        review_days: i64 = 2, Public, rivals ["0", "3"], within 0..=365;
        /// Business days that the notice is on its way; meanwhile the 180 days run. 0: it is there at once, as one that
        /// control issues is in any case.
        delivery_days: i64 = 2, Inferred, rivals ["0", "3"], within 0..=365;
        /// Whether the form refuses a code whose check digit is wrong.
        check_digits: bool = true, Chosen, rivals ["false"];
        /// How many certificates can be applied for at once.
        max_certificates: u32 = 10, Chosen, rivals ["99"], within 1..=99;
        /// Sender of 申請情報受付通知. A public guide shows this one; no such mail leaves the simulator unless it is told to
        /// send mails.
        mail_from: String = text("no-reply@ssk.or.jp"), Public, rivals ["\"no-reply@obn-ca.invalid\""], within EMAIL;
        /// Its subject.
        mail_subject: String = text("電子証明書 申請情報受付通知"), Public, rivals [], within ONE_LINE;
        /// Its text.
        mail_text: String = text("電子証明書の発行申請を受け付けましたのでお知らせします。\n\n申請番号: {application_number}\n医療機関コード等: {institution_code}\n名称: {name}\n端末名称等: {terminal_name}\n発行枚数: {certificates}\n受付日時: {accepted_at}\n\n審査のうえ、電子証明書発行通知書を簡易書留で郵送します。\n\n本メールは送信専用です。\n"), Chosen, rivals [];
    }

    /// Names that only programs see, of /p/ru and /p/rx. See wire.
    wire_ru: WireRu {
        /// Hidden field that carries what earlier pages were told, sealed.
        state: String = text("state"), Chosen, rivals ["\"viewState\""], within FIELD_NAME;
        /// Field for 申請者のメールアドレス.
        email: String = text("mailAddress"), Chosen, rivals ["\"email\"", "\"mail\""], within FIELD_NAME;
        /// Field for メールアドレス(確認用).
        email_confirmation: String = text("mailAddressConfirmation"), Chosen, rivals ["\"email2\"", "\"mailConfirm\""], within FIELD_NAME;
    }

    /// The installer that /p/s hands out (manual 1.5).
    installer: Installer {
        /// File to hand out; empty: a package of our own that says that it is simulated and installs nothing. With --profile, a
        /// path, which begins in the folder of the profile; through the control API, the name of a file in the folder of --files.
        file: String = String::new(), Chosen, rivals [];
        /// File name.
        name: String = text("CybertrustManagedPKIClient.msi"), Manual, rivals [], within FILE_NAME;
        /// Media type.
        mime: String = text("application/x-msi"), Chosen, rivals ["\"application/octet-stream\"", "\"application/x-msdownload\""], within MEDIA_TYPE;
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

impl Lockout {
    /// Whether wrong tries count at all.
    pub fn is_on(&self) -> bool {
        self.attempts > 0
    }
}

impl Crl {
    /// The path of the URL, where the list is published; `None` if there is no list.
    pub fn path(&self) -> Option<&str> {
        let (scheme, rest) = self.url.split_once("://")?;
        let path = rest.find('/').map(|start| &rest[start..])?;
        let fits = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>".contains(&byte));
        (matches!(scheme, "http" | "https") && !rest.starts_with('/') && fits).then_some(path)
    }
}

impl IssueKeys {
    /// How long 鍵生成中 and 発行要求中 last.
    pub fn delays(&self) -> [SignedDuration; 2] {
        [0, 1].map(|stage| self.delays.get(stage).map_or(SignedDuration::ZERO, |delay| delay.0))
    }
}

impl WireRu {
    /// All names, which must differ from each other and from those of [`Wire`].
    pub(super) fn names(&self) -> [&str; 3] {
        [&self.state, &self.email, &self.email_confirmation]
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
