//! The made-up services: an identity with real keys, and a unit that tells what reached it.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use nqba_contracts::identity::{Introspected, Introspection, Jwk, JwkSet};
use nqba_core::{ActorKind, Code, Error};
use nqba_runtime::web::{Acting, ApiResult, Json, audit, json};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use utoipa::openapi::OpenApi;

/// What the made-up identity knows, and how often it was asked.
#[derive(Clone, Default)]
pub struct Identity {
    pub keys: Arc<Mutex<Vec<Jwk>>>,
    pub api_keys: Arc<Mutex<HashMap<String, Introspected>>>,
    pub keys_asked: Arc<AtomicUsize>,
    pub introspected: Arc<AtomicUsize>,
    pub down: Arc<AtomicBool>,
}

/// What the made-up unit saw.
#[derive(Clone, Default)]
pub struct Unit {
    pub calls: Arc<AtomicUsize>,
    pub begun: Arc<tokio::sync::Notify>,
}

/// A description from `(method, path, id, permission, class, further extensions)`.
pub fn spec(operations: &[(&str, &str, &str, &str, &str, Value)]) -> OpenApi {
    let mut paths = serde_json::Map::new();
    for (method, path, id, permission, class, further) in operations {
        let mut operation = json!({
            "operationId": id, "tags": ["test"], "responses": { "200": { "description": "ok" } },
            "x-nqba-permission": permission, "x-nqba-rate-class": class,
        });
        for (key, value) in further.as_object().into_iter().flatten() {
            operation[key] = value.clone();
        }
        paths.entry(*path).or_insert_with(|| json!({}))[*method] = operation;
    }
    let document = json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": paths });
    serde_json::from_value(document).unwrap()
}

pub fn identity_spec() -> OpenApi {
    let none = || json!({});
    spec(&[
        ("get", "/api/v1/identity/jwks", "keys_list", "public", "read", none()),
        ("post", "/api/v1/identity/introspections", "introspect", "internal", "read", json!({"x-nqba-readonly": true})),
        ("post", "/api/v1/identity/sessions", "sessions_create", "public", "sign_in", none()),
        ("post", "/api/v1/identity/sessions/refresh", "refresh", "public", "write", json!({"x-nqba-readonly": true})),
        ("get", "/api/v1/identity/me", "me_read", "identity:self:read", "read", none()),
        ("get", "/api/v1/identity/users", "users_list", "identity:users:read", "read", none()),
        ("delete", "/api/v1/identity/users/{user_id}", "users_delete", "identity:users:write", "write", none()),
    ])
}

pub fn identity(state: Identity) -> Router {
    let echo = get(|request: Request| echo(State(Unit::default()), request));
    Router::new()
        .route("/api/v1/identity/jwks", get(jwks))
        .route("/api/v1/identity/introspections", post(introspect))
        .with_state(state)
        .route("/api/v1/identity/sessions", post(sign_in))
        .route("/api/v1/identity/sessions/refresh", post(|request: Request| echo_now(request)))
        .route("/api/v1/identity/me", echo.clone())
        .route("/api/v1/identity/users", echo)
        .route("/api/v1/identity/users/{user_id}", axum::routing::delete(|| async { StatusCode::NO_CONTENT }))
}

async fn jwks(State(state): State<Identity>) -> ApiResult<Json<JwkSet>> {
    state.keys_asked.fetch_add(1, Ordering::SeqCst);
    if state.down.load(Ordering::SeqCst) {
        return Err(Error::unavailable("The test has taken identity down.", "on purpose").into());
    }
    Ok(Json(JwkSet { keys: state.keys.lock().unwrap().clone() }))
}

async fn introspect(
    State(state): State<Identity>,
    Acting(ctx): Acting,
    Json(asked): Json<Introspection>,
) -> ApiResult<Json<Introspected>> {
    assert_eq!(ctx.actor.kind, ActorKind::System);
    state.introspected.fetch_add(1, Ordering::SeqCst);
    let found = state.api_keys.lock().unwrap().get(&asked.token).cloned();
    found.map(Json).ok_or_else(|| Error::new(Code::Unauthenticated, "No such key.").into())
}

