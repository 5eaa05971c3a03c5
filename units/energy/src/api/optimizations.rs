//! Optimisations over HTTP.

use crate::{App, app::optimizations as app};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    energy::{NewOptimization, Optimization},
};
use nqba_core::{PageQuery, Permission};
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, Json, Path, Query, RawJson},
};
use serde::Deserialize;
use std::time::Duration;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    site_id: Option<Uuid>,
    limit: Option<u64>,
    cursor: Option<String>,
}

/// List optimisations
#[utoipa::path(
    get, path = "/api/v1/energy/optimizations", operation_id = "optimizations_list", tag = "energy",
    params(
        ("site_id" = Option<Uuid>, Query, description = "Only of this site"),
        ("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
    ),
    responses((status = 200, description = "Newest first, without their plans", body = Page<Optimization>)),
    extensions(("x-nqba-permission" = json!("energy:optimizations:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<Page<Optimization>>> {
    ctx.require(&Permission::of("energy:optimizations:read"))?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(app::list(&state, &ctx, query.site_id, &page).await?.into()))
}

/// Ask for an optimisation of a site
///
/// A worker solves it; progress and end are events, and `Location` is where to ask. With `Prefer: wait=10` the answer
/// waits so long (60 s at most) and is 200 if the end came in that time. What cannot be planned is refused at once.
#[utoipa::path(
    post, path = "/api/v1/energy/optimizations", operation_id = "optimizations_create", tag = "energy",
    params(
        ("Prefer" = Option<String>, Header, description = "`wait=10`: seconds to wait for the end"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h"),
    ),
    request_body(content = NewOptimization, example = json!({"site_id": "01933000-0000-7000-8000-000000000101", "hours": 24, "objective": "cost"})),
    responses(
        (status = 200, description = "Ended within the wait", body = Optimization),
        (status = 202, description = "Asked for", body = Optimization),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold, or readings are missing", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(
        ("x-nqba-permission" = json!("energy:optimizations:write")), ("x-nqba-rate-class" = json!("solve")),
        ("x-nqba-timeout-s" = json!(75)),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    headers: HeaderMap,
    key: Idempotency,
    RawJson { value: asked, sha256 }: RawJson<NewOptimization>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:optimizations:write"))?;
    // Reads much and writes nothing, so it is done before the one writer is taken.
    let prepared = app::prepare(&state, &ctx, &asked).await;
    let tx = state.db.begin().await?;
    let reply = match key.begin(&tx, &sha256).await? {
        Some(kept) => {
            // The one writer must be free for the worker while this waits.
            tx.rollback().await?;
            kept
        }
        None => {
            let run = app::create(&state, &tx, &ctx, &prepared?).await?;
            let reply = Reply::json(StatusCode::ACCEPTED, &run)?
                .with(header::LOCATION, format!("/api/v1/energy/optimizations/{}", run.id));
            key.commit(tx, reply).await?
        }
    };
    match wait_of(&headers) {
        None => Ok(reply.into_response()),
        Some(at_most) => waited(&state, &ctx, reply.into_response(), at_most).await,
    }
}

/// The answer as it is after the wait, with the headers of the first one.
async fn waited(state: &App, ctx: &nqba_core::Ctx, first: Response, at_most: Duration) -> ApiResult<Response> {
    let id = first.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()?.rsplit('/').next()?.parse().ok());
    let Some(id) = id else { return Ok(first) };
    let run = app::wait(state, ctx, id, at_most).await?;
    let status = if run.status.ended() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (status, Json(run)).into_response();
    for name in [header::LOCATION, HeaderName::from_static("idempotency-replayed")] {
        if let Some(value) = first.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response.headers_mut().insert("preference-applied", HeaderValue::from_static("wait"));
    Ok(response)
}

/// `Prefer: wait=10` (RFC 7240).
fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let all = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    let mut words = all.flat_map(|v| v.split([',', ';']));
    let seconds = words.find_map(|w| w.trim().strip_prefix("wait=")?.trim().parse::<u64>().ok())?;
    Some(Duration::from_secs(seconds))
}

/// Read an optimisation with its plan
#[utoipa::path(
    get, path = "/api/v1/energy/optimizations/{id}", operation_id = "optimizations_read", tag = "energy",
    params(("id" = Uuid, Path, description = "The optimisation")),
    responses(
        (status = 200, description = "Where it stands; the plan once it succeeded", body = Optimization),
        (status = 404, description = "No such optimisation, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:optimizations:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Optimization>> {
    ctx.require(&Permission::of("energy:optimizations:read"))?;
    Ok(Json(app::read(&state, &ctx, id).await?))
}

/// Cancel an optimisation
///
/// A waiting one ends at once; a running one as soon as its worker notices.
#[utoipa::path(
    delete, path = "/api/v1/energy/optimizations/{id}", operation_id = "optimizations_cancel", tag = "energy",
    params(("id" = Uuid, Path, description = "The optimisation")),
    responses(
        (status = 200, description = "Cancelled, or about to be", body = Optimization),
        (status = 404, description = "No such optimisation, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has ended already", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:optimizations:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn cancel(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Optimization>> {
    ctx.require(&Permission::of("energy:optimizations:write"))?;
    Ok(Json(app::cancel(&state, &ctx, id).await?))
}
