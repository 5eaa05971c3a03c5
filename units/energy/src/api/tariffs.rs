//! Tariffs over HTTP.

use crate::{App, app::tariffs as app};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    energy::{NewTariff, Tariff},
};
use nqba_core::{PageQuery, Permission};
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, ETagged, IfNoneMatch, Json, Path, Query, RawJson, etag},
};
use uuid::Uuid;

/// A tariff never changes.
const VERSION: i64 = 1;

/// List tariffs
#[utoipa::path(
    get, path = "/api/v1/energy/tariffs", operation_id = "tariffs_list", tag = "energy",
    params(("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"), ("cursor" = Option<String>, Query, description = "From the page before")),
    responses((status = 200, description = "Tariffs, oldest first", body = Page<Tariff>)),
    extensions(("x-nqba-permission" = json!("energy:tariffs:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Tariff>>> {
    ctx.require(&Permission::of("energy:tariffs:read"))?;
    Ok(Json(app::list(&state, &query).await?.into()))
}

/// Make a tariff
///
/// A tariff is never changed: a new price is a new tariff.
#[utoipa::path(
    post, path = "/api/v1/energy/tariffs", operation_id = "tariffs_create", tag = "energy",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = NewTariff, example = json!({"name": "Day and night 2026", "currency": "EUR", "import": {"type": "time_of_use", "default_price_per_kwh": 0.22, "windows": [{"name": "day", "weekdays": [1, 2, 3, 4, 5], "from_time": "07:00", "to_time": "20:00", "price_per_kwh": 0.31}]}, "export": {"type": "flat", "price_per_kwh": 0.08}, "demand_charge_per_kw_month": 9.5})),
    responses(
        (status = 201, description = "Made", body = Tariff),
        (status = 403, description = "The caller's roles reach a team only", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:tariffs:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    key: Idempotency,
    RawJson { value: new, sha256 }: RawJson<NewTariff>,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:tariffs:write"))?;
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &sha256).await? {
        return Ok(kept);
    }
    let tariff = app::create(&tx, &ctx, nqba_core::new_id(), &new).await?;
    let reply = Reply::json(StatusCode::CREATED, &tariff)?
        .with(header::LOCATION, format!("/api/v1/energy/tariffs/{}", tariff.id))
        .with(header::ETAG, etag::etag(VERSION));
    Ok(key.commit(tx, reply).await?)
}

/// Read a tariff
#[utoipa::path(
    get, path = "/api/v1/energy/tariffs/{tariff_id}", operation_id = "tariffs_read", tag = "energy",
    params(("tariff_id" = Uuid, Path, description = "The tariff")),
    responses(
        (status = 200, description = "The tariff", body = Tariff),
        (status = 404, description = "No such tariff", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:tariffs:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("energy:tariffs:read"))?;
    Ok(ETagged { version: VERSION, value: app::read(&state, id).await? }.unless(&known))
}
