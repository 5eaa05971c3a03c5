//! Users over HTTP.

use crate::{App, app::users as app, vault::Purpose};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use nqba_contracts::{
    Page, Problem as ProblemDocument,
    identity::{NewUser, User, UserPatch},
};
use nqba_core::{PageQuery, Permission};
use nqba_runtime::{
    idempotency::{Idempotency, Reply},
    web::{Acting, ApiResult, ETagged, IfMatch, Json, Path, Query, RawJson, audit, etag},
};
use serde_json::json;
use uuid::Uuid;

/// List users
#[utoipa::path(
    get, path = "/api/v1/identity/users", operation_id = "users_list", tag = "identity",
    params(("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"), ("cursor" = Option<String>, Query, description = "From the page before")),
    responses((status = 200, description = "Users, oldest first", body = Page<User>)),
    extensions(("x-nqba-permission" = json!("identity:users:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<User>>> {
    ctx.require(&Permission::of("identity:users:read"))?;
    Ok(Json(app::list(&state, &query).await?.into()))
}

/// Make a user
///
/// A role can be granted only by who holds all of its permissions in that scope.
#[utoipa::path(
    post, path = "/api/v1/identity/users", operation_id = "users_create", tag = "identity",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call harmless for 24 h")),
    request_body(content = NewUser, example = json!({"email": "operator@demo.example", "display_name": "Night shift", "password": "seven green lamps over the river", "roles": [{"role": "operator", "scope": "unit:energy"}]})),
    responses(
        (status = 201, description = "Made", body = User),
        (status = 403, description = "A role is more than the caller holds", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The address is taken", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A field does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:users:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    key: Idempotency,
    RawJson { value: new, sha256 }: RawJson<NewUser>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("identity:users:write"))?;
    // Neither the address in the answer nor a quick hash of a body with a password may lie in the database.
    let body = state.vault.mac(Purpose::Body, &sha256);
    let look = state.db.begin().await?;
    let kept = key.begin(&look, &body).await?;
    look.rollback().await?;
    if let Some(kept) = kept {
        return Ok(kept.with_body(|sealed| state.vault.open_sealed(KEPT, sealed))?.into_response());
    }
    let new = app::prepare(&state, &ctx, new).await?;
    let tx = state.db.begin().await?;
    if let Some(kept) = key.begin(&tx, &body).await? {
        return Ok(kept.with_body(|sealed| state.vault.open_sealed(KEPT, sealed))?.into_response());
    }
    let user = app::create(&state, &tx, &ctx, new).await?;
    let reply = Reply::json(StatusCode::CREATED, &user)?
        .with(header::LOCATION, format!("/api/v1/identity/users/{}", user.id))
        .with(header::ETAG, etag::etag(user.version));
    key.commit(tx, reply.clone().with_body(|plain| state.vault.seal(KEPT, plain))?).await?;
    let made = json!({ "user_id": user.id, "roles": user.roles });
    Ok((audit::header(&json!(null), &made), reply).into_response())
}

/// Where answers to idempotency keys are sealed for.
const KEPT: &str = "idempotency:users_create";

/// Read a user
#[utoipa::path(
    get, path = "/api/v1/identity/users/{user_id}", operation_id = "users_read", tag = "identity",
    params(("user_id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user; its version is the ETag", body = User),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:users:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<ETagged<User>> {
    ctx.require(&Permission::of("identity:users:read"))?;
    let user = app::read(&state, id).await?;
    Ok(ETagged { version: user.version, value: user })
}

/// Change a user
///
/// What is absent stays. Changed roles and disabling hold at once: what was issued before is no longer taken.
#[utoipa::path(
    patch, path = "/api/v1/identity/users/{user_id}", operation_id = "users_update", tag = "identity",
    params(("user_id" = Uuid, Path, description = "The user"), ("If-Match" = String, Header, description = "The version that is changed")),
    request_body(content = UserPatch, example = json!({"display_name": "Day shift"})),
    responses(
        (status = 200, description = "Changed", body = User),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The last founder must stay", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "Changed in the meantime", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "Say which version", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:users:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn update(
    State(state): State<App>,
    Acting(ctx): Acting,
    Path(id): Path<Uuid>,
    at: IfMatch,
    Json(patch): Json<UserPatch>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("identity:users:write"))?;
    let (before, after) = app::update(&state, &ctx, id, &at, patch).await?;
    let shown = |u: &User| json!({ "enabled": u.enabled, "roles": u.roles });
    let changes = audit::header(&shown(&before), &shown(&after));
    Ok((changes, ETagged { version: after.version, value: after }).into_response())
}
