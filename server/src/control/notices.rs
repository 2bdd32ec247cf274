//! Notices: what the registration authority issues and prints.

use askama::Template;
use axum::Json;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::pages::{SearchQuery, Searched, gone_on};
use super::problem::{Body, Problem, part};
use super::{Chosen, Control};
use crate::authority::{IssueOrder, Record};
use crate::portal::filled;
use crate::terms::{Category, Prefecture, RequestId};
use crate::world::{World, WorldError};

/// 発行通知書 as JSON. Dates are days in the profile's `clock.zone`: in Japan, unless it says UTC.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct NoticeBody {
    /// リクエストID, 15 digits
    pub request_id: String,
    /// リファレンスID, 10 letters and digits
    pub reference_id: String,
    /// 発行者: the issuing CA's common name
    pub issuer: String,
    /// 発行元: the institution code (10 digits), an insurer's number (8 digits) or a 受付番号
    pub institution_code: String,
    /// 端末名称等
    pub terminal_name: String,
    /// What the subject's second organizational unit stands for
    pub category: Category,
    /// Day of issue
    #[schema(value_type = String, format = Date)]
    pub issued_on: Date,
    /// 電子証明書有効期限, first day
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// 電子証明書有効期限, last day
    #[schema(value_type = String, format = Date)]
    pub valid_until: Date,
    /// 電子証明書ダウンロードサイト有効期限, last day
    #[schema(value_type = String, format = Date)]
    pub download_until: Date,
    /// Serial number of the certificate, 32 hexadecimal digits
    pub serial: String,
    /// How often it was downloaded
    pub downloads: u32,
    /// Left out unless it is a web renewal's: then nobody posts it, and 送信完了 shows its IDs (manual 2.2)
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub renewal: bool,
    /// What the registration authority should hear although the notice was issued
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<&'static str>,
}

impl From<&Record> for NoticeBody {
    fn from(record: &Record) -> Self {
        let notice = &record.notice;
        Self {
            request_id: notice.request_id.to_string(),
            reference_id: notice.reference_id.reveal().to_owned(),
            issuer: notice.issuer.clone(),
            institution_code: notice.institution_code.to_string(),
            terminal_name: notice.terminal_name.clone(),
            category: notice.category,
            issued_on: notice.issued_on,
            valid_from: notice.valid_from,
            valid_until: notice.valid_until,
            download_until: notice.download_until,
            serial: record.certificate.serial.to_string(),
            downloads: record.downloads.count,
            renewal: false,
            warning: None,
        }
    }
}

/// What to issue: one certificate for one terminal.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    /// 医療機関コード (10 digits), 保険者番号 (8 digits) or 受付番号 (12 to 20 letters and digits)
    institution_code: String,
    /// 端末名称等, 1 to 64 characters
    terminal_name: String,
    /// Otherwise taken from the code: the third digit of an institution's
    category: Option<Category>,
    /// Name in Latin letters, such as `tokyo`; otherwise taken from the code; a 受付番号 tells none, and then the subject has none
    prefecture: Option<String>,
    /// Day of issue; otherwise today in the profile's `clock.zone`, by the simulated clock
    #[schema(value_type = Option<String>, format = Date)]
    issued_on: Option<Date>,
    /// First day of validity; otherwise the day of issue
    #[schema(value_type = Option<String>, format = Date)]
    valid_from: Option<Date>,
    /// Last day of validity; otherwise 3 years and 3 months after the first
    #[schema(value_type = Option<String>, format = Date)]
    valid_until: Option<Date>,
}

impl TryFrom<OrderBody> for IssueOrder {
    type Error = Problem;

    fn try_from(body: OrderBody) -> Result<Self, Problem> {
        let institution_code = body
            .institution_code
            .parse()
            .map_err(|error| Problem::unprocessable(&format!("institution_code: {error}")))?;
        let prefecture = body
            .prefecture
            .map(|name| {
                Prefecture::from_name(&name)
                    .ok_or_else(|| Problem::unprocessable("prefecture: no prefecture has this name"))
            })
            .transpose()?;
        Ok(Self {
            institution_code,
            terminal_name: body.terminal_name,
            category: body.category,
            prefecture,
            issued_on: body.issued_on,
            valid_from: body.valid_from,
            valid_until: body.valid_until,
        })
    }
}

