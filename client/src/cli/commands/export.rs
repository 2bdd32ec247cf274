//! `obn export`: files for other programs, and how they take them.

use std::path::{Path, PathBuf};

use obn_speech::folder_cause;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::nss;
use crate::cli::output::{self, Report};
use crate::cli::password::new_password;
use crate::cli::present::{entry_json, summary};
use crate::{Certificate, Entry, PfxProfile, check_room, write_private};

const IMPORT: &str = include_str!("../import.ps1");

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it [default: the current one]
    name: Option<String>,
    /// For which program
    #[arg(long, value_enum)]
    format: Format,
    /// The folder to write to; it is made if there is none
    #[arg(long, env = "OBN_OUTPUT", value_name = "DIR", required_unless_present = "into")]
    out: Option<PathBuf>,
    /// For nss: put it into the database in this folder right away, ~/.pki/nssdb (Chromium) or a profile of Firefox
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// For --into: the file that holds the password of the database, if it has one
    #[arg(long, value_name = "FILE", requires = "into")]
    database_password_file: Option<PathBuf>,
    /// For java, nss and windows: the file that holds the password for the PFX file (or OBN_NEW_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// key.pem, certificate.pem and root.pem, for OpenSSL and programs that use it
    Openssl,
    /// The same, with a configuration file for curl
    Curl,
    /// identity.p12 as a key store
    Java,
    /// identity.p12 for the databases of Firefox and Chromium
    Nss,
    /// identity.p12, root.cer and import.ps1, which puts both into the certificate stores of Windows
    Windows,
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let entry = context.entry(arguments.name.as_deref())?;
    let identity = entry.identity()?;
    if let Some(database) = &arguments.into {
        return into_database(context, &arguments, &entry, database);
    }
    let folder = arguments.out.as_deref().unwrap_or(Path::new("."));
    let path = |name: &str| folder.join(name);
    let shown = |name: &str| path(name).display().to_string();
    let in_shell = |name: &str| quoted(&shown(name));
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    if matches!(arguments.format, Format::Openssl | Format::Curl) {
        files.push(("key.pem", identity.key_pem().as_bytes().to_vec()));
        files.push(("certificate.pem", identity.certificate().to_pem().into_bytes()));
        let chain: String = identity.chain().iter().map(Certificate::to_pem).collect();
        files.push(("root.pem", chain.into_bytes()));
    } else {
        // Java 8 and old NSS read 3DES, and everything later does too.
        let password = new_password(arguments.new_password_file.as_deref()).read(context.language)?;
        files.push(("identity.p12", identity.to_pfx(&password, PfxProfile::TripleDesSha1)?));
    }
    if matches!(arguments.format, Format::Windows) {
        files.extend(identity.chain().last().map(|root| ("root.cer", root.der().to_vec())));
        files.push(("import.ps1", for_powershell(IMPORT)));
    }
    let hint = match arguments.format {
        Format::Openssl => format!(
            "openssl s_client -connect HOST:443 -cert {} -key {}",
            in_shell("certificate.pem"),
            in_shell("key.pem")
        ),
        Format::Curl => {
            files.push(("curl.conf", curl_config(&path("certificate.pem"), &path("key.pem"))));
            format!("curl --config {} https://HOST/", in_shell("curl.conf"))
        }
        Format::Java => format!(
            "java -Djavax.net.ssl.keyStore={} -Djavax.net.ssl.keyStoreType=PKCS12 -Djavax.net.ssl.keyStorePassword=…",
            in_shell("identity.p12")
        ),
        Format::Nss => format!("pk12util -d sql:$HOME/.pki/nssdb -i {}", in_shell("identity.p12")),
        Format::Windows => {
            format!("powershell -ExecutionPolicy Bypass -File \"{}\"", shown("import.ps1"))
        }
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        Failure::usage(
            format!("フォルダー {folder} を作成できません: {}", folder_cause(&error).japanese),
            format!("could not make the folder {folder}: {}", folder_cause(&error)),
        )
    })?;
    // All of them or none.
    for (name, _) in &files {
        check_room(&path(name))?;
    }
    for (name, contents) in &files {
        write_private(&path(name), contents)?;
    }
    let written: Vec<String> = files.iter().map(|(name, _)| shown(name)).collect();
    let mut json = entry_json(context, &entry);
    json["files"] = json!(written);
    json["command"] = json!(hint);
    let list = written.join(" ");
    Ok(Report::new(json)
        .line(context.say(format!("ファイルを保存しました: {list}"), format!("saved: {list}")))
        .line(context.say(format!("使用例: {hint}"), format!("to use it: {hint}"))))
}

/// PowerShell 5.1 takes a script for text of the machine's code page, unless a mark says that it is UTF-8.
fn for_powershell(script: &str) -> Vec<u8> {
    format!("\u{feff}{}", script.replace('\n', "\r\n")).into_bytes()
}

/// What `curl --config` reads. Within quotes a backslash begins a sign that is meant as it is, and in the name of a
/// certificate file a colon begins its password.
fn curl_config(certificate: &Path, key: &Path) -> Vec<u8> {
    let bytes = |path: &Path| path.as_os_str().as_encoded_bytes().to_vec();
    let line = |name: &[u8], value: &[u8]| {
        let value: Vec<u8> = escaped(value, br#"\""#)
            .into_iter()
            .flat_map(|byte| if byte == b'\n' { br"\n".to_vec() } else { vec![byte] })
            .collect();
        [name, br#" = ""#, &value, b"\"\n"].concat()
    };
    [line(b"cert", &escaped(&bytes(certificate), br"\:")), line(b"key", &bytes(key))].concat()
}

/// With a backslash before each of these signs.
fn escaped(text: &[u8], signs: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| if signs.contains(byte) { vec![b'\\', *byte] } else { vec![*byte] }).collect()
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+,@%".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn into_database(
    context: &Context,
    arguments: &Arguments,
    entry: &Entry,
    database: &Path,
) -> Result<Report, Failure> {
    if !matches!(arguments.format, Format::Nss) {
        return Err(Failure::usage(
            "--into は --format nss とともに指定してください。ほかの形式では --out を使います",
            "--into goes with --format nss; other formats go to a folder, --out",
        ));
    }
    nss::import(&entry.identity()?, database, arguments.database_password_file.as_deref())?;
    let mut json = entry_json(context, entry);
    json["database"] = output::shown(database);
    let shown = database.display();
    Ok(Report::new(json)
        .line(context.say(
            format!("NSS データベース {shown} にインポートしました"),
            format!("imported into the NSS database {shown}"),
        ))
        .line(format!("  {}", summary(context, entry))))
}
