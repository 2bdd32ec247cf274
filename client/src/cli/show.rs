//! `obn show`: what is inside a PFX file, in a person's words.

use std::path::PathBuf;

use obn_client::{Certificate, Identity, Name, PfxAlgorithms, Protection, Validity, read_file};
use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use super::password::password_of_file;
use super::report::Report;
use super::root::slashed;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The PFX file
    file: PathBuf,
    /// The file that holds its password; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let bytes = read_file(&arguments.file)?;
    let algorithms = PfxAlgorithms::of(&bytes)?;
    let password = password_of_file(arguments.password_file.as_deref()).read(context)?;
    let identity = Identity::from_pfx(&bytes, &password)?;
    let mut json = identity_json(context, &identity);
    json["pfx"] = json!({
        "algorithms": algorithms,
        "windows_8_1_can_import": algorithms.windows_8_1_can_import(),
        "openssl_3_can_open": algorithms.openssl_3_can_open(),
    });
    Ok(Report::new(json).lines(identity_lines(context, &identity)).lines(pfx_lines(context, &algorithms)))
}

/// What a person wants to know about a certificate, a line each.
pub(crate) fn identity_lines(context: &Context, identity: &Identity) -> Vec<String> {
    let certificate = identity.certificate();
    let subject = certificate.subject();
    let mut lines = Vec::new();
    if let Some(code) = subject.institution_code() {
        let place = place(context, subject);
        lines.push(
            context.say(format!("医療機関等コード: {code}{place}"), format!("institution: {code}{place}")),
        );
    }
    let (issuer, serial) = (certificate.issuer(), certificate.serial());
    lines.push(context.say(format!("主体者: {subject}"), format!("subject: {subject}")));
    lines.push(context.say(format!("発行者: {issuer}"), format!("issuer: {issuer}")));
    lines.push(context.say(format!("シリアル番号: {serial}"), format!("serial number: {serial}")));
    let (from, until) = (certificate.valid_from(), certificate.valid_until());
    lines.push(context.say(
        format!("有効期間: {} ~ {}", slashed(from), slashed(until)),
        format!("valid: {from} to {until}"),
    ));
    lines.push(state(context, certificate));
    let (key, signature) = (certificate.key_description(), certificate.signature_description());
    lines.push(context.say(format!("鍵: {key}"), format!("key: {key}")));
    lines.push(context.say(format!("署名アルゴリズム: {signature}"), format!("signature: {signature}")));
    lines.push(match identity.verify() {
        Ok(()) => context.say(
            "検証: 共通認証局の証明書で、発行者のルート証明書を含みます",
            "verified: issued by the common CA, its root included",
        ),
        Err(breach) => context.say(
            format!("検証: {}", breach.explain(context.language)),
            format!("not verified: {}", breach.explain(context.language)),
        ),
    });
    lines
}

/// The same for a program.
pub(crate) fn identity_json(context: &Context, identity: &Identity) -> Value {
    let certificate = identity.certificate();
    let subject = certificate.subject();
    json!({
        "institution_code": subject.institution_code(),
        "prefecture": subject.prefecture().map(|prefecture| prefecture.romaji()),
        "category": subject.category(),
        "subject": subject.to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": certificate.serial(),
        "valid_from": certificate.valid_from(),
        "valid_until": certificate.valid_until(),
        "not_before": certificate.not_before(),
        "not_after": certificate.not_after(),
        "days_left": certificate.days_left(&context.clock),
        "validity": certificate.validity(&context.clock),
        "key": certificate.key_description(),
        "signature": certificate.signature_description(),
        "verified": identity.verify().is_ok(),
    })
}

/// Whether the certificate can be used today, and for how long.
pub(crate) fn state(context: &Context, certificate: &Certificate) -> String {
    let days = certificate.days_left(&context.clock);
    match certificate.validity(&context.clock) {
        Validity::NotYet => context.say("状態: 有効期間前", "state: not valid yet"),
        Validity::Expired => {
            let days = -days;
            context
                .say(format!("状態: 有効期限切れ({days}日経過)"), format!("state: expired {days} days ago"))
        }
        _ => context.say(format!("状態: 有効(残り{days}日)"), format!("state: valid, {days} days left")),
    }
}

/// Prefecture and kind of institution, as far as certificate and code tell.
pub(crate) fn place(context: &Context, subject: &Name) -> String {
    let prefecture = subject.prefecture().map(|place| context.say(place.japanese(), place.romaji()));
    // The third digit is the 点数表 of the institution; the word in the certificate is known for 医科 only.
    let kind = match subject.institution_code().and_then(|code| code.chars().nth(2)) {
        Some('1') => Some(("医科", "medical")),
        Some('3') => Some(("歯科", "dental")),
        Some('4') => Some(("調剤", "pharmacy")),
        Some('6') => Some(("訪問看護", "home nursing")),
        _ => None,
    };
    let kind = match kind {
        Some((japanese, english)) => Some(context.say(japanese, english)),
        None => subject.category().map(str::to_owned),
    };
    let known: Vec<String> = prefecture.into_iter().chain(kind).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

fn pfx_lines(context: &Context, algorithms: &PfxAlgorithms) -> Vec<String> {
    let list = |protections: &[Protection]| {
        let names: Vec<String> = protections.iter().map(Protection::to_string).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let key = list(&algorithms.key);
    let certificates = list(&algorithms.certificates);
    let mac = list(algorithms.mac.as_slice());
    let windows = if algorithms.windows_8_1_can_import() {
        context.say("Windows 8.1: インポートできます", "Windows 8.1: can import this file")
    } else {
        context.say(
            "Windows 8.1: インポートできません(パスワードが違うと表示されます)。obn backup で作り直せます",
            "Windows 8.1: can't import this file (it will say that the password is wrong); obn backup writes one that it can",
        )
    };
    let mut lines = vec![
        context.say(
            format!("PFXの暗号: 鍵 {key} / 証明書 {certificates} / MAC {mac}"),
            format!("encryption: key {key} / certificates {certificates} / MAC {mac}"),
        ),
        windows,
    ];
    if !algorithms.openssl_3_can_open() {
        lines.push(context.say(
            "OpenSSL 3: -legacy を付けないと開けません",
            "OpenSSL 3: opens this file with -legacy only",
        ));
    }
    lines
}