/// Issues a certificate and its notice.
#[utoipa::path(post, path = "/notices", tag = "notices", request_body = OrderBody,
    responses((status = 201, body = NoticeBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn issue(
    Chosen(world): Chosen,
    Body(body): Body<OrderBody>,
) -> Result<impl IntoResponse, Problem> {
    let (record, warning) = world.issue(body.try_into()?).await?;
    let location = format!("notices/{}", record.notice.request_id);
    let body = NoticeBody { warning, ..NoticeBody::from(&record) };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)))
}

/// Notices in the order of issue, web renewals among them, page by page.
#[utoipa::path(get, path = "/notices", tag = "notices", params(SearchQuery),
    responses((status = 200, body = Vec<NoticeBody>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, Searched(wanted): Searched) -> Result<Response, Problem> {
    let records = match &wanted.beginning {
        Some(beginning) => world.find_records(beginning, wanted.most(), wanted.order).await?,
        None => world.notices_page(wanted.page()?).await.map_err(gone_on)?,
    };
    let body =
        |(record, renewal): &(Record, bool)| NoticeBody { renewal: *renewal, ..NoticeBody::from(record) };
    Ok(wanted.answer(records, |(record, _)| record.notice.request_id.clone(), body))
}

/// One notice; as a page to print if `text/html` is asked for and there is one.
#[utoipa::path(get, path = "/notices/{request_id}", tag = "notices", params(("request_id" = String, Path)),
    responses((status = 200, body = NoticeBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn one(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let notice = notice(&world, &parameters).await?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") && !notice.renewal {
        return Ok(printed(&notice).into_response());
    }
    Ok(Json(notice).into_response())
}

async fn notice(world: &World, parameters: &RawPathParams) -> Result<NoticeBody, Problem> {
    let record = world.record(&part::<RequestId>(parameters, "request_id")?).await?;
    let renewal = match world.renewal(&record.notice.request_id).await {
        Ok(_) => true,
        Err(WorldError::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(NoticeBody { renewal, ..NoticeBody::from(&record) })
}

/// One notice as a page to print, laid out like the sample in the manual (1.1). For a web renewal there is none.
#[utoipa::path(get, path = "/notices/{request_id}/print", tag = "notices", params(("request_id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn print(Chosen(world): Chosen, parameters: RawPathParams) -> Result<Html<String>, Problem> {
    let notice = notice(&world, &parameters).await?;
    if notice.renewal {
        let detail = "no 発行通知書 is posted for a web renewal: its IDs stand on 送信完了 (manual 2.2)";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    Ok(printed(&notice))
}

/// Where to go on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct OpenBody {
    /// The portal's 証明書の取得画面 with the IDs typed in. For five minutes; then it is the page without them
    url: String,
}

/// The URL of `/p/rcd` with the IDs of this notice typed in already, for a browser. The site shows such a page to nobody else.
#[utoipa::path(post, path = "/notices/{request_id}/open", tag = "notices", params(("request_id" = String, Path)),
    responses((status = 200, body = OpenBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn open(
    State(control): State<Control>,
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<OpenBody>, Problem> {
    let record = world.record(&part::<RequestId>(&parameters, "request_id")?).await?;
    let portal = control.listeners.url(world.name());
    let address = filled::address(&world, &record.notice.request_id);
    Ok(Json(OpenBody { url: portal + &address }))
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    notice: &'a NoticeBody,
}

impl NoticePage<'_> {
    /// `2026/11/23`, as the notice prints days.
    fn day(&self, day: &Date) -> String {
        format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day())
    }
}

fn printed(notice: &NoticeBody) -> Html<String> {
    let page = NoticePage { notice };
    Html(page.render().expect("templates write into memory and call nothing that fails"))
}
