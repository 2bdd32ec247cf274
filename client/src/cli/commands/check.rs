//! `obn check`

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::present::{identity_facts, identity_json};
use crate::cli::renewing::open_file;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The certificate, as `obn list` names it [default: the current one]
    #[arg(conflicts_with = "identity")]
    name: Option<String>,
    /// A PFX file to authenticate with, instead of a certificate in the store
    #[arg(long, env = "OBN_IDENTITY", value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file that holds its password (or OBN_IDENTITY_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    identity_password_file: Option<PathBuf>,
    /// The site to log in at, such as https://hweb.oqs.onshikaku.org
    #[arg(long, env = "OBN_LOGIN_URL", value_name = "URL")]
    login_url: String,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let identity = match &arguments.identity {
        Some(file) => open_file(context, file, arguments.identity_password_file.as_deref())?,
        None => context.entry(arguments.name.as_deref())?.identity()?,
    };
    let url = &arguments.login_url;
    let client = context.client_at(url)?.identity(identity.clone()).build()?;
    let login = client.log_in().await?;
    let facts: serde_json::Map<_, _> =
        login.facts.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let json = json!({
        "url": url,
        "certificate": identity_json(context, &identity),
        "page": { "heading": login.heading, "messages": login.messages, "facts": facts },
    });
    let done = context.say(format!("ログインできました: {url}"), format!("logged in at {url}"));
    let page = std::iter::once(login.heading).filter(|heading| !heading.is_empty()).chain(login.messages);
    Ok(Report::new(json).line(done).lines(page).table(&identity_facts(context, &identity)))
}
