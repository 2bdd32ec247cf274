//! Certificates, their names, and the client CA, as their bytes say.

use obn_tests::Environment;
use x509_parser::prelude::*;

use super::ground::issued_certificate;
use super::table::{Look, Row, look, turn};

const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const G1: &str = "Online Billing NW Common Root CA - G1";

pub(crate) fn rows() -> Vec<Row> {
    let parts = "C=JP O=ReceiptOnline OU=hokkaido OU=medical CN=0110119153";
    let turned_round = "CN=0110119153 OU=medical OU=hokkaido O=ReceiptOnline C=JP";
    let order = r#"["CN", "OU=category", "OU=prefecture", "O", "C"]"#;
    let mut rows = vec![
        Row::new("certificate.validity_months", "36", look!(ends), "2030-02-23", "2029-11-23"),
        Row::new("certificate.key_bits", "3072", look!(bits), "2048", "3072"),
        Row::new(
            "certificate.extended_key_usage",
            r#"["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]"#,
            look!(extended),
            CLIENT_AUTH,
            "1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.4",
        ),
        Row::new("certificate.extended_key_usage", "[]", look!(extended), CLIENT_AUTH, "none"),
        Row::new(
            "certificate.key_usage",
            "false",
            look!(key_usage),
            "Digital Signature, Key Encipherment",
            "none",
        ),
        Row::new(
            "certificate.policies",
            r#"["1.2.392.200081.1.23.1"]"#,
            look!(policies),
            "none",
            "1.2.392.200081.1.23.1",
        ),
        Row::new(
            "certificate.key_identifiers",
            "false",
            look!(identifiers),
            "subject true, authority true",
            "subject false, authority false",
        ),
        Row::new("dn.order", order, look!(subject), parts, turned_round),
        Row::new("dn.string_type", "\"utf8\"", look!(string_types), "19 19 19 19 19", "19 12 12 12 12"),
        Row::new("dn.country", "\"XX\"", look!(subject), parts, &parts.replace("JP", "XX")),
        Row::new(
            "dn.organization",
            "\"Other\"",
            look!(subject),
            parts,
            &parts.replace("ReceiptOnline", "Other"),
        ),
        Row::new("dn.mode", "\"faithful\"", look!(marked), "marked", "not marked").fresh(),
        Row::new("ca.country", "\"\"", look!(issuer), "C=JP O=ReceiptOnline CN", "O=ReceiptOnline CN")
            .fresh(),
        Row::new("ca.organization", "\"\"", look!(issuer), "C=JP O=ReceiptOnline CN", "C=JP CN").fresh(),
        Row::new(
            "ca.organization",
            "\"Health Insurance Claims Review and Reimbursement Services\"",
            look!(issuer),
            "C=JP O=ReceiptOnline CN",
            "C=JP O=Health Insurance Claims Review and Reimbursement Services CN",
        )
        .fresh(),
        Row::new(
            "ca.common_name",
            "\"Online Billing NW Common Root CA - 01\"",
            look!(issuer_name),
            G1,
            "Online Billing NW Common Root CA - 01",
        )
        .fresh(),
        Row::new("ca.key_bits", "3072", look!(issuer_bits), "2048", "3072").fresh(),
        Row::new(
            "ca.not_before",
            "\"2020-01-01T00:00:00Z\"",
            look!(issuer_begins),
            "1601218800",
            "1577836800",
        )
        .fresh(),
        Row::new("ca.not_after", "\"2050-01-01T00:00:00Z\"", look!(issuer_ends), "4102412399", "2524608000")
            .fresh(),
    ];
    let categories: [(&str, Look, &str); 8] = [
        ("dn.medical", look!(medical), "medical"),
        ("dn.dental", look!(dental), "dental"),
        ("dn.pharmacy", look!(pharmacy), "pharmacy"),
        ("dn.nursing", look!(nursing), "nursing"),
        ("dn.insurer", look!(insurer), "insurer"),
        ("dn.checkup", look!(checkup), "checkup"),
        ("dn.vendor", look!(vendor), "vendor"),
        ("dn.agent", look!(agent), "agent"),
    ];
    rows.extend(
        categories.map(|(key, look, word)| Row::new(key, "\"other-word\"", look, word, "other-word")),
    );
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_certificates_and_names_turn() {
    turn(rows()).await;
}

/// What a new certificate says.
async fn read(env: &Environment, read: impl FnOnce(&X509Certificate<'_>) -> String) -> String {
    let der = issued_certificate(env, "medical").await;
    read(&X509Certificate::from_der(&der).unwrap().1)
}

/// What the client CA's certificate says.
async fn read_issuer(env: &Environment, read: impl FnOnce(&X509Certificate<'_>) -> String) -> String {
    let der = env.control.issuer().await;
    read(&X509Certificate::from_der(&der).unwrap().1)
}

fn key_bits(certificate: &X509Certificate<'_>) -> String {
    let Ok(x509_parser::public_key::PublicKey::RSA(key)) = certificate.public_key().parsed() else {
        return "no RSA key".to_owned();
    };
    key.key_size().to_string()
}

async fn ends(env: Environment) -> String {
    read(&env, |certificate| {
        let end = jiff::Timestamp::from_second(certificate.validity().not_after.timestamp()).unwrap();
        end.to_string()[..10].to_owned()
    })
    .await
}

async fn bits(env: Environment) -> String {
    read(&env, key_bits).await
}

async fn extended(env: Environment) -> String {
    read(&env, |certificate| {
        let Some(usage) = certificate.extended_key_usage().unwrap() else { return "none".to_owned() };
        let mut oids = Vec::new();
        oids.extend(usage.value.client_auth.then(|| CLIENT_AUTH.to_owned()));
        oids.extend(usage.value.email_protection.then(|| "1.3.6.1.5.5.7.3.4".to_owned()));
        oids.join(" ")
    })
    .await
}

async fn key_usage(env: Environment) -> String {
    read(&env, |certificate| {
        certificate.key_usage().unwrap().map_or("none".to_owned(), |usage| usage.value.to_string())
    })
    .await
}

async fn policies(env: Environment) -> String {
    read(&env, |certificate| {
        let policies = certificate.extensions().iter().find_map(|it| match it.parsed_extension() {
            ParsedExtension::CertificatePolicies(policies) => Some(policies),
            _ => None,
        });
        policies.map_or("none".to_owned(), |policies| policies[0].policy_id.to_id_string())
    })
    .await
}

async fn identifiers(env: Environment) -> String {
    read(&env, |certificate| {
        let has = |wanted: fn(&ParsedExtension<'_>) -> bool| {
            certificate.extensions().iter().any(|it| wanted(it.parsed_extension()))
        };
        let subject = has(|it| matches!(it, ParsedExtension::SubjectKeyIdentifier(_)));
        let authority = has(|it| matches!(it, ParsedExtension::AuthorityKeyIdentifier(_)));
        format!("subject {subject}, authority {authority}")
    })
    .await
}

fn attributes(certificate: &X509Certificate<'_>) -> Vec<(String, String, u32)> {
    parts(certificate.subject())
}

fn parts(name: &X509Name<'_>) -> Vec<(String, String, u32)> {
    let attributes = name.iter_attributes();
    let words = [("2.5.4.6", "C"), ("2.5.4.10", "O"), ("2.5.4.11", "OU"), ("2.5.4.3", "CN")];
    attributes
        .map(|it| {
            let oid = it.attr_type().to_id_string();
            let word = words.iter().find(|(known, _)| *known == oid).map_or(&*oid, |(_, word)| word);
            (word.to_owned(), it.as_str().unwrap().to_owned(), it.attr_value().tag().0)
        })
        .collect()
}

async fn subject(env: Environment) -> String {
    read(&env, |certificate| {
        let parts: Vec<_> =
            attributes(certificate).iter().map(|(word, value, _)| format!("{word}={value}")).collect();
        parts.join(" ")
    })
    .await
}

async fn string_types(env: Environment) -> String {
    read(&env, |certificate| {
        let tags: Vec<_> = attributes(certificate).iter().map(|(_, _, tag)| tag.to_string()).collect();
        tags.join(" ")
    })
    .await
}

async fn marked(env: Environment) -> String {
    read_issuer(&env, |certificate| {
        let marked =
            attributes(certificate).iter().any(|(oid, value, _)| oid == "2.5.4.13" && !value.is_empty());
        if marked { "marked" } else { "not marked" }.to_owned()
    })
    .await
}

/// The issuer in a new certificate, whose subject stays as it is.
async fn issuer(env: Environment) -> String {
    let own = env.control.issuer().await;
    read(&env, |certificate| {
        let subject = attributes(certificate);
        assert_eq!([&*subject[0].1, &*subject[1].1], ["JP", "ReceiptOnline"]);
        let own = X509Certificate::from_der(&own).unwrap().1;
        assert_eq!(own.subject().as_raw(), certificate.issuer().as_raw());
        let shown = parts(certificate.issuer()).into_iter().filter(|(word, _, _)| word != "2.5.4.13");
        let shown = shown.map(|(word, value, _)| if word == "CN" { word } else { format!("{word}={value}") });
        shown.collect::<Vec<_>>().join(" ")
    })
    .await
}

async fn issuer_name(env: Environment) -> String {
    read_issuer(&env, |certificate| {
        let names = attributes(certificate);
        names.iter().find(|(word, _, _)| word == "CN").unwrap().1.clone()
    })
    .await
}

async fn issuer_bits(env: Environment) -> String {
    read_issuer(&env, key_bits).await
}

async fn issuer_begins(env: Environment) -> String {
    read_issuer(&env, |certificate| certificate.validity().not_before.timestamp().to_string()).await
}

async fn issuer_ends(env: Environment) -> String {
    read_issuer(&env, |certificate| certificate.validity().not_after.timestamp().to_string()).await
}

/// The second organizational unit of a new certificate, found in the default order.
async fn unit(env: &Environment, category: &str) -> String {
    let der = issued_certificate(env, category).await;
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    attributes(&certificate).iter().filter(|(word, _, _)| word == "OU").nth(1).unwrap().1.clone()
}

macro_rules! units {
    ($($category:ident)*) => {
        $(async fn $category(env: Environment) -> String {
            unit(&env, stringify!($category)).await
        })*
    };
}

units! { medical dental pharmacy nursing insurer checkup vendor agent }
