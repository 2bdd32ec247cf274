//! `obn renew`

use std::io::IsTerminal;

use serde_json::json;

use crate::cli::arrivals::is_same;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::password::new_password;
use crate::cli::present::{identity_facts, identity_json};
use crate::cli::renewing::{IdentityArguments, Old, check_output, done, keep_renewed, renew};
use crate::store::files::read_own;
use crate::{Entry, Identity, Pin, Store};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    old: IdentityArguments,
    /// Apply even if more than 90 days are left, and replace the output file if there is one
    #[arg(long)]
    force: bool,
    /// Don't ask first, which is done at a terminal only
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let store = arguments.old.store(context)?;
    // Held to the end: two processes must not apply for the same certificate.
    let (old, _claim) = arguments.old.claimed(context, store.as_ref()).await?;
    let mut record = arguments.old.record(&old, store.as_ref());
    let is_watched = std::io::stderr().is_terminal() && !context.global.json;
    record.shown_in = is_watched.then_some(context.language);
    let arrivals = arguments.old.arrivals(&old, store.as_ref(), None);
    let earlier = arrivals.earlier()?;
    let is_begun = earlier.is_some() || record.load()?.is_some();
    if !is_begun
        && !arguments.force
        && let Some(entry) = &old.entry
        && !is_due(context, &old)
    {
        return Ok(not_due(context, &entry.identity()?));
    }
    if !is_begun
        && !arguments.force
        && let Some(new) = successor(&old, store.as_ref())?
    {
        return Ok(already(context, &new.identity()?));
    }
    let pin = new_password(arguments.old.new_password_file.as_deref()).read_pin(context.language)?;
    if earlier.is_none()
        && let Some(done) = renewed_before(&arguments.old, &old, &pin)
    {
        return Ok(already(context, &done));
    }
    let is_written = arguments.old.out.as_deref().is_some_and(|out| is_same(earlier.as_deref(), out));
    check_output(context, &arguments.old, store.as_ref(), arguments.force || is_written).await?;
    // As the manual's program does (2.1, steps 3 to 6). What has begun applies for nothing more.
    if !is_begun {
        let subject = old.credential.certificate().subject().to_string();
        context.confirm(
            arguments.yes,
            format!("証明書の更新を申請します: {subject}\nよろしいですか"),
            format!("this applies for the renewal of {subject}\nGo on?"),
        )?;
    }
    let renewed = renew(context, &old, &pin, &mut record, (&arrivals, earlier)).await?;
    let kept = (&mut record, &arrivals);
    keep_renewed(context, &arguments.old, &old, store.as_ref(), &renewed, kept, done(context)).await
}

/// What another run has renewed the certificate by.
fn successor(old: &Old, store: Option<&Store>) -> Result<Option<Entry>, Failure> {
    let (Some(entry), Some(store)) = (&old.entry, store) else { return Ok(None) };
    let (entries, _) = store.survey()?;
    Ok(entries.into_iter().find(|other| other.renews() == Some(entry.name())))
}

fn is_due(context: &Context, old: &Old) -> bool {
    // After its end the CA will say so in its own words.
    old.credential.certificate().days_left(&context.clock) < 0
        || old.credential.certificate().is_renewable(&context.clock)
}

/// In the store a renewal is a routine that may be run every day, so too early is no error.
fn not_due(context: &Context, old: &Identity) -> Report {
    let days = old.certificate().days_left(&context.clock);
    let mut json = identity_json(context, old);
    json["renewed"] = json!(false);
    Report::new(json).line(context.say(
        format!("更新の時期ではありません(残り {days} 日、90 日前から更新できます)"),
        format!("nothing to renew yet: {days} days left, renewal opens 90 days before the end"),
    ))
}

/// The result of a run that was ended after the file was written and before it could say so.
fn renewed_before(arguments: &IdentityArguments, old: &Old, pin: &Pin) -> Option<Identity> {
    let bytes = read_own(arguments.out.as_ref()?).ok()?;
    let new = Identity::from_pfx(&bytes, &pin.into()).ok()?;
    let (before, after) = (old.credential.certificate(), new.certificate());
    let follows = after.subject() == before.subject() && after.not_after() > before.not_after();
    (follows && new.verify().is_ok()).then_some(new)
}

fn already(context: &Context, new: &Identity) -> Report {
    let mut json = identity_json(context, new);
    json["renewed"] = json!(false);
    Report::new(json)
        .line(context.say("証明書は既に更新されています", "the certificate has been renewed already"))
        .table(&identity_facts(context, new))
}
