//! The PFX in the programs of others: key, certificate and issuing root inside, a wrong password refused.

use std::path::Path;

use obn_tests::{Environment, Notice, Ran, nss_database, python_with, require, run};

const PROFILES: [&str; 3] = ["tdes-sha1", "legacy-rc2", "aes256-sha256"];
const ROOT: &str = "Online Billing NW Common Root CA - G1";

/// A downloaded file on disk, beside what is inside.
struct Downloaded {
    folder: tempfile::TempDir,
    pfx: String,
    notice: Notice,
    certificate: Vec<u8>,
    _env: Environment,
}

impl Downloaded {
    async fn new(profile: &str, pin: &str) -> Self {
        let env = Environment::with(&format!("pfx.profile = \"{profile}\"")).await;
        let notice = env.issue().await;
        let answer = env.browser().download(&notice, pin).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("downloaded.p12");
        std::fs::write(&path, answer.file().1).unwrap();
        let shown = env.control.json(&format!("/certificates/{}", notice.serial)).await;
        let certificate = pem::parse(shown["pem"].as_str().unwrap()).unwrap().into_contents();
        std::fs::write(folder.path().join("issuer.pem"), env.control.text("/issuer.pem").await).unwrap();
        Self { pfx: text(&path), folder, notice, certificate, _env: env }
    }

    fn file(&self, name: &str) -> String {
        text(&self.folder.path().join(name))
    }

    /// Checks what a program found: this PEM has one key that fits, the certificate, and the root.
    async fn assert_all_inside(&self, pem: &str) {
        let parts = pem::parse_many(pem).unwrap_or_else(|error| panic!("{error}: {pem}"));
        let certificates: Vec<_> = parts.iter().filter(|part| part.tag() == "CERTIFICATE").collect();
        assert_eq!(certificates.len(), 2, "{pem}");
        assert!(certificates.iter().any(|part| part.contents() == self.certificate), "{pem}");
        let issuer = std::fs::read_to_string(self.file("issuer.pem")).unwrap();
        let issuer = pem::parse(issuer).unwrap();
        assert!(certificates.iter().any(|part| part.contents() == issuer.contents()), "{pem}");
        let keys: Vec<_> = parts.iter().filter(|part| part.tag().ends_with("PRIVATE KEY")).collect();
        assert_eq!(keys.len(), 1, "{pem}");
        if require("openssl") {
            let key = self.file("key.pem");
            std::fs::write(&key, pem::encode(keys[0])).unwrap();
            let certificate = self.file("certificate.pem");
            std::fs::write(
                &certificate,
                pem::encode(&pem::Pem::new("CERTIFICATE", self.certificate.clone())),
            )
            .unwrap();
            let of_key = run("openssl", &["pkey", "-in", &key, "-pubout"]).await.ok();
            let of_certificate =
                run("openssl", &["x509", "-in", &certificate, "-noout", "-pubkey"]).await.ok();
            assert_eq!(of_key, of_certificate, "the key is the certificate's");
        }
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are ASCII").to_owned()
}

/// Whether this OpenSSL is 3 or later, where RC2 is legacy.
async fn is_openssl_3() -> bool {
    let version = run("openssl", &["version"]).await.ok();
    let major =
        version.split_whitespace().nth(1).and_then(|number| number.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 3)
}

#[tokio::test]
async fn openssl_reads_every_kind_and_wants_legacy_for_rc2_alone() {
    if !require("openssl") {
        return;
    }
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "1234").await;
        let read = async |password: &str, legacy: bool| -> Ran {
            let password = format!("pass:{password}");
            let mut arguments = vec!["pkcs12", "-in", &downloaded.pfx, "-nodes", "-passin", &password];
            arguments.extend(legacy.then_some("-legacy"));
            run("openssl", &arguments).await
        };
        let needs_legacy = profile == "legacy-rc2" && is_openssl_3().await;
        if needs_legacy {
            let refused = read("1234", false).await.refused();
            assert!(refused.contains("unsupported") && refused.contains("RC2-40-CBC"), "{refused}");
        }
        downloaded.assert_all_inside(&read("1234", needs_legacy).await.ok()).await;
        let refused = read("4321", needs_legacy).await.refused();
        assert!(refused.contains("invalid password") || refused.contains("mac verify failure"), "{refused}");
    }
}

#[tokio::test]
async fn openssl_sees_the_algorithms_that_the_profile_names() {
    if !require("openssl") {
        return;
    }
    let mut told = String::new();
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "0000").await;
        let arguments =
            ["pkcs12", "-in", &downloaded.pfx, "-info", "-noout", "-passin", "pass:0000", "-legacy"];
        told += &format!("{profile}\n{}", run("openssl", &arguments).await.ok());
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn nss_imports_every_kind_into_a_fresh_database() {
    if !require("pk12util") || !require("certutil") {
        return;
    }
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "1234").await;
        let database = nss_database(&downloaded.folder.path().join("nssdb")).await;
        let refused =
            run("pk12util", &["-d", &database, "-i", &downloaded.pfx, "-W", "4321"]).await.refused();
        assert!(refused.contains("SEC_ERROR_BAD_PASSWORD"), "{refused}");
        let list = async || run("certutil", &["-d", &database, "-L"]).await.ok();
        assert!(!list().await.contains("0110119153"), "nothing comes in by a wrong password");

        run("pk12util", &["-d", &database, "-i", &downloaded.pfx, "-W", "1234"]).await.ok();
        let listed = list().await;
        let line =
            listed.lines().find(|line| line.contains("0110119153")).unwrap_or_else(|| panic!("{listed}"));
        assert!(line.trim_end().ends_with("u,u,u"), "the key is there: {listed}");
        assert!(listed.contains("Online Billing NW Common Root CA"), "{listed}");
        let keys = run("certutil", &["-d", &database, "-K"]).await.ok();
        assert_eq!(keys.matches("< 0> rsa").count(), 1, "{keys}");
    }
}

