//! The options of every command.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::Language;

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The site
    #[arg(long, env = "OBN_URL", global = true, default_value = "https://cert.obn.managedpki.ne.jp")]
    pub(crate) url: String,
    /// A second address of the site, for pages of renewal on a host or port of their own; IDs, passwords and the client certificate go to the two and nowhere else
    #[arg(long, env = "OBN_RENEWAL_URL", global = true, value_name = "URL")]
    pub(crate) renewal_url: Option<String>,
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
    /// Write what the site and this program sent each other to this file (HAR), without IDs, passwords, names, cookies and keys
    #[arg(long, env = "OBN_RECORD", global = true, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
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

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
