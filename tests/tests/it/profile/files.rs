//! Files: the PFX, the root, the installer.

use obn_tests::{Answer, Environment};

use super::ground::{CODE, notice, what};
use super::table::{Row, look, turn};

/// A file in the ground's folder of files, for the installer of the user.
const FILE: &str = "Cargo.toml";
const CSP: &str = "Microsoft Enhanced Cryptographic Provider v1.0";

pub(crate) fn rows() -> Vec<Row> {
    let attached = |name: &str| format!("attachment; filename=\"{name}\"");
    let (csp, file) = (format!("{CSP:?}"), format!("{FILE:?}"));
    let installer = attached("CybertrustManagedPKIClient.msi");
    vec![
        Row::new("pfx.profile", "\"legacy-rc2\"", look!(algorithms), "3DES SHA-1", "3DES RC2-40 SHA-1"),
        Row::new("pfx.profile", "\"aes256-sha256\"", look!(algorithms), "3DES SHA-1", "PBES2 SHA-256"),
        Row::new("pfx.iterations", "10000", look!(iterations), "2048", "10000"),
        Row::new(
            "pfx.file_name",
            "\"{institution_code}.pfx\"",
            look!(pfx_name),
            &attached("202611230000001.p12"),
            &attached("0110119153.pfx"),
        ),
        Row::new(
            "pfx.mime",
            "\"application/octet-stream\"",
            look!(pfx_mime),
            "application/x-pkcs12",
            "application/octet-stream",
        ),
        Row::new("pfx.friendly_name", "\"{institution_code}\"", look!(friendly_name), "none", "there"),
        Row::new("pfx.csp_name", &csp, look!(csp_name), "none", "there"),
        Row::new("pfx.include_root", "false", look!(certificates), "2 certificates", "1 certificates"),
        Row::new(
            "root_file.name",
            "\"root.cer\"",
            look!(root_name),
            &attached("SCRoot2ca.cer"),
            &attached("root.cer"),
        ),
        Row::new(
            "root_file.mime",
            "\"application/pkix-cert\"",
            look!(root_mime),
            "application/x-x509-ca-cert",
            "application/pkix-cert",
        ),
        Row::new("root_file.as_page", "true", look!(root_page), "file, ", "ルート証明書のダウンロード, file"),
        Row::new("installer.file", &file, look!(installer_bytes), "a package", "the user's file"),
        Row::new(
            "installer.name",
            "\"client.msi\"",
            look!(installer_name),
            &installer,
            &attached("client.msi"),
        ),
        Row::new(
            "installer.mime",
            "\"application/octet-stream\"",
            look!(installer_mime),
            "application/x-msi",
            "application/octet-stream",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_files_turn() {
    turn(rows()).await;
}

/// The PFX file, which opens in any case.
async fn pfx(env: &Environment) -> Answer {
    let answer = env.browser().download(&notice(env, 0).await, "1234").await;
    answer.pfx("1234");
    answer
}

fn times(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}

/// Algorithms stand in the clear, as object identifiers.
async fn algorithms(env: Environment) -> String {
    let bytes = pfx(&env).await.body;
    let known: [(&str, &[u8]); 5] = [
        ("3DES", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03"),
        ("RC2-40", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x06"),
        ("PBES2", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"),
        ("SHA-1", b"\x06\x05\x2b\x0e\x03\x02\x1a"),
        ("SHA-256", b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
    ];
    let found: Vec<_> =
        known.iter().filter(|(_, oid)| times(&bytes, oid) > 0).map(|(name, _)| *name).collect();
    found.join(" ")
}

/// As INTEGER behind each of the three salts: key, certificates, MAC.
async fn iterations(env: Environment) -> String {
    let bytes = pfx(&env).await.body;
    let known: [(&str, &[u8]); 2] = [("2048", b"\x02\x02\x08\x00"), ("10000", b"\x02\x02\x27\x10")];
    let found: Vec<_> =
        known.iter().filter(|(_, it)| times(&bytes, it) >= 3).map(|(text, _)| *text).collect();
    found.join(" ")
}

/// Attributes of the key stand in the clear, as BMPString.
async fn named(env: &Environment, name: &str) -> String {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    if times(&pfx(env).await.body, &name) > 0 { "there" } else { "none" }.to_owned()
}

async fn friendly_name(env: Environment) -> String {
    named(&env, CODE).await
}

async fn csp_name(env: Environment) -> String {
    named(&env, CSP).await
}

async fn certificates(env: Environment) -> String {
    format!("{} certificates", pfx(&env).await.pfx("1234").chain.len())
}

async fn pfx_name(env: Environment) -> String {
    pfx(&env).await.header("content-disposition").to_owned()
}

async fn pfx_mime(env: Environment) -> String {
    pfx(&env).await.header("content-type").to_owned()
}

async fn root_name(env: Environment) -> String {
    env.browser().get("/p/cert").await.header("content-disposition").to_owned()
}

async fn root_mime(env: Environment) -> String {
    env.browser().get("/p/cert").await.header("content-type").to_owned()
}

/// What the address shows, and what is behind the link on it.
async fn root_page(env: Environment) -> String {
    let browser = env.browser();
    let answer = browser.get("/p/cert").await;
    let link = if answer.is_file() { None } else { answer.page().attribute("main a", "href") };
    let linked = match link {
        Some(link) => what(&browser.get(&link).await),
        None => String::new(),
    };
    format!("{}, {linked}", what(&answer))
}

async fn installer_bytes(env: Environment) -> String {
    let bytes = env.browser().get("/p/s").await.body;
    // The signature of compound files, which MSI packages are.
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        "a package".to_owned()
    } else if bytes == std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap() {
        "the user's file".to_owned()
    } else {
        "something else".to_owned()
    }
}

async fn installer_name(env: Environment) -> String {
    env.browser().get("/p/s").await.header("content-disposition").to_owned()
}

async fn installer_mime(env: Environment) -> String {
    env.browser().get("/p/s").await.header("content-type").to_owned()
}
