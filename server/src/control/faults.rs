//! Faults over HTTP: switch on and off, list, catalogue.

use axum::Json;
use axum::extract::RawPathParams;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::Chosen;
use super::problem::{Body, Problem, part};
use crate::faults::{At, Effect, Fault, Match, Named, Rule, catalogue};
use crate::terms::{RequestId, Serial};

/// A fault to switch on: one of the catalogue by its `name`, or one of one's own by its `effect`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetBody {
    /// Name in the catalogue; with an `effect`, any name that the journal shall use
    name: Option<String>,
    /// Which exchanges it strikes; of a fault of the catalogue, what differs
    r#match: Option<MatchBody>,
    /// What it does
    effect: Option<Effect>,
    /// Before (`request`) or after (`answer`) the authority has done its work; otherwise as fits the rest
    at: Option<At>,
    /// How often it strikes, 0: until it is removed; otherwise once, or as the catalogue says
    times: Option<u32>,
}

/// Members of a match that are given. See [`Match`].
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MatchBody {
    path: Option<String>,
    method: Option<String>,
    outcome: Option<String>,
    #[schema(value_type = Option<String>)]
    request_id: Option<RequestId>,
    #[schema(value_type = Option<String>)]
    serial: Option<Serial>,
    pfx: Option<bool>,
    nth: Option<u32>,
}

impl MatchBody {
    fn over(self, base: Match) -> Match {
        Match {
            path: self.path.or(base.path),
            method: self.method.or(base.method),
            outcome: self.outcome.or(base.outcome),
            request_id: self.request_id.or(base.request_id),
            serial: self.serial.or(base.serial),
            pfx: self.pfx.unwrap_or(base.pfx),
            nth: self.nth.or(base.nth),
        }
    }
}

impl TryFrom<SetBody> for Rule {
    type Error = Problem;

    fn try_from(body: SetBody) -> Result<Self, Problem> {
        let given = body.r#match.unwrap_or_default();
        let rule = match (body.effect, body.name) {
            (Some(effect), name) => {
                let r#match = given.over(Match::default());
                let at = if r#match.needs_answer() { At::Answer } else { effect.usual() };
                let name = name.unwrap_or_else(|| effect.kind().to_owned());
                Self { name, at: body.at.unwrap_or(at), r#match, effect, times: body.times.unwrap_or(1) }
            }
            (None, Some(name)) => {
                let named = catalogue().into_iter().find(|named| named.rule.name == name);
                let Some(Named { rule, .. }) = named else {
                    let detail = "name: not in the catalogue (GET /faults/catalogue); or add an effect";
                    return Err(Problem::unprocessable(detail));
                };
                let r#match = given.over(rule.r#match);
                // What asks for the answer can strike there only.
                let at = if r#match.needs_answer() && rule.effect.works(At::Answer) {
                    At::Answer
                } else {
                    rule.at
                };
                Self {
                    name: rule.name,
                    at: body.at.unwrap_or(at),
                    r#match,
                    effect: rule.effect,
                    times: body.times.unwrap_or(rule.times),
                }
            }
            (None, None) => {
                return Err(Problem::unprocessable("a fault has a name of the catalogue or an effect"));
            }
        };
        rule.check().map_err(|reason| Problem::unprocessable(&reason))?;
        Ok(rule)
    }
}

/// A fault that is switched on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct FaultBody {
    /// Counts the faults of a world, from 1
    id: u64,
    /// What the journal calls it
    name: String,
    /// When it strikes
    at: At,
    /// Which exchanges it strikes
    r#match: Match,
    /// What it does
    effect: Effect,
    /// How often it strikes; 0: until it is removed
    times: u32,
    /// How many exchanges have fitted
    seen: u32,
    /// How often it has struck; 0 at the end of a test means that nothing was tested
    fired: u32,
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        let Rule { name, at, r#match, effect, times } = fault.rule;
        Self { id: fault.id, name, at, r#match, effect, times, seen: fault.seen, fired: fault.fired }
    }
}

/// A fault of the catalogue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct NamedBody {
    /// What to say in `POST /faults`
    name: String,
    /// What happens, in Japanese
    ja: &'static str,
    /// What happens, in English
    en: &'static str,
    /// When it strikes
    at: At,
    /// Which exchanges it strikes unless told otherwise
    r#match: Match,
    /// What it does
    effect: Effect,
    /// How often it strikes unless told otherwise; 0: until it is removed
    times: u32,
}

impl From<Named> for NamedBody {
    fn from(named: Named) -> Self {
        let Rule { name, at, r#match, effect, times } = named.rule;
        Self { name, ja: named.ja, en: named.en, at, r#match, effect, times }
    }
}

/// The faults that are switched on, with how often each has struck.
#[utoipa::path(get, path = "/faults", tag = "faults", responses((status = 200, body = Vec<FaultBody>)))]
pub(super) async fn list(Chosen(world): Chosen) -> Result<Json<Vec<FaultBody>>, Problem> {
    Ok(Json(world.switched_faults().await?.into_iter().map(FaultBody::from).collect()))
}

/// Switches a fault on.
#[utoipa::path(post, path = "/faults", tag = "faults", request_body = SetBody,
    responses((status = 201, body = FaultBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set(
    Chosen(world): Chosen,
    Body(body): Body<SetBody>,
) -> Result<impl IntoResponse, Problem> {
    let fault = world.set_fault(body.try_into()?).await?;
    let location = format!("faults/{}", fault.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(FaultBody::from(fault))))
}

/// Switches all faults off. The journal says which of them never struck.
#[utoipa::path(delete, path = "/faults", tag = "faults", responses((status = 204)))]
pub(super) async fn clear(Chosen(world): Chosen) -> Result<StatusCode, Problem> {
    world.clear_faults().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches a fault off.
#[utoipa::path(delete, path = "/faults/{id}", tag = "faults", params(("id" = u64, Path)),
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn remove(Chosen(world): Chosen, parameters: RawPathParams) -> Result<StatusCode, Problem> {
    world.remove_fault(part(&parameters, "id")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The faults that have a name, each with what happens in one sentence.
#[utoipa::path(get, path = "/faults/catalogue", tag = "faults", responses((status = 200, body = Vec<NamedBody>)))]
pub(super) async fn named() -> Json<Vec<NamedBody>> {
    Json(catalogue().into_iter().map(NamedBody::from).collect())
}
