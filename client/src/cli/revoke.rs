//! `obn revoke`

use std::path::PathBuf;

use obn_client::{Identity, MailAddress, ReferenceId, RequestId};
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::identity::open_file;
use super::report::Report;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// リクエストID of the certificate to revoke
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: RequestId,
    /// リファレンスID of the certificate to revoke
    #[arg(long, env = "OBN_REFERENCE_ID", value_name = "ID")]
    reference_id: ReferenceId,
    /// Where the CA writes to when the certificate has been revoked
    #[arg(long, env = "OBN_EMAIL", value_name = "ADDRESS")]
    email: MailAddress,
    /// A PFX file to show if the site asks for a client certificate [default: the one in the store, if it is there]
    #[arg(long, env = "OBN_IDENTITY", value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file that holds its password (or OBN_IDENTITY_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    identity_password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let mut builder = context.client()?;
    if let Some(identity) = identity(context, &arguments)? {
        builder = builder.identity(identity);
    }
    let (request_id, mail) = (&arguments.request_id, &arguments.email);
    let revocation = builder.build()?.revoke(request_id, &arguments.reference_id, mail).await?;
    let json = json!({
        "request_id": request_id.to_string(),
        "email": mail.to_string(),
        "heading": revocation.heading,
        "messages": revocation.messages,
    });
    Ok(Report::new(json)
        .line(context.say(
            format!("失効申請を送信しました: {request_id}"),
            format!("applied for the revocation of {request_id}"),
        ))
        .line(context.say(
            format!("失効が完了すると {mail} に連絡があります"),
            format!("the CA will write to {mail} when it has been revoked"),
        ))
        .lines(revocation.messages))
}

/// The certificate that the manual's user has on the terminal.
fn identity(context: &Context, arguments: &Arguments) -> Result<Option<Identity>, Failure> {
    if let Some(file) = &arguments.identity {
        return open_file(context, file, arguments.identity_password_file.as_deref()).map(Some);
    }
    let Ok(store) = context.store() else { return Ok(None) };
    let request_id = arguments.request_id.to_string();
    let entry = store.entries()?.into_iter().find(|entry| entry.request_id() == Some(request_id.as_str()));
    Ok(entry.map(|entry| entry.identity()).transpose()?)
}
