//! What `obn` takes on its command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use obn_client::Language;

/// Client certificates of the online billing network: download them, keep them, renew them
///
/// Exit status: 0 done, 1 refused by the CA, 2 usage, 3 network or TLS, 4 the site broke its protocol.
///
/// Passwords come from --password-file, from the environment (OBN_PASSWORD) or from a prompt, never from an argument.
#[derive(Debug, Parser)]
#[command(name = "obn", version, max_term_width = 100)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The site
    #[arg(long, env = "OBN_URL", global = true, default_value = "https://cert.obn.managedpki.ne.jp")]
    pub(crate) url: String,
    /// The root certificate to trust for TLS (PEM); only servers below it are spoken to
    #[arg(long, env = "OBN_ROOT", global = true, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// Intermediate certificates (PEM) for a server that does not send its own
    #[arg(long, env = "OBN_INTERMEDIATES", global = true, value_name = "FILE")]
    pub(crate) intermediates: Option<PathBuf>,
    /// A proxy to go through (http://host:port); without it the site is reached directly
    #[arg(long, env = "OBN_PROXY", global = true, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// The user at the proxy (NTLM, where DOMAIN\NAME is possible, or Basic); the password comes from OBN_PROXY_PASSWORD or the file
    #[arg(long, env = "OBN_PROXY_USER", global = true, value_name = "NAME")]
    pub(crate) proxy_user: Option<String>,
    /// The file that holds the password for the proxy
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) proxy_password_file: Option<PathBuf>,
    /// Hosts to reach without the proxy, such as *.obn.managedpki.ne.jp;*.rece
    #[arg(long, env = "OBN_PROXY_BYPASS", global = true, value_name = "HOSTS", default_value = "")]
    #[arg(hide_default_value = true)]
    pub(crate) proxy_bypass: String,
    /// The folder that keeps the certificates [default: obn in the user's data folder]
    #[arg(long, env = "OBN_STORE", global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// How often to look at the status of a renewal, in seconds
    #[arg(long, env = "OBN_POLL_INTERVAL", global = true, value_name = "SECONDS", default_value = "2")]
    #[arg(value_parser = seconds)]
    pub(crate) poll_interval: Duration,
    /// How long to wait for a renewal to be issued before giving up, in seconds [default: 300 looks at its status]
    #[arg(long, env = "OBN_WAIT", global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) wait: Option<Duration>,
    /// The language of messages, ja or en [default: by locale]
    #[arg(long, env = "OBN_LANG", global = true, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// Print one JSON document instead of text
    #[arg(long, env = "OBN_JSON", global = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) json: bool,
    /// Take this for the present time (RFC 3339), to go along with a simulator whose clock was moved
    #[arg(long, env = "OBN_NOW", global = true, value_name = "TIME")]
    pub(crate) now: Option<jiff::Timestamp>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Fetch the root certificate that the site offers (manual 5.3)
    Root(crate::cli::commands::root::Arguments),
    /// Download the certificate of an issue notice (manual 1.1)
    Download(crate::cli::commands::download::Arguments),
    /// Renew a certificate: apply, wait until it is issued, fetch the key (manual 2.2)
    Renew(crate::cli::commands::renew::Arguments),
    /// Fetch the key of a certificate that was renewed already (manual 2.2.1)
    Collect(crate::cli::commands::collect::Arguments),
    /// Apply for the revocation of a certificate (manual chapter 3)
    Revoke(crate::cli::commands::revoke::Arguments),
    /// Tell what is inside a PFX file
    Show(crate::cli::commands::show::Arguments),
    /// List the certificates in the store; * marks the current one
    List(crate::cli::commands::list::Arguments),
    /// Say what the MPKI client would say today about certificates that end soon (manual 2.1)
    Notices(crate::cli::commands::notices::Arguments),
    /// Keep watch: show the notices, run a program for them, renew if told to; stops on SIGTERM
    Watch(crate::cli::commands::watch::Arguments),
    /// Write a certificate with key and chain to a PFX file under a new password (manual 1.4, 2.1.2)
    Backup(crate::cli::commands::backup::BackupArguments),
    /// Put certificates from PFX files into the store
    Restore(crate::cli::commands::backup::RestoreArguments),
    /// Write a certificate for OpenSSL, curl, Java or NSS, or put it into the database of a browser
    Export(crate::cli::commands::export::Arguments),
    /// Remove a certificate from the store (manual chapter 4)
    Remove(crate::cli::commands::remove::Arguments),
    /// Print the completion script of a shell
    Completions(crate::cli::commands::generate::CompletionArguments),
    /// Write the man pages
    Man(crate::cli::commands::generate::ManArguments),
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
