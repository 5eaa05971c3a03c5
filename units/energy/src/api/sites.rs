//! Sites over HTTP.

use crate::{App, app::sites as app};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    energy::{NewSite, Site},
};
use nqba_core::{PageQuery, Permission};
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, ETagged, IfMatch, Json, Path, Query, RawJson, audit, etag},
};
use serde_json::json;
use uuid::Uuid;

/// List sites
#[utoipa::path(
    get, path = "/api/v1/energy/sites", operation_id = "sites_list", tag = "energy",
    params(("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"), ("cursor" = Option<String>, Query, description = "From the page before")),
    responses((status = 200, description = "Sites that the caller may see, oldest first", body = Page<Site>)),
    extensions(("x-nqba-permission" = json!("energy:sites:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Site>>> {
    ctx.require(&Permission::of("energy:sites:read"))?;
    Ok(Json(app::list(&state, &ctx, &query).await?.into()))
}

/// Make a site
#[utoipa::path(
    post, path = "/api/v1/energy/sites", operation_id = "sites_create", tag = "energy",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = NewSite, example = json!({"name": "Depot", "time_zone": "Europe/Berlin", "currency": "EUR", "grid": {"import_max_kw": 250.0, "export_max_kw": 0.0}, "step_s": 900, "carbon_kg_per_kwh": 0.38})),
    responses(
        (status = 201, description = "Made", body = Site),
        (status = 409, description = "The name is taken", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    key: Idempotency,
    RawJson { value: new, sha256 }: RawJson<NewSite>,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &sha256).await? {
        return Ok(kept);
    }
    let site = app::create(&tx, &ctx, nqba_core::new_id(), &new).await?;
    let reply = Reply::json(StatusCode::CREATED, &site)?
        .with(header::LOCATION, format!("/api/v1/energy/sites/{}", site.id))
        .with(header::ETAG, etag::etag(site.version));
    Ok(key.commit(tx, reply).await?)
}

/// Read a site
#[utoipa::path(
    get, path = "/api/v1/energy/sites/{site_id}", operation_id = "sites_read", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site")),
    responses(
        (status = 200, description = "The site; its version is the ETag", body = Site),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<ETagged<Site>> {
    ctx.require(&Permission::of("energy:sites:read"))?;
    let site = app::read(&state, &ctx, id).await?;
    // Its newest reading changes without a new version, so it is never answered with 304.
    Ok(ETagged { version: site.version, value: site })
}

/// Change a site
///
/// The body is the whole site as it shall be.
#[utoipa::path(
    put, path = "/api/v1/energy/sites/{site_id}", operation_id = "sites_update", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("If-Match" = String, Header, description = "The version that is changed")),
    request_body(content = NewSite, example = json!({"name": "Depot", "time_zone": "Europe/Berlin", "currency": "EUR", "grid": {"import_max_kw": 400.0, "export_max_kw": 50.0}, "step_s": 900})),
    responses(
        (status = 200, description = "Changed", body = Site),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Changed in the meantime", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "Say which version", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn update(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
    at: IfMatch,
    Json(new): Json<NewSite>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let (before, after) = app::update(&state, &ctx, id, &at, &new).await?;
    let changes = audit::header(&json!(before), &json!(after));
    Ok((changes, ETagged { version: after.version, value: after }).into_response())
}

/// Remove a site
///
/// Its assets, readings and runs go with it.
#[utoipa::path(
    delete, path = "/api/v1/energy/sites/{site_id}", operation_id = "sites_remove", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("If-Match" = String, Header, description = "The version that is removed")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Changed in the meantime", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "Say which version", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn remove(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
    at: IfMatch,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let before = app::remove(&state, &ctx, id, &at).await?;
    Ok((audit::header(&json!(before), &json!(null)), StatusCode::NO_CONTENT).into_response())
}
