//! Signing keys over HTTP.

use crate::{App, app::signing_keys as app};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use nqba_contracts::identity::{Jwk, JwkSet};
use nqba_core::Permission;
use nqba_runtime::web::{Acting, ApiResult, Json};

/// List the public keys by which access tokens are verified
#[utoipa::path(
    get, path = "/api/v1/identity/jwks", operation_id = "signing_keys_list", tag = "identity",
    responses((status = 200, description = "JSON Web Key Set", body = JwkSet)),
    extensions(("x-nqba-permission" = json!("public")), ("x-nqba-rate-class" = json!("read"))),
)]
pub(crate) async fn list(State(state): State<App>) -> ApiResult<Json<JwkSet>> {
    Ok(Json(app::published(&state).await?))
}

/// Rotate the signing key
///
/// A new key signs from now on; tokens of the former one hold until they expire.
#[utoipa::path(
    post, path = "/api/v1/identity/signing-keys", operation_id = "signing_keys_rotate", tag = "identity",
    responses((status = 201, description = "The new key's public half", body = Jwk)),
    extensions(("x-nqba-permission" = json!("identity:signing_keys:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn rotate(State(state): State<App>, Acting(ctx): Acting) -> ApiResult<Response> {
    ctx.require(&Permission::of("identity:signing_keys:write"))?;
    Ok((StatusCode::CREATED, Json(app::rotate(&state, &ctx).await?)).into_response())
}
