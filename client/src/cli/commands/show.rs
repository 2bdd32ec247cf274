//! `obn show`: what is inside a PFX file, in a person's words.

use std::path::PathBuf;

use obn_client::{Certificate, Identity, Name, PfxAlgorithms, Protection, Validity, read_file};
use serde_json::{Value, json};

use super::root::slashed;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::password::password_of_file;
use crate::cli::report::Report;

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
    let mut facts = identity_facts(context, &identity);
    let friendly_name = Identity::friendly_name(&bytes, &password)?;
    json["friendly_name"] = json!(friendly_name);
    if let Some(name) = friendly_name {
        facts.push(fact(context, "フレンドリ名", "friendly name", name));
    }
    facts.extend(pfx_facts(context, &algorithms));
    Ok(Report::new(json).line(arguments.file.display().to_string()).table(&facts))
}

/// Something to know about a certificate: what, and its value.
pub(crate) type Fact = Vec<String>;

/// A fact, named in the user's language.
pub(crate) fn fact(context: &Context, japanese: &str, english: &str, value: impl Into<String>) -> Fact {
    vec![format!("  {}", context.say(japanese, english)), value.into()]
}

/// What a person wants to know about a certificate.
pub(crate) fn identity_facts(context: &Context, identity: &Identity) -> Vec<Fact> {
    let certificate = identity.certificate();
    let subject = certificate.subject();
    let fact = |japanese, english, value: String| fact(context, japanese, english, value);
    let mut facts = Vec::new();
    if let Some(code) = subject.institution_code() {
        facts.push(fact("医療機関コード", "institution", format!("{code}{}", place(context, subject))));
    }
    facts.push(fact("主体者", "subject", subject.to_string()));
    facts.push(fact("発行者", "issuer", certificate.issuer().to_string()));
    facts.push(fact("シリアル番号", "serial number", certificate.serial().to_owned()));
    let (from, until) = (certificate.valid_from(), certificate.valid_until());
    let period = context.say(format!("{} ~ {}", slashed(from), slashed(until)), format!("{from} to {until}"));
    facts.push(fact("有効期間", "validity", period));
    facts.push(fact("状態", "state", state(context, certificate)));
    let (key, signature) = (certificate.key_description(), certificate.signature_description());
    facts.push(fact("鍵", "key", key.to_owned()));
    facts.push(fact("署名アルゴリズム", "signature", signature.to_owned()));
    let verdict = match identity.verify() {
        Ok(()) => context.say(
            "共通認証局の証明書で、発行者のルート証明書を含みます",
            "issued by the common CA, whose root is included",
        ),
        Err(breach) => format!("{}{}", context.say("異常: ", "no: "), breach.explain(context.language)),
    };
    facts.push(fact("検証", "verified", verdict));
    facts
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
    let english = if days.abs() == 1 { "day" } else { "days" };
    match certificate.validity(&context.clock) {
        Validity::NotYet => context.say("有効期間前", "not valid yet"),
        Validity::Expired => {
            context.say(format!("有効期限切れ({}日経過)", -days), format!("expired {} {english} ago", -days))
        }
        _ if days == 0 => context.say("有効(本日まで)", "valid, ends today"),
        _ => context.say(format!("有効(残り{days}日)"), format!("valid, {days} {english} left")),
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

fn pfx_facts(context: &Context, algorithms: &PfxAlgorithms) -> Vec<Fact> {
    let list = |protections: &[Protection]| {
        let names: Vec<String> = protections.iter().map(Protection::to_string).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let windows = if algorithms.windows_8_1_can_import() {
        context.say("インポートできます", "can import this file")
    } else {
        context.say(
            "インポートできません(パスワードが違うと表示されます)。obn backup で作り直せます",
            "can't import this file (it will say that the password is wrong); obn backup writes one that it can",
        )
    };
    let openssl = if algorithms.openssl_3_can_open() {
        context.say("開けます", "can open this file")
    } else {
        context.say("-legacy を付けないと開けません", "opens this file with -legacy only")
    };
    vec![
        fact(context, "暗号(鍵)", "key encryption", list(&algorithms.key)),
        fact(context, "暗号(証明書)", "certificates", list(&algorithms.certificates)),
        fact(context, "MAC", "MAC", list(algorithms.mac.as_slice())),
        fact(context, "Windows 8.1", "Windows 8.1", windows),
        fact(context, "OpenSSL 3", "OpenSSL 3", openssl),
    ]
}