async fn sign_in(Json(new): Json<Value>) -> Response {
    let right = new["password"] == "right";
    let status = if right { StatusCode::CREATED } else { StatusCode::UNAUTHORIZED };
    (status, [(header::SET_COOKIE, "__Host-x=1; HttpOnly")], Json(json!({ "access_token": "eyJ" }))).into_response()
}

pub fn energy_spec() -> OpenApi {
    let none = || json!({});
    let limits = json!({ "x-nqba-body-limit-bytes": 2000 });
    let slow = json!({ "x-nqba-readonly": true, "x-nqba-timeout-s": 1 });
    spec(&[
        ("get", "/api/v1/energy/sites", "sites_list", "energy:sites:read", "read", none()),
        ("post", "/api/v1/energy/sites", "sites_create", "energy:sites:write", "write", limits),
        ("get", "/api/v1/energy/sites/{site_id}", "sites_read", "energy:sites:read", "read", none()),
        ("put", "/api/v1/energy/sites/{site_id}", "sites_replace", "energy:sites:write", "write", none()),
        ("post", "/api/v1/energy/dispatch", "dispatch_run", "energy:dispatch:run", "solve", slow),
        ("get", "/api/v1/energy/plan", "plan_read", "energy:optimizations:read", "read", none()),
    ])
}

pub fn energy(state: Unit) -> Router {
    Router::new()
        .route("/api/v1/energy/sites", get(echo).post(change))
        .route("/api/v1/energy/sites/{site_id}", get(echo).put(replace))
        .route("/api/v1/energy/dispatch", post(slow))
        .route("/api/v1/energy/plan", get(plan))
        .with_state(state)
}

async fn echo_now(request: Request) -> Response {
    echo(State(Unit::default()), request).await
}

/// Tells what reached the unit.
async fn echo(State(unit): State<Unit>, request: Request) -> Response {
    unit.calls.fetch_add(1, Ordering::SeqCst);
    let ctx = serde_json::to_value(request.extensions().get::<nqba_core::Ctx>()).unwrap();
    let headers: HashMap<_, _> =
        request.headers().iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
    let uri = request.uri().to_string();
    match json::read(request, &()).await {
        Ok(body) => Json(json!({ "ctx": ctx, "headers": headers, "uri": uri, "bytes": body.len() })).into_response(),
        Err(e) => nqba_runtime::web::Problem(e).into_response(),
    }
}

/// Changes something, as the query tells: `?status=`, `?wait_ms=`, `?panic`, `?changes`.
async fn change(State(unit): State<Unit>, request: Request) -> Response {
    unit.calls.fetch_add(1, Ordering::SeqCst);
    unit.begun.notify_one();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let number = |key: &str| query.split('&').find_map(|p| p.strip_prefix(key)?.parse::<u64>().ok());
    assert!(!query.contains("panic"), "the test wants a panic");
    if let Err(e) = json::read(request, &()).await {
        return nqba_runtime::web::Problem(e).into_response();
    }
    if let Some(ms) = number("wait_ms=") {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let status = StatusCode::from_u16(number("status=").unwrap_or(201) as u16).unwrap();
    let told = if query.contains("changes") {
        audit::header(&json!({ "name": "old", "secret": "s" }), &json!({ "name": "new" }))
    } else {
        HeaderMap::new()
    };
    (status, told, Json(json!({ "done": true }))).into_response()
}

async fn replace(headers: HeaderMap) -> Response {
    let tag = headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Json(json!({ "if_match": tag })).into_response()
}

async fn slow(request: Request) -> Response {
    if request.uri().query() == Some("slow") {
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    Json(json!({ "done": true })).into_response()
}

async fn plan() -> Response {
    let rows: Vec<_> = (0..500).map(|i| json!({ "ts": i, "charge_kw": 1.5 })).collect();
    ([(header::ETAG, "\"v3\"")], Json(json!({ "rows": rows }))).into_response()
}

/// Pages, as the binary embeds them.
pub fn pages() -> Router {
    let page = || async { ([(header::CONTENT_TYPE, "text/html")], Body::from("<p>the dashboard</p>".repeat(200))) };
    Router::new().fallback(get(page))
}
