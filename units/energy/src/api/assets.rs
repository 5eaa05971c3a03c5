//! Assets over HTTP.

use crate::{App, app::assets as app};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    energy::{Asset, NewAsset},
};
use nqba_core::Permission;
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, ETagged, IfMatch, IfNoneMatch, Json, Path, RawJson, audit, etag},
};
use serde_json::json;
use uuid::Uuid;

/// List a site's assets
#[utoipa::path(
    get, path = "/api/v1/energy/sites/{site_id}/assets", operation_id = "assets_list", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site")),
    responses(
        (status = 200, description = "All of them (at most 200), oldest first", body = Page<Asset>),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
) -> ApiResult<Json<Page<Asset>>> {
    ctx.require(&Permission::of("energy:sites:read"))?;
    Ok(Json(Page { items: app::list(&state, &ctx, site_id).await?, next_cursor: None }))
}

/// Add an asset to a site
#[utoipa::path(
    post, path = "/api/v1/energy/sites/{site_id}/assets", operation_id = "assets_create", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = NewAsset, example = json!({"name": "Battery 1", "spec": {"type": "battery", "charge_max_kw": 50.0, "discharge_max_kw": 50.0, "soc_min_kwh": 10.0, "soc_max_kwh": 100.0, "eta_charge": 0.95, "eta_discharge": 0.95, "wear_cost_per_kwh_discharged": 0.02}})),
    responses(
        (status = 201, description = "Added", body = Asset),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
    key: Idempotency,
    RawJson { value: new, sha256 }: RawJson<NewAsset>,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &sha256).await? {
        return Ok(kept);
    }
    let asset = app::create(&tx, &ctx, site_id, nqba_core::new_id(), &new).await?;
    let reply = Reply::json(StatusCode::CREATED, &asset)?
        .with(header::LOCATION, format!("/api/v1/energy/sites/{site_id}/assets/{}", asset.id))
        .with(header::ETAG, etag::etag(asset.version));
    Ok(key.commit(tx, reply).await?)
}

/// Read an asset
#[utoipa::path(
    get, path = "/api/v1/energy/sites/{site_id}/assets/{asset_id}", operation_id = "assets_read", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("asset_id" = Uuid, Path, description = "The asset")),
    responses(
        (status = 200, description = "The asset; its version is the ETag", body = Asset),
        (status = 404, description = "No such asset, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path((site_id, id)): Path<(Uuid, Uuid)>,
    known: IfNoneMatch,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:sites:read"))?;
    let asset = app::read(&state, &ctx, site_id, id).await?;
    Ok(ETagged { version: asset.version, value: asset }.unless(&known))
}

/// Change an asset
///
/// The body is the whole asset as it shall be.
#[utoipa::path(
    put, path = "/api/v1/energy/sites/{site_id}/assets/{asset_id}", operation_id = "assets_update", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("asset_id" = Uuid, Path, description = "The asset"), ("If-Match" = String, Header, description = "The version that is changed")),
    request_body(content = NewAsset, example = json!({"name": "Roof", "spec": {"type": "pv", "channel": "pv", "curtailable": true, "peak_kw": 99.0}})),
    responses(
        (status = 200, description = "Changed", body = Asset),
        (status = 404, description = "No such asset, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken, or another asset refers to it", body = ProblemDocument, content_type = "application/problem+json"),
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
    Path(ids): Path<(Uuid, Uuid)>,
    at: IfMatch,
    Json(new): Json<NewAsset>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let (before, after) = app::update(&state, &ctx, ids, &at, &new).await?;
    let changes = audit::header(&json!(before), &json!(after));
    Ok((changes, ETagged { version: after.version, value: after }).into_response())
}

/// Remove an asset
#[utoipa::path(
    delete, path = "/api/v1/energy/sites/{site_id}/assets/{asset_id}", operation_id = "assets_remove", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("asset_id" = Uuid, Path, description = "The asset"), ("If-Match" = String, Header, description = "The version that is removed")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such asset, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Another asset refers to it", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Changed in the meantime", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "Say which version", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:sites:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn remove(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(ids): Path<(Uuid, Uuid)>,
    at: IfMatch,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:sites:write"))?;
    let before = app::remove(&state, &ctx, ids, &at).await?;
    Ok((audit::header(&json!(before), &json!(null)), StatusCode::NO_CONTENT).into_response())
}
