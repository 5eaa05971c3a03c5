//! The caller over HTTP.

use crate::{App, app::me as app};
use axum::{extract::State, http::StatusCode};
use nqba_contracts::{
    Problem as ProblemDocument,
    identity::{Me, PasswordChange},
};
use nqba_core::Permission;
use nqba_runtime::web::{Acting, ApiResult, Json};

/// Read who one is and what one may do
#[utoipa::path(
    get, path = "/api/v1/identity/me", operation_id = "me_read", tag = "identity",
    responses((status = 200, description = "The caller, its roles and every permission it holds", body = Me)),
    extensions(("x-nqba-permission" = json!("identity:self:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn read(State(state): State<App>, Acting(ctx): Acting) -> ApiResult<Json<Me>> {
    ctx.require(&Permission::of("identity:self:read"))?;
    Ok(Json(app::read(&state, &ctx).await?))
}

/// Change one's own password
///
/// Every other session of the caller ends.
#[utoipa::path(
    put, path = "/api/v1/identity/me/password", operation_id = "me_change_password", tag = "identity",
    request_body(content = PasswordChange, example = json!({"current_password": "the one that holds now", "new_password": "seven green lamps over the river"})),
    responses(
        (status = 204, description = "Changed"),
        (status = 422, description = "The present one is wrong, or the new one is refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many failures for this account; Retry-After says when to come again", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("identity:self:write")), ("x-nqba-rate-class" = json!("write"))),
    security(("bearer" = [])),
)]
pub(crate) async fn change_password(
    State(state): State<App>,
    Acting(ctx): Acting,
    Json(change): Json<PasswordChange>,
) -> ApiResult<StatusCode> {
    ctx.require(&Permission::of("identity:self:write"))?;
    app::change_password(&state, &ctx, &change).await?;
    Ok(StatusCode::NO_CONTENT)
}