#[tokio::test]
async fn java_lists_every_kind_with_its_chain() {
    if !require("keytool") {
        return;
    }
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "1234").await;
        let list = async |password: &str| {
            let options = ["-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12"];
            let file = ["-keystore", &downloaded.pfx, "-storepass", password];
            run("keytool", &[&options[..], &file[..]].concat()).await
        };
        let listed = list("1234").await.ok();
        assert!(listed.contains("Entry type: PrivateKeyEntry"), "{listed}");
        assert!(listed.contains("Certificate chain length: 2"), "{listed}");
        let serial = downloaded.notice.serial.to_lowercase();
        assert!(listed.contains(&format!("Serial number: {serial}")), "{listed}");
        assert!(listed.contains(ROOT), "{listed}");
        let refused = list("4321").await.refused();
        assert!(refused.contains("password was incorrect"), "{refused}");
    }
}

#[tokio::test]
async fn gnutls_reads_every_kind() {
    if !require("certtool") {
        return;
    }
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "1234").await;
        let read = async |password: &str| {
            let out = downloaded.file("gnutls.pem");
            let options = ["--p12-info", "--inder", "--infile", &downloaded.pfx, "--password", password];
            let ran = run("certtool", &[&options[..], &["--outfile", &out]].concat()).await;
            (ran, std::fs::read_to_string(&out).unwrap_or_default())
        };
        let (ran, printed) = read("1234").await;
        let printed = printed + &ran.ok();
        // certtool prints the key still encrypted; decrypting it is a second step.
        let certificates: String = printed
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|rest| {
                format!(
                    "-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----\n",
                    rest.split("-----END").next().unwrap()
                )
            })
            .collect();
        let parts = pem::parse_many(&certificates).unwrap();
        assert_eq!(parts.len(), 2, "{printed}");
        assert!(parts.iter().any(|part| part.contents() == downloaded.certificate), "{printed}");
        assert!(printed.contains("PRIVATE KEY"), "{printed}");
        let (ran, _) = read("4321").await;
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.status != Some(0) || told.contains("MAC: 0") || told.contains("failed"), "{told}");
    }
}

const PYTHON: &str = "
import sys
from cryptography.hazmat.primitives.serialization import pkcs12, Encoding, PrivateFormat, NoEncryption
data = open(sys.argv[1], 'rb').read()
try:
    key, certificate, others = pkcs12.load_key_and_certificates(data, sys.argv[2].encode())
except ValueError as error:
    print(error)
    sys.exit(3)
print(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
print(certificate.public_bytes(Encoding.PEM).decode())
for other in others:
    print(other.public_bytes(Encoding.PEM).decode())
";

#[tokio::test]
async fn python_reads_every_kind() {
    let Some(python) = python_with("cryptography").await else { return };
    for profile in PROFILES {
        let downloaded = Downloaded::new(profile, "1234").await;
        let read = async |password: &str| run(python, &["-c", PYTHON, &downloaded.pfx, password]).await;
        downloaded.assert_all_inside(&read("1234").await.ok()).await;
        let refused = read("4321").await.refused();
        assert!(refused.contains("Invalid password"), "{refused}");
    }
}

#[tokio::test]
async fn friendly_name_csp_name_iterations_and_no_root_come_from_the_profile() {
    if !require("openssl") {
        return;
    }
    let env = Environment::with(
        "[pfx]\nfriendly_name = \"{institution_code} {request_id}\"\niterations = 1\ninclude_root = false\n\
         csp_name = \"Microsoft Enhanced Cryptographic Provider v1.0\"",
    )
    .await;
    let notice = env.issue().await;
    let folder = tempfile::tempdir().unwrap();
    let path = text(&folder.path().join("a.p12"));
    std::fs::write(&path, env.browser().download(&notice, "1234").await.file().1).unwrap();
    let told =
        run("openssl", &["pkcs12", "-in", &path, "-info", "-nodes", "-passin", "pass:1234"]).await.ok();
    assert!(told.contains(&format!("friendlyName: 0110119153 {}", notice.request_id)), "{told}");
    assert!(told.contains("Microsoft CSP Name: Microsoft Enhanced Cryptographic Provider v1.0"), "{told}");
    assert!(told.contains("Iteration 1\n"), "{told}");
    assert_eq!(told.matches("BEGIN CERTIFICATE").count(), 1, "{told}");
}
