//! Certificates: what the CA signed, and the roots above it and above the site.

use axum::Json;
use axum::extract::RawPathParams;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Chosen;
use super::pages::{SearchQuery, Searched, gone_on};
use super::problem::{Problem, or_nothing, part};
use crate::authority::{CertificateStatus, Record, Revocation};
use crate::portal::answer::disposition;
use crate::scenes::PASSWORD;
use crate::terms::{IdentifierError, Pin, RevocationReason, Serial};

/// A certificate as the CA knows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CertificateBody {
    /// 32 hexadecimal digits
    serial: String,
    /// Its request ID
    request_id: String,
    /// The subject (RFC 4514)
    subject: String,
    /// `valid`, `expired` or `revoked`, by the simulated clock
    status: CertificateStatus,
    /// First second of validity
    #[schema(value_type = String, format = DateTime)]
    not_before: Timestamp,
    /// Last second of validity
    #[schema(value_type = String, format = DateTime)]
    not_after: Timestamp,
    /// When and why it was revoked
    revocation: Option<Revocation>,
    /// The certificate
    #[serde(skip_serializing_if = "Option::is_none")]
    pem: Option<String>,
}

impl CertificateBody {
    fn new(record: &Record, now: Timestamp, der: Option<Vec<u8>>) -> Self {
        let certificate = &record.certificate;
        Self {
            serial: certificate.serial.to_string(),
            request_id: record.notice.request_id.to_string(),
            subject: certificate.subject.to_string(),
            status: certificate.status(now),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            revocation: certificate.revocation,
            pem: der.as_deref().map(crate::pki::certificate_pem),
        }
    }
}

/// Certificates in the order of issue, without PEM, page by page.
#[utoipa::path(get, path = "/certificates", tag = "certificates", params(SearchQuery),
    responses((status = 200, body = Vec<CertificateBody>), (status = 400, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn all(Chosen(world): Chosen, Searched(wanted): Searched) -> Result<Response, Problem> {
    let now = world.clock.now();
    let records = match &wanted.beginning {
        Some(beginning) => world.find_records(beginning, wanted.most(), wanted.order).await?,
        None => world.certificates_page(wanted.page()?).await.map_err(gone_on)?,
    };
    let body = |(record, _): &(Record, bool)| CertificateBody::new(record, now, None);
    Ok(wanted.answer(records, |(record, _)| record.certificate.serial, body))
}

/// One certificate with its PEM.
#[utoipa::path(get, path = "/certificates/{serial}", tag = "certificates", params(("serial" = String, Path)),
    responses((status = 200, body = CertificateBody), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn one(
    Chosen(world): Chosen,
    parameters: RawPathParams,
) -> Result<Json<CertificateBody>, Problem> {
    let record = world.record_by_serial(part::<Serial>(&parameters, "serial")?).await?;
    let der = world.certificate_der(&record.certificate).await?;
    Ok(Json(CertificateBody::new(&record, world.clock.now(), Some(der))))
}

/// Why a certificate is revoked.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeBody {
    /// Reason code of RFC 5280; otherwise `unspecified`
    #[serde(default)]
    reason: RevocationReason,
}

/// Revokes a certificate at this moment of simulated time.
#[utoipa::path(post, path = "/certificates/{serial}/revoke", tag = "certificates", params(("serial" = String, Path)),
    request_body = Option<RevokeBody>,
    responses((status = 200, body = CertificateBody), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    bytes: axum::body::Bytes,
) -> Result<Json<CertificateBody>, Problem> {
    let body: RevokeBody = or_nothing(&bytes)?;
    let record = world.revoke(part::<Serial>(&parameters, "serial")?, body.reason).await?;
    Ok(Json(CertificateBody::new(&record, world.clock.now(), None)))
}

/// How the file shall be encrypted. The whole body may be left out.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PfxBody {
    /// Four digits; otherwise `1234`
    #[serde(default = "usual_password")]
    password: String,
}

impl Default for PfxBody {
    fn default() -> Self {
        Self { password: usual_password() }
    }
}

fn usual_password() -> String {
    PASSWORD.to_owned()
}

/// The PFX file of a certificate, as the terminal has it that fetched it: whatever its state is, whether or not the site
/// would hand it out today, and without counting as a download.
#[utoipa::path(post, path = "/certificates/{serial}/pfx", tag = "certificates", params(("serial" = String, Path)),
    request_body = PfxBody, responses((status = 200, content_type = "application/x-pkcs12"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn pfx(
    Chosen(world): Chosen,
    parameters: RawPathParams,
    bytes: axum::body::Bytes,
) -> Result<impl IntoResponse, Problem> {
    let body: PfxBody = or_nothing(&bytes)?;
    let pin: Pin = body
        .password
        .parse()
        .map_err(|error: IdentifierError| Problem::unprocessable(&format!("password: {error}")))?;
    let file = world.export(part::<Serial>(&parameters, "serial")?, pin).await?;
    let kind = HeaderValue::from_static("application/x-pkcs12");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition(&file.name))];
    Ok((headers, file.bytes))
}

/// The root that clients must trust for TLS, as PEM.
#[utoipa::path(get, path = "/root.pem", tag = "certificates", responses((status = 200, content_type = "application/x-pem-file")))]
pub(super) async fn root(Chosen(world): Chosen) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], world.tls().root_pem())
}

/// The site moves to another TLS root, for good: clients that trust the old one alone are shut out. Answers with the new
/// one, as PEM.
#[utoipa::path(post, path = "/root/replace", tag = "certificates", responses((status = 200, content_type = "application/x-pem-file")))]
pub(super) async fn replace_root(Chosen(world): Chosen) -> Result<impl IntoResponse, Problem> {
    let chain = world.replace_root().await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], chain.root_pem()))
}

/// The client CA that signs institutions' certificates, as PEM.
#[utoipa::path(get, path = "/issuer.pem", tag = "certificates", responses((status = 200, content_type = "application/x-pem-file")))]
pub(super) async fn issuer(Chosen(world): Chosen) -> Result<impl IntoResponse, Problem> {
    let ca = world.client_ca().await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], crate::pki::certificate_pem(ca.certificate())))
}
