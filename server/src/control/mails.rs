//! The outbox: what would have been mailed.

use axum::response::Response;

use super::Chosen;
use super::pages::{PageQuery, Wanted};
use super::problem::Problem;
use crate::mail::Mail;

/// The outbox in the order in which mails were written, page by page; `after` is a mail's `number`.
#[utoipa::path(get, path = "/mails", tag = "mails", params(PageQuery),
    responses((status = 200, body = Vec<Mail>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, wanted: Wanted) -> Result<Response, Problem> {
    let mails = world.mails_page(wanted.page()?).await?;
    Ok(wanted.answer(mails, |mail| mail.number, |mail| mail.clone()))
}
