//! Control: everything that the real site does not have. Plain HTTP, meant for the tester alone.
//!
//! `/api/v1/…` steers the default world, `/api/v1/worlds/NAME/…` any other in the same way.

mod applications;
mod certificates;
mod clock;
mod contacts;
mod contents;
mod dashboard;
mod faults;
mod guard;
mod intake;
mod japanese;
mod journal;
mod language;
mod large;
mod mails;
mod notices;
mod pages;
mod problem;
mod profile;
mod renewals;
mod revocations;
mod scenes;
mod sessions;
mod world;
mod worlds;

pub use guard::Guard;
pub use notices::NoticeBody;

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tower::ServiceExt;
use utoipa::OpenApi;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, Required, Type};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use self::intake::Intake;
use self::problem::Problem;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::portal::answer::Shared;
use crate::scenes::Scene;
use crate::serving::{Connection, Http, Listeners, Seat, Turn, Work};
use crate::shutdown::Shutdown;
use crate::world::{World, WorldError, WorldName};
use crate::worlds::Worlds;

/// What control's calls work on.
#[derive(Clone, Debug)]
pub struct Control {
    /// All worlds.
    pub worlds: Arc<Worlds>,
    /// Listeners that worlds have of their own.
    pub listeners: Arc<Listeners>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What a fresh default world begins with.
    pub beginning: Beginning,
    /// Bounds on times and sizes.
    pub limits: Limits,
}

/// What a fresh default world begins with.
#[derive(Clone, Copy, Debug)]
pub enum Beginning {
    /// Nothing.
    Empty,
    /// The sample notice.
    Sample,
    /// A scene.
    Scene(Scene),
}

#[derive(OpenApi)]
#[openapi(info(
    title = "obn-ca control API",
    description = "Steers the simulated certificate authority. Every call below `/api/v1` steers the default world; below `/api/v1/worlds/{world}` it steers the world of that name. Errors are problem documents (RFC 9457), in Japanese for `Accept-Language: ja`."
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
        .route("/api/v1/openapi.json", get(description))
        .route("/", get(dashboard::show))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path doesn't know this method")
        })
        // What is read is bounded before.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::new(Intake::new(control.limits)), intake::take_in))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::check))
        .layer(middleware::from_fn(problem::speak))
        .layer(middleware::map_response(protect))
        .with_state(control)
}

/// Serves one connection to its end.
pub async fn serve(router: Router, limits: Limits, stream: TcpStream, seat: Seat, shutdown: Shutdown) {
    let (connection, _cut) = Connection::new(stream, &seat);
    let of_calls = (router, seat.clone(), shutdown.clone());
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let (router, seat, shutdown) = of_calls.clone();
        async move {
            let of_call = seat.clone();
            let call = |mut request: Request, turn: Turn| async move {
                request.extensions_mut().insert(shutdown.clone());
                request.extensions_mut().insert(turn);
                // A long poll waits for the caller's sake alone; every other call is finished once it has begun.
                let waits = request.uri().path().ends_with("/journal");
                let answer = router.oneshot(request);
                let Ok(response) =
                    if waits { answer.await } else { Work::new(shutdown, of_call, |_| answer).await };
                response
            };
            Ok::<_, Infallible>(seat.exchange(request, call).await)
        }
    });
    Http::new(limits).serve(connection, &seat, service, shutdown).await;
}

/// What a browser must know of every answer: not to keep it, for keys are among them; not to guess at it; not to show it
/// inside of a page of others.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ));
    response
}

/// The OpenAPI description, made when it is first asked for: one copy for all.
async fn description() -> impl IntoResponse {
    static DESCRIPTION: OnceLock<Bytes> = OnceLock::new();
    let made = || serde_json::to_vec(&described()).expect("a description has a form in JSON").into();
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], Extension(Shared), DESCRIPTION.get_or_init(made).clone())
}

fn described() -> utoipa::openapi::OpenApi {
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
    each(routes!(notices::open));
    each(routes!(contacts::set));
    each(routes!(certificates::all));
    each(routes!(certificates::one));
    each(routes!(certificates::revoke));
    each(routes!(certificates::pfx));
    each(routes!(clock::show, clock::set));
    each(routes!(clock::advance));
    each(routes!(sessions::all, sessions::end));
    each(routes!(journal::after));
    each(routes!(journal::live));
    each(routes!(contents::show, contents::keep));
    each(routes!(contents::har));
    each(routes!(world::save, world::load));
    each(routes!(world::reset));
    each(routes!(certificates::root));
    each(routes!(certificates::replace_root));
    each(routes!(certificates::issuer));
    each(routes!(profile::show, profile::change));
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
    each(routes!(applications::all));
    each(routes!(applications::one));
    each(routes!(applications::approve));
    each(routes!(applications::refuse));
    each(routes!(applications::cancel));
    each(routes!(applications::revocation));
}

fn process_calls(mut each: impl FnMut(UtoipaMethodRouter<Control>)) {
    each(routes!(worlds::list, worlds::create));
    each(routes!(worlds::delete));
    each(routes!(scenes::all));
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
            control.worlds.agree_on(&[&WorldName::default_world()]).await?;
            return Ok(Self(Arc::clone(&control.worlds.default_world().world)));
        };
        let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no world of this name");
        let name: WorldName = name.parse().map_err(|_| missing())?;
        control.worlds.agree_on(&[&name]).await?;
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
