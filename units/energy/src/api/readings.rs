//! Measured series over HTTP.

use crate::{
    App,
    app::{csv, readings as app},
};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
};
use chrono::{DateTime, Utc};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    energy::{Channel, ReadingsReport, ReadingsUpload, SeriesSet},
};
use nqba_core::{Code, Ctx, Error, Permission, Result};
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{self, Acting, ApiResult, Json, Path, Query, RawJson},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// List a site's channels
#[utoipa::path(
    get, path = "/api/v1/energy/sites/{site_id}/channels", operation_id = "channels_list", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site")),
    responses(
        (status = 200, description = "All of them (at most 200), by name", body = Page<Channel>),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:readings:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn channels(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
) -> ApiResult<Json<Page<Channel>>> {
    ctx.require(&Permission::of("energy:readings:read"))?;
    Ok(Json(Page { items: app::channels(&state, &ctx, site_id).await?, next_cursor: None }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadQuery {
    #[serde(default)]
    channel: Vec<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    resolution_s: Option<u32>,
}

/// Read measured series
///
/// Means over intervals of `resolution_s`, null where nothing was measured. Unless told, the last 7 days, and
/// intervals so long that a series has some 3000 values at most.
#[utoipa::path(
    get, path = "/api/v1/energy/sites/{site_id}/readings", operation_id = "readings_read", tag = "energy",
    params(
        ("site_id" = Uuid, Path, description = "The site"),
        ("channel" = Option<Vec<String>>, Query, description = "Channels, repeated; all unless told"),
        ("from" = Option<DateTime<Utc>>, Query, description = "From"),
        ("to" = Option<DateTime<Utc>>, Query, description = "Up to, without it"),
        ("resolution_s" = Option<u32>, Query, description = "Length of the intervals answered: 60 to 86400 s, a divisor of the day and a multiple of the channel's own"),
    ),
    responses(
        (status = 200, description = "The series", body = SeriesSet),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A key does not hold, or more than 50000 values a series", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("energy:readings:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
    Query(query): Query<ReadQuery>,
) -> ApiResult<Json<SeriesSet>> {
    ctx.require(&Permission::of("energy:readings:read"))?;
    let wanted = app::Wanted {
        channels: query.channel,
        from: query.from,
        to: query.to,
        resolution_s: query.resolution_s.map(i64::from),
    };
    Ok(Json(app::read(&state, &ctx, site_id, &wanted).await?))
}

/// Feed measured series
///
/// Writing again replaces: the key is site, channel and time. Late and unordered values are fine; a null is a gap and
/// removes nothing. The report says what was new, replaced, given twice and missing.
#[utoipa::path(
    post, path = "/api/v1/energy/sites/{site_id}/readings", operation_id = "readings_upload", tag = "energy",
    params(("site_id" = Uuid, Path, description = "The site"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = ReadingsUpload, example = json!({"series": [{"channel": "load", "unit": "kW", "start": "2026-01-31T00:00:00Z", "step_s": 900, "values": [41.5, 40.0, null, 39.2]}]})),
    responses(
        (status = 200, description = "Stored", body = ReadingsReport),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 32 MiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold; nothing was stored", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(
        ("x-nqba-permission" = json!("energy:readings:write")), ("x-nqba-rate-class" = json!("write")),
        ("x-nqba-body-limit-bytes" = json!(33_554_432)), ("x-nqba-timeout-s" = json!(120)),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn upload(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
    key: Idempotency,
    RawJson { value: upload, sha256 }: RawJson<ReadingsUpload>,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:readings:write"))?;
    let points = app::points(&upload)?;
    Ok(store(&state, &ctx, site_id, (key, sha256), points).await?)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsvQuery {
    time_column: Option<String>,
    time_zone: Option<String>,
    step_s: Option<u32>,
    #[serde(default)]
    map: Vec<String>,
}

/// Feed measured series as a CSV file
///
/// A head line, then a line an interval; the time is the interval's start. Comma, semicolon (then with decimal commas)
/// or tab separate columns.
#[utoipa::path(
    post, path = "/api/v1/energy/sites/{site_id}/readings/csv", operation_id = "readings_upload_csv", tag = "energy",
    params(
        ("site_id" = Uuid, Path, description = "The site"),
        ("time_column" = Option<String>, Query, description = "Column of the time; found by its name unless told"),
        ("time_zone" = Option<String>, Query, description = "Zone of times without an offset; the site's unless told"),
        ("step_s" = Option<u32>, Query, description = "Length of an interval; the most frequent distance unless told"),
        ("map" = Option<Vec<String>>, Query, description = "`column:channel:unit`, repeated; unless told, every column whose name is a channel's"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h"),
    ),
    request_body(content = String, content_type = "text/csv", example = json!("time,load_kw\n2026-01-31T00:00Z,41.5\n2026-01-31T00:15Z,40\n")),
    responses(
        (status = 200, description = "Stored", body = ReadingsReport),
        (status = 404, description = "No such site, or out of scope", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than 64 MiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A line or key does not hold; nothing was stored", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(
        ("x-nqba-permission" = json!("energy:readings:write")), ("x-nqba-rate-class" = json!("write")),
        ("x-nqba-body-limit-bytes" = json!(67_108_864)), ("x-nqba-timeout-s" = json!(120)),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn upload_csv(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(site_id): Path<Uuid>,
    Query(query): Query<CsvQuery>,
    key: Idempotency,
    request: Request,
) -> ApiResult<Reply> {
    ctx.require(&Permission::of("energy:readings:write"))?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv") {
        return Err(Error::new(Code::UnsupportedMediaType, "The body must be text/csv.").into());
    }
    let asked = request.uri().query().unwrap_or_default().to_owned();
    let bytes = web::json::read(request, &()).await?;
    let zone = crate::app::sites::read(&state, &ctx, site_id).await?.time_zone;
    let reading = csv::Reading {
        time_column: query.time_column,
        time_zone: query.time_zone,
        step_s: query.step_s.map(i64::from),
        map: query.map,
    };
    let sha256 = Sha256::new().chain_update(asked).chain_update([0]).chain_update(&bytes).finalize().into();
    let parsed = tokio::task::spawn_blocking(move || csv::parse(&bytes, &reading, &zone)).await;
    let points = parsed.map_err(Error::internal)??;
    Ok(store(&state, &ctx, site_id, (key, sha256), points).await?)
}

async fn store(
    state: &App,
    ctx: &Ctx,
    site_id: Uuid,
    (key, sha256): (Idempotency, [u8; 32]),
    points: Vec<app::Points>,
) -> Result<Reply> {
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &sha256).await? {
        return Ok(kept);
    }
    let report = app::write(&tx, ctx, site_id, points).await?;
    key.commit(tx, Reply::json(StatusCode::OK, &report)?).await
}
