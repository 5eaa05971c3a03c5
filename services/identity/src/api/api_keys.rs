//! API keys over HTTP.

use crate::{App, app::api_keys as app};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    identity::{ApiKey, CreatedApiKey, NewApiKey},
};
use nqba_core::{PageQuery, Permission};
use nqba_runtime::web::{Acting, ApiResult, Json, Path, Query};
use uuid::Uuid;

/// List API keys
#[utoipa::path(
    get, path = "/api/v1/identity/api-keys", operation_id = "api_keys_list", tag = "identity",
    params(("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"), ("cursor" = Option<String>, Query, description = "From the page before")),
    responses((status = 200, description = "Keys without their secrets, newest first", body = Page<ApiKey>)),
    extensions(("x-nqba-permission" = json!("identity:api_keys:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<ApiKey>>> {
    ctx.require(&Permission::of("identity:api_keys:read"))?;
    Ok(Json(app::list(&state, &query).await?.into()))
}

/// Make an API key
///
/// The secret is in this answer and nowhere else; for that reason the answer is not kept for idempotency keys.
/// A key never outlives its maker's rights: it is refused while its maker is disabled and loses each role that its
/// maker could not grant any more. An API key makes no API keys.
#[utoipa::path(
    post, path = "/api/v1/identity/api-keys", operation_id = "api_keys_create", tag = "identity",
    request_body(content = NewApiKey, example = json!({"name": "steel works meter", "roles": [{"role": "service", "scope": "unit:energy"}], "expires_at": "2027-06-30T00:00:00Z"})),
    responses(
        (status = 201, description = "Made; the secret is shown this once", body = CreatedApiKey),
        (status = 403, description = "A role is more than the caller holds", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:api_keys:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    Json(new): Json<NewApiKey>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("identity:api_keys:write"))?;
    let made = app::create(&state, &ctx, &new).await?;
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(made)).into_response())
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/api/v1/identity/api-keys/{api_key_id}", operation_id = "api_keys_revoke", tag = "identity",
    params(("api_key_id" = Uuid, Path, description = "The key")),
    responses(
        (status = 204, description = "Revoked; it stays listed"),
        (status = 404, description = "No such key, or revoked already", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:api_keys:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn revoke(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    ctx.require(&Permission::of("identity:api_keys:write"))?;
    app::revoke(&state, &ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
