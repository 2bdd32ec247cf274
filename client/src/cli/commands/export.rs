//! `obn export`: files for other programs, and how they take them.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::nss;
use crate::cli::output::{self, Report};
use crate::cli::password::new_password;
use crate::cli::present::{entry_json, summary};
use crate::{Certificate, Entry, PfxProfile, write_private};

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
    /// For java and nss: the file that holds the password for the PFX file (or OBN_NEW_PASSWORD); - is standard input
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
    let hint = match arguments.format {
        Format::Openssl => format!(
            "openssl s_client -connect HOST:443 -cert {} -key {}",
            shown("certificate.pem"),
            shown("key.pem")
        ),
        Format::Curl => {
            let config = format!("cert = \"{}\"\nkey = \"{}\"\n", shown("certificate.pem"), shown("key.pem"));
            files.push(("curl.conf", config.into_bytes()));
            format!("curl --config {} https://HOST/", shown("curl.conf"))
        }
        Format::Java => format!(
            "java -Djavax.net.ssl.keyStore={} -Djavax.net.ssl.keyStoreType=PKCS12 -Djavax.net.ssl.keyStorePassword=…",
            shown("identity.p12")
        ),
        Format::Nss => format!("pk12util -d sql:$HOME/.pki/nssdb -i {}", shown("identity.p12")),
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        Failure::usage(
            format!("{folder} を作成できません: {error}"),
            format!("could not make {folder}: {error}"),
        )
    })?;
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

fn into_database(
    context: &Context,
    arguments: &Arguments,
    entry: &Entry,
    database: &Path,
) -> Result<Report, Failure> {
    if !matches!(arguments.format, Format::Nss) {
        return Err(Failure::usage(
            "--into は --format nss とともに指定してください",
            "--into goes with --format nss",
        ));
    }
    nss::import(&entry.identity()?, database, arguments.database_password_file.as_deref())?;
    let mut json = entry_json(context, entry);
    json["database"] = output::shown(database);
    let shown = database.display();
    Ok(Report::new(json)
        .line(context.say(
            format!("NSSデータベース {shown} にインポートしました"),
            format!("imported into the NSS database {shown}"),
        ))
        .line(format!("  {}", summary(context, entry))))
}
