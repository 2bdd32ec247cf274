//! PFX files as the programs of others write them.

use std::path::{Path, PathBuf};

use obn_tests::{nss_database, python_with, require, run};

use super::Dialect;

/// Where the key and its certificates lie that everybody packs.
fn source(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pfx").join(name);
    path.to_str().expect("the repository lies under a readable name").to_owned()
}

/// The files of fixtures/pfx.
pub(super) fn fixtures() -> Vec<Dialect> {
    let names = [
        "openssl-3des",
        "openssl-rc2",
        "openssl-aes256",
        "openssl-nomac",
        "openssl-noroot",
        "java",
        "nss",
        "nss-3des",
        "gnutls",
        "python",
    ];
    let password = |name: &str| if name == "java" { "123456" } else { "1234" };
    let file = |name: &str| PathBuf::from(source(&format!("{name}.p12")));
    names.map(|name| dialect(name, file(name), password(name))).into()
}

fn dialect(name: &str, path: PathBuf, password: &str) -> Dialect {
    Dialect { name: name.to_owned(), path, password: password.to_owned() }
}

/// What OpenSSL writes by its options; what this version of it doesn't know is left out.
pub(super) async fn openssl(folder: &Path) -> Vec<Dialect> {
    if !require("openssl") {
        return Vec::new();
    }
    let ciphers = [
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-40",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-RC4-128",
        "PBE-MD5-DES",
        "DES-EDE3-CBC",
        "AES-128-CBC",
        "AES-256-CBC",
        "CAMELLIA-256-CBC",
        "ARIA-256-CBC",
        "SM4-CBC",
        "SEED-CBC",
        "DES-CBC",
        "DES-EDE",
        "AES-128-ECB",
        "AES-192-CFB",
        "AES-256-CFB",
        "AES-256-OFB",
        "CAMELLIA-128-ECB",
        "CAMELLIA-192-OFB",
        "CAMELLIA-192-CTR",
        "CAMELLIA-256-CFB",
        "ARIA-128-CFB",
        "ARIA-192-OFB",
        "ARIA-256-CTR",
        "ARIA-256-ECB",
        "SM4-ECB",
        "SM4-CFB",
        "SM4-OFB",
        "SM4-CTR",
        "NONE",
    ];
    let macs = ["md5", "sha512-256", "sha3-256", "sha3-512", "ripemd160", "sm3", "blake2b512", "blake2s256"];
    let with_cipher = |cipher: &str| strings(&["-keypbe", cipher, "-certpbe", cipher, "-legacy"]);
    let with_mac =
        |mac: &str| strings(&["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", mac]);
    let mut kinds: Vec<(String, Vec<String>, &str)> = Vec::new();
    kinds.extend(ciphers.map(|cipher| (cipher.to_owned(), with_cipher(cipher), "1234")));
    kinds.extend(macs.map(|mac| (format!("MAC {mac}"), with_mac(mac), "1234")));
    kinds.push(("PBMAC1".to_owned(), strings(&["-pbmac1_pbkdf2"]), "1234"));
    kinds.push(("certificates plain".to_owned(), strings(&["-certpbe", "NONE"]), "1234"));
    kinds.push(("one round".to_owned(), strings(&["-iter", "1", "-nomaciter"]), "1234"));
    kinds.push(("no MAC".to_owned(), strings(&["-nomac"]), "1234"));
    kinds.push(("empty password".to_owned(), Vec::new(), ""));
    kinds.push(("Japanese password".to_owned(), with_cipher("PBE-SHA1-3DES"), "証明書"));
    kinds.push(("emoji password".to_owned(), with_cipher("PBE-SHA1-3DES"), "🔑🔑🔑🔑"));
    kinds.push(("emoji password, AES-256".to_owned(), with_cipher("AES-256-CBC"), "🔑🔑🔑🔑"));
    let (key, certificate, root) = (source("key.pem"), source("certificate.pem"), source("root.pem"));
    let mut made = Vec::new();
    for (number, (name, options, password)) in kinds.into_iter().enumerate() {
        let path = folder.join(format!("openssl-{number}.p12"));
        let pass = format!("pass:{password}");
        let mut arguments =
            vec!["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-certfile", &root];
        arguments.extend(["-passout", &pass, "-out", path.to_str().expect("temporary paths are ASCII")]);
        arguments.extend(options.iter().map(String::as_str));
        if run("openssl", &arguments).await.status == Some(0) {
            made.push(dialect(&format!("openssl {name}"), path, password));
        }
    }
    assert!(made.len() > 15, "OpenSSL writes most of them");
    made
}

