//! The simulated clock.

use axum::Json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Chosen;
use super::problem::{Body, Problem};
use crate::clock::{Duration, Mode};
use crate::world::World;

/// The simulated clock as it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ClockBody {
    /// The simulated instant
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// `running` or `frozen`
    mode: Mode,
}

/// What to set; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetBody {
    /// An instant of the years 2000 to 2199
    #[schema(value_type = Option<String>, format = DateTime)]
    now: Option<Timestamp>,
    /// `running` or `frozen`
    mode: Option<Mode>,
}

/// How far to move the clock.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvanceBody {
    /// A duration such as `90s`, `15m`, `1h 30m` or `91d`; with a minus sign, back
    #[schema(value_type = String, example = "91d")]
    by: Duration,
}

/// The simulated clock.
#[utoipa::path(get, path = "/clock", tag = "clock", responses((status = 200, body = ClockBody)))]
pub(super) async fn show(Chosen(world): Chosen) -> Json<ClockBody> {
    Json(body(&world))
}

/// Sets the clock, freezes it, or lets it run.
#[utoipa::path(put, path = "/clock", tag = "clock", request_body = SetBody,
    responses((status = 200, body = ClockBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set(Chosen(world): Chosen, Body(set): Body<SetBody>) -> Result<Json<ClockBody>, Problem> {
    world.set_clock(set.now, set.mode).await?;
    Ok(Json(body(&world)))
}

/// Moves the clock.
#[utoipa::path(post, path = "/clock/advance", tag = "clock", request_body = AdvanceBody,
    responses((status = 200, body = ClockBody), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn advance(
    Chosen(world): Chosen,
    Body(advance): Body<AdvanceBody>,
) -> Result<Json<ClockBody>, Problem> {
    world.advance_clock(advance.by.0).await?;
    Ok(Json(body(&world)))
}

fn body(world: &World) -> ClockBody {
    ClockBody { now: world.clock.now(), mode: world.clock.state().mode() }
}
