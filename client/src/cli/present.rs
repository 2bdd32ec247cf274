//! Certificates as a person reads them, and as a program does.

use serde_json::{Value, json};

use super::context::Context;
use super::output::shown;
use crate::{Certificate, Entry, Identity, Name, Validity};

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
    facts.push(fact("サブジェクト", "subject", subject.to_string()));
    facts.push(fact("発行者", "issuer", certificate.issuer().to_string()));
    facts.push(fact("シリアル番号", "serial number", certificate.serial().to_owned()));
    facts.push(fact("有効期間", "validity", period(context, certificate)));
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
fn state(context: &Context, certificate: &Certificate) -> String {
    let days = certificate.days_left(&context.clock);
    let english = if days.abs() == 1 { "day" } else { "days" };
    match certificate.validity(&context.clock) {
        Validity::NotYet => context.say("有効期間前", "not valid yet"),
        Validity::Expired => {
            context.say(format!("有効期限切れ({} 日経過)", -days), format!("expired {} {english} ago", -days))
        }
        _ if days == 0 => context.say("有効(本日まで)", "valid, ends today"),
        _ => context.say(format!("有効(残り {days} 日)"), format!("valid, {days} {english} left")),
    }
}

/// Prefecture and kind of institution, as far as certificate and code tell.
fn place(context: &Context, subject: &Name) -> String {
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

/// An entry on one line: name, institution, end, state.
pub(crate) fn summary(context: &Context, entry: &Entry) -> String {
    columns(context, entry).join("  ")
}

/// The same in columns.
pub(crate) fn columns(context: &Context, entry: &Entry) -> Vec<String> {
    let mut columns = vec![entry.name().to_owned()];
    columns.extend(certificate_columns(context, entry.certificate()));
    columns
}

/// Institution, end and state of a certificate.
pub(crate) fn certificate_columns(context: &Context, certificate: &Certificate) -> Vec<String> {
    let subject = certificate.subject();
    let who = subject.common_name().unwrap_or("-");
    let until = certificate.valid_until();
    vec![
        format!("{who}{}", place(context, subject)),
        context.say(format!("有効期限 {}", slashed(until)), format!("until {until}")),
        state(context, certificate),
    ]
}

/// An entry for a program.
pub(crate) fn entry_json(context: &Context, entry: &Entry) -> Value {
    let mut json = certificate_json(context, entry.certificate());
    json["name"] = json!(entry.name());
    json["request_id"] = json!(entry.request_id());
    json["renews"] = json!(entry.renews());
    json["folder"] = shown(entry.folder());
    json
}

/// A certificate for a program.
pub(crate) fn certificate_json(context: &Context, certificate: &Certificate) -> Value {
    json!({
        "institution_code": certificate.subject().institution_code(),
        "subject": certificate.subject().to_string(),
        "serial": certificate.serial(),
        "valid_from": certificate.valid_from(),
        "valid_until": certificate.valid_until(),
        "days_left": certificate.days_left(&context.clock),
        "validity": certificate.validity(&context.clock),
    })
}

/// From its first day to its last.
pub(crate) fn period(context: &Context, certificate: &Certificate) -> String {
    let (from, until) = (certificate.valid_from(), certificate.valid_until());
    context.say(format!("{} ~ {}", slashed(from), slashed(until)), format!("{from} to {until}"))
}

/// A date as the manual's screens write it.
fn slashed(date: jiff::civil::Date) -> String {
    date.strftime("%Y/%m/%d").to_string()
}
