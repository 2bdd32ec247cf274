//! `obn revoke`

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::renewing::open_file;
use crate::{Entry, MailAddress, ReferenceId, RequestId};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// リクエストID of the certificate to revoke
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: RequestId,
    /// リファレンスID of the certificate to revoke [default: as the store knows it]
    #[arg(long, env = "OBN_REFERENCE_ID", value_name = "ID")]
    reference_id: Option<ReferenceId>,
    /// Where the CA writes to when the certificate has been revoked
    #[arg(long, env = "OBN_EMAIL", value_name = "ADDRESS")]
    email: MailAddress,
    /// A PFX file to show if the site asks for a client certificate [default: the one in the store, if it is there]
    #[arg(long, env = "OBN_IDENTITY", value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file that holds its password (or OBN_IDENTITY_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    identity_password_file: Option<PathBuf>,
    /// Don't ask first, which is done at a terminal only
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let entry = entry(context, &arguments)?;
    let known = entry.as_ref().and_then(|entry| entry.reference_id().cloned());
    let Some(reference_id) = arguments.reference_id.or(known) else {
        return Err(Failure::usage(
            "リファレンス ID を --reference-id(OBN_REFERENCE_ID)で指定してください。電子証明書発行通知書、または obn renew の結果に記載されています",
            "give the reference ID with --reference-id or OBN_REFERENCE_ID; it stands in the issue notice, or in what obn renew said",
        ));
    };
    // The manual's user does this on the terminal that has the certificate.
    let identity = match (&arguments.identity, &entry) {
        (Some(file), _) => Some(open_file(context, file, arguments.identity_password_file.as_deref())?),
        (None, Some(entry)) => Some(entry.identity()?),
        (None, None) => None,
    };
    let mut builder = context.client()?;
    context.confirm(
        arguments.yes,
        format!(
            "証明書の失効を申請します: {}\n失効した証明書は元に戻せません。よろしいですか",
            arguments.request_id
        ),
        format!("this applies for the revocation of {}\nIt can't be undone. Go on?", arguments.request_id),
    )?;
    if let Some(identity) = identity {
        builder = builder.identity(identity);
    }
    let (request_id, mail) = (&arguments.request_id, &arguments.email);
    let revocation = builder.build()?.revoke(request_id, &reference_id, mail).await?;
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

/// What the store has under this request ID.
fn entry(context: &Context, arguments: &Arguments) -> Result<Option<Entry>, Failure> {
    let Ok(store) = context.store() else { return Ok(None) };
    let request_id = arguments.request_id.to_string();
    Ok(store.entries()?.into_iter().find(|entry| entry.request_id() == Some(request_id.as_str())))
}