/// What Java writes by its properties.
pub(super) async fn java(folder: &Path) -> Vec<Dialect> {
    if !require("keytool") {
        return Vec::new();
    }
    let mut made = Vec::new();
    for (encryption, mac) in [
        ("PBEWithHmacSHA1AndAES_128", "HmacPBESHA1"),
        ("PBEWithHmacSHA224AndAES_256", "HmacPBESHA224"),
        ("PBEWithHmacSHA512AndAES_256", "HmacPBESHA512"),
        ("PBEWithSHA1AndRC4_128", "HmacPBESHA384"),
    ] {
        let path = folder.join(format!("java-{encryption}.p12"));
        let property = |name: &str, value: &str| format!("-J-Dkeystore.pkcs12.{name}={value}");
        let properties = [
            property("keyProtectionAlgorithm", encryption),
            property("certProtectionAlgorithm", encryption),
            property("macAlgorithm", mac),
        ];
        let from = source("openssl-aes256.p12");
        let mut arguments: Vec<&str> = properties.iter().map(String::as_str).collect();
        arguments.extend(["-importkeystore", "-noprompt", "-srckeystore", &from, "-srcstorepass", "1234"]);
        arguments.extend(["-srcstoretype", "PKCS12", "-deststoretype", "PKCS12", "-deststorepass", "123456"]);
        arguments.extend(["-destkeystore", path.to_str().expect("temporary paths are ASCII")]);
        run("keytool", &arguments).await.ok();
        made.push(dialect(&format!("java {encryption}, {mac}"), path, "123456"));
    }
    made
}

/// What NSS writes by its options.
pub(super) async fn nss(folder: &Path) -> Vec<Dialect> {
    if !require("pk12util") || !require("certutil") {
        return Vec::new();
    }
    let database = nss_database(&folder.join("source")).await;
    run("pk12util", &["-d", &database, "-i", &source("openssl-3des.p12"), "-W", "1234"]).await.ok();
    let mut made = Vec::new();
    for (number, (cipher, mac, password)) in [
        ("AES-128-CBC", "SHA-256", "1234"),
        ("CAMELLIA-256-CBC", "SHA-512", "1234"),
        ("PKCS #12 V2 PBE With SHA-1 And 128 Bit RC4", "SHA-1", "1234"),
        ("AES-256-CBC", "SHA-256", "証明書"),
        ("AES-256-CBC", "SHA-256", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.join(format!("nss-{number}.p12"));
        let out = path.to_str().expect("temporary paths are ASCII");
        let mut arguments =
            vec!["-d", &database, "-o", out, "-n", "0110119153 - ReceiptOnline", "-W", password];
        arguments.extend(["-c", cipher, "-C", cipher, "-M", mac]);
        run("pk12util", &arguments).await.ok();
        made.push(dialect(&format!("nss {cipher}, {mac}, {password:?}"), path, password));
    }
    made
}

/// What GnuTLS writes by its options.
pub(super) async fn gnutls(folder: &Path) -> Vec<Dialect> {
    if !require("certtool") {
        return Vec::new();
    }
    let mut made = Vec::new();
    for cipher in ["3des", "aes-128", "rc2-40", "arcfour"] {
        let path = folder.join(format!("gnutls-{cipher}.p12"));
        let (key, certificate, root) = (source("key.pem"), source("certificate.pem"), source("root.pem"));
        let mut arguments = vec!["--to-p12", "--outder", "--p12-name", "0110119153", "--password", "1234"];
        arguments.extend(["--load-privkey", &key, "--load-certificate", &certificate]);
        arguments.extend(["--load-ca-certificate", &root, "--pkcs-cipher", cipher]);
        arguments.extend(["--outfile", path.to_str().expect("temporary paths are ASCII")]);
        run("certtool", &arguments).await.ok();
        made.push(dialect(&format!("gnutls {cipher}"), path, "1234"));
    }
    made
}

const PYTHON: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12, PrivateFormat
read = lambda name: open(name, 'rb').read()
key, certificate, root, folder = sys.argv[1:]
key, parse = load_pem_private_key(read(key), None), lambda name: x509.load_pem_x509_certificate(read(name))
for algorithm in ('PBESv1SHA1And3KeyTripleDESCBC', 'PBESv2SHA256AndAES256CBC'):
    for mac in (SHA1, SHA256):
        how = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(5000)
        how = how.key_cert_algorithm(getattr(pkcs12.PBES, algorithm)).hmac_hash(mac()).build('証明書'.encode())
        data = pkcs12.serialize_key_and_certificates(None, key, parse(certificate), [parse(root)], how)
        name = f'{folder}/python-{algorithm}-{mac.name}.p12'
        open(name, 'wb').write(data)
        print(name)
";

/// What Python's cryptography writes.
pub(super) async fn python(folder: &Path) -> Vec<Dialect> {
    let Some(python) = python_with("cryptography").await else { return Vec::new() };
    let (key, certificate, root) = (source("key.pem"), source("certificate.pem"), source("root.pem"));
    let folder = folder.to_str().expect("temporary paths are ASCII");
    let ran = run(python, &["-c", PYTHON, &key, &certificate, &root, folder]).await;
    let written = ran.clone().ok();
    let names = ran.stdout.lines().map(|path| {
        let name = path.rsplit('/').next().expect("a path").trim_end_matches(".p12").to_owned();
        dialect(&name, PathBuf::from(path), "証明書")
    });
    let made: Vec<Dialect> = names.collect();
    assert_eq!(made.len(), 4, "{written}");
    made
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
