//! Control: everything that the real site does not have. Plain HTTP, meant for the tester alone.
//!
//! `/api/v1/…` steers the default world, `/api/v1/worlds/NAME/…` any other in the same way.

mod certificates;
mod clock;
mod dashboard;
mod faults;
mod guard;
mod journal;
mod large;
mod mails;
mod notices;
mod problem;
mod profile;
mod renewals;
mod revocations;
mod sessions;
mod world;
mod worlds;

pub use guard::Guard;
pub use notices::NoticeBody;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tower::ServiceExt;
use utoipa::OpenApi;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, Required, Type};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use self::problem::Problem;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::serving::{Http, Listeners, Work};
use crate::shutdown::Shutdown;
use crate::world::{World, WorldError, WorldName};
use crate::worlds::Worlds;

/// Bytes of a call's body.
const BODY_BYTES: usize = 1024 * 1024;

/// What control's calls work on.
#[derive(Clone, Debug)]
pub struct Control {
    /// All worlds.
    pub worlds: Arc<Worlds>,
    /// Listeners that worlds have of their own.
    pub listeners: Arc<Listeners>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Whether a fresh default world gets the sample notice.
    pub sample: bool,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "obn-ca control API",
    description = "Steers the simulated certificate authority. Every call below `/api/v1` steers the default world; below `/api/v1/worlds/{world}` it steers the world of that name. Errors are problem documents (RFC 9457)."
))]
struct ApiDoc;

/// All routes of control, behind its guard.
pub fn router(control: Control, guard: Guard) -> Router {
    let (mut of_world, mut of_process) = (Router::new(), Router::new());
    world_calls(|call| of_world = routed(std::mem::take(&mut of_world), call));
    process_calls(|call| of_process = routed(std::mem::take(&mut of_process), call));
    Router::new()
        .nest("/api/v1", of_world.clone().merge(of_process))
        .nest("/api/v1/worlds/{world}", of_world)
        .route("/api/v1/openapi.json", get(|| async { Json(description()) }))
        .route("/", get(dashboard::show))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path doesn't know this method")
        })
        // But for what may hold a whole world.
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::check))
        .with_state(control)
}

/// Serves one connection to its end.
pub async fn serve(router: Router, limits: Limits, stream: TcpStream, _peer: SocketAddr, shutdown: Shutdown) {
    let of_calls = shutdown.clone();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        let (router, shutdown) = (router.clone(), of_calls.clone());
        async move {
            request.extensions_mut().insert(shutdown.clone());
            // A long poll waits for the caller's sake alone; every other call is finished once it has begun.
            let waits = request.uri().path().ends_with("/journal");
            let answer = router.oneshot(request.map(Body::new));
            let Ok(response) = if waits { answer.await } else { Work::new(shutdown, |_| answer).await };
            Ok::<_, Infallible>(response)
        }
    });
    Http::new(limits).serve(stream, service, shutdown).await;
}

/// The OpenAPI description, made when it is asked for.
fn description() -> utoipa::openapi::OpenApi {
    let (mut of_world, mut of_process) = (OpenApiRouter::new(), OpenApiRouter::new());
    world_calls(|call| of_world = std::mem::take(&mut of_world).routes(call));
    process_calls(|call| of_process = std::mem::take(&mut of_process).routes(call));
    let (_, mut all) = OpenApiRouter::<Control>::with_openapi(ApiDoc::openapi())
        .nest("/api/v1", of_world.clone().merge(of_process))
        .nest("/api/v1/worlds/{world}", of_world)
        .split_for_parts();
    let world =
        ParameterBuilder::new().name("world").parameter_in(ParameterIn::Path).required(Required::True);
    let world =
        world.description(Some("Name of the world")).schema(Some(Object::with_type(Type::String))).build();
    for (path, item) in &mut all.paths.paths {
        if path.starts_with("/api/v1/worlds/{world}/") {
            item.parameters.get_or_insert_default().push(world.clone().into());
        }
    }
    all
}

/// Takes the handlers and lets the description go at once, before the next one is made: all of them together
/// would be more than a megabyte that the process keeps.
fn routed(router: Router<Control>, (_, paths, handlers): UtoipaMethodRouter<Control>) -> Router<Control> {
    let path = paths.paths.keys().next().expect("`routes!` has at least one path");
    router.route(path, handlers)
}

fn world_calls(mut each: impl FnMut(UtoipaMethodRouter<Control>)) {
    each(routes!(notices::issue, notices::all));
    each(routes!(notices::one));
    each(routes!(notices::print));
    each(routes!(certificates::all));
    each(routes!(certificates::one));
    each(routes!(certificates::revoke));
    each(routes!(clock::show, clock::set));
    each(routes!(clock::advance));
    each(routes!(sessions::all, sessions::end));
    each(routes!(journal::after));
    each(routes!(journal::live));
    each(routes!(world::save, world::load));
    each(routes!(world::reset));
    each(routes!(certificates::root));
    each(routes!(certificates::issuer));
    each(routes!(profile::show));
    each(routes!(profile::keys));
    each(routes!(faults::list, faults::set, faults::clear));
    each(routes!(faults::remove));
    each(routes!(faults::named));
    each(routes!(renewals::all));
    each(routes!(renewals::one));
    each(routes!(renewals::hold));
    each(routes!(renewals::advance));
    each(routes!(renewals::fail));
    each(routes!(revocations::all));
    each(routes!(revocations::approve));
    each(routes!(revocations::reject));
    each(routes!(mails::all));
}

fn process_calls(mut each: impl FnMut(UtoipaMethodRouter<Control>)) {
    each(routes!(worlds::list, worlds::create));
    each(routes!(worlds::delete));
}

/// The world that a call means: by the path, otherwise the default one.
struct Chosen(Arc<World>);

impl FromRequestParts<Control> for Chosen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, control: &Control) -> Result<Self, Problem> {
        let parameters = RawPathParams::from_request_parts(parts, control)
            .await
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, &error.to_string()))?;
        let Some((_, name)) = parameters.iter().find(|(key, _)| *key == "world") else {
            return Ok(Self(Arc::clone(&control.worlds.default_world().world)));
        };
        let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no world of this name");
        let name: WorldName = name.parse().map_err(|_| missing())?;
        let host = control.worlds.find(&name).ok_or_else(missing)?;
        Ok(Self(Arc::clone(&host.world)))
    }
}

/// Ready once the client CA can sign, as long as what is changed can be kept.
async fn ready(State(control): State<Control>) -> Response {
    let ready = async {
        control.worlds.default_world().world.client_ca().await?;
        control.worlds.store().begin().await?;
        Ok::<_, WorldError>("ready\n")
    };
    match ready.await {
        Ok(ready) => ready.into_response(),
        Err(error) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()).into_response(),
    }
}

async fn numbers(State(control): State<Control>) -> Response {
    let pool = control.worlds.pool();
    control.metrics.keys(pool.stock(), pool.searched());
    let kind = [("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (kind, control.metrics.text()).into_response()
}
