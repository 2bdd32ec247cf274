//! What `obn` gives to other programs is taken by them: backups, and a browser's database.

use std::path::Path;

use obn_tests::{Desk, Environment, Ran, python_with, require, run, run_with};

const ROOT: &str = "Online Billing NW Common Root CA";

/// A desk with one certificate in its store, and that certificate's serial number.
async fn desk() -> (Desk, String) {
    desk_at(&Environment::start().await).await
}

async fn desk_at(env: &Environment) -> (Desk, String) {
    let notice = env.issue().await;
    let desk = Desk::new(env).with("OBN_PASSWORD", "1234").with("OBN_NEW_PASSWORD", "Backup 花");
    let ids = ["--request-id", &notice.request_id, "--reference-id", &notice.reference_id];
    desk.run(&[&["download"], &ids[..]].concat(), "").await.ok();
    (desk, notice.serial)
}

#[tokio::test]
async fn backups_of_both_kinds_are_read_by_openssl_java_gnutls_nss_and_python() {
    let tools = ["openssl", "keytool", "certtool", "pk12util"];
    // Each is asked for, so that all that are missing are told.
    let there = tools.map(require).into_iter().all(|there| there);
    let (true, Some(python3)) = (there, python_with("cryptography").await) else { return };
    let (desk, serial) = desk().await;
    // keytool takes ASCII only.
    let desk = desk.with("OBN_NEW_PASSWORD", "Backup-1");
    for (file, options) in [("tdes.p12", &[][..]), ("aes.p12", &["--aes"])] {
        desk.run(&[&["backup", "--any-password", "--out", file], options].concat(), "").await.ok();
        let path = desk.path(file).display().to_string();
        for (told, key) in [
            (openssl(&path).await, "PRIVATE KEY"),
            (java(&path).await, "PrivateKeyEntry"),
            (gnutls(&path).await, "PRIVATE KEY"),
            (nss(&path).await, "Key(shrouded)"),
            (python(python3, &path).await, "PRIVATE KEY"),
        ] {
            let command = told.command.clone();
            let told = told.ok();
            let digits: String = told.chars().filter(char::is_ascii_hexdigit).collect();
            assert!(told.contains(key), "{command}: {told}");
            assert!(
                told.contains(ROOT) || told.matches("BEGIN CERTIFICATE").count() == 2,
                "{command}: {told}"
            );
            assert!(
                digits.to_uppercase().contains(&serial) || told.matches("BEGIN CERTIFICATE").count() == 2,
                "{command}: {told}"
            );
        }
    }
}

async fn openssl(file: &str) -> Ran {
    run("openssl", &["pkcs12", "-in", file, "-nodes", "-passin", "pass:Backup-1"]).await
}

async fn java(file: &str) -> Ran {
    let options = ["-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12", "-keystore", file];
    run("keytool", &[&options[..], &["-storepass", "Backup-1"]].concat()).await
}

async fn gnutls(file: &str) -> Ran {
    run("certtool", &["--p12-info", "--inder", "--infile", file, "--password", "Backup-1"]).await
}

async fn nss(file: &str) -> Ran {
    run("pk12util", &["-l", file, "-W", "Backup-1"]).await
}

async fn python(python3: &str, file: &str) -> Ran {
    const SCRIPT: &str = "
import sys
from cryptography.hazmat.primitives.serialization import pkcs12, Encoding, PrivateFormat, NoEncryption
key, certificate, others = pkcs12.load_key_and_certificates(open(sys.argv[1], 'rb').read(), b'Backup-1')
print(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
for each in [certificate, *others]:
    print(each.public_bytes(Encoding.PEM).decode())
";
    run(python3, &["-c", SCRIPT, file]).await
}

#[tokio::test]
async fn export_puts_key_certificate_and_root_into_the_databases_of_chromium_and_firefox() {
    if !require("certutil") || !require("pk12util") {
        return;
    }
    let (desk, _) = desk().await;
    // Chromium's is not there yet.
    desk.run(&["export", "--format", "nss", "--into", ".pki/nssdb"], "").await.ok();
    assert_imported(&desk.path(".pki/nssdb"), &[]).await;
    // Once more does no harm.
    desk.run(&["export", "--format", "nss", "--into", ".pki/nssdb"], "").await.ok();
    assert_imported(&desk.path(".pki/nssdb"), &[]).await;

    // Firefox's lies among other files, here with a password.
    let profile = desk.path("firefox.default");
    std::fs::create_dir(&profile).unwrap();
    std::fs::write(profile.join("prefs.js"), "").unwrap();
    let into = ["export", "--format", "nss", "--into", "firefox.default"];
    let missing = desk.run(&into, "").await;
    assert_eq!(missing.status, Some(2), "a wrong folder is not filled: {}", missing.stderr);
    std::fs::write(desk.path("master"), "Master-1\n").unwrap();
    let (database, master) =
        (format!("sql:{}", profile.display()), desk.path("master").display().to_string());
    run("certutil", &["-d", &database, "-N", "-f", &master]).await.ok();
    let refused = desk.run(&into, "").await;
    assert_eq!(refused.status, Some(2), "it has a password: {}", refused.stderr);
    desk.run(&[&into[..], &["--database-password-file", "master"]].concat(), "").await.ok();
    assert_imported(&profile, &["-f", &master]).await;
}

async fn assert_imported(folder: &Path, password: &[&str]) {
    let database = format!("sql:{}", folder.display());
    let listed = run("certutil", &["-d", &database, "-L"]).await.ok();
    let user = listed.lines().filter(|line| line.trim_end().ends_with("u,u,u")).count();
    assert_eq!(user, 1, "one certificate has its key: {listed}");
    assert!(listed.contains(ROOT), "{listed}");
    let keys = run("certutil", &[&["-d", &database, "-K"], password].concat()).await.ok();
    assert_eq!(keys.matches("< 0> rsa").count(), 1, "{keys}");
}

#[tokio::test]
async fn curl_and_openssl_log_in_with_what_was_exported_for_them() {
    if !require("curl") || !require("openssl") {
        return;
    }
    let env = Environment::start().await;
    let (desk, _) = desk_at(&env).await;
    desk.run(&["export", "--format", "curl", "--out", "for-curl"], "").await.ok();
    let url = format!("{}/p/ru", env.simulator.portal_url());
    let mut curl = desk.command("curl".as_ref());
    curl.args(["--silent", "--cacert", "root.pem", "--config", "for-curl/curl.conf", &url]);
    let page = run_with(&mut curl, "").await.ok();
    assert!(page.contains("更新後証明書の取得"), "{page}");

    desk.run(&["export", "--format", "openssl", "--out", "for-openssl"], "").await.ok();
    let address = env.simulator.portal_address().to_string();
    let mut openssl = desk.command("openssl".as_ref());
    openssl.args(["s_client", "-connect", &address, "-servername", "localhost", "-CAfile", "root.pem"]);
    openssl.args(["-cert", "for-openssl/certificate.pem", "-key", "for-openssl/key.pem", "-quiet"]);
    let request = "GET /p/ru HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let page = run_with(openssl.arg("-verify_return_error"), request).await.ok();
    assert!(page.contains("更新後証明書の取得"), "{page}");
}
