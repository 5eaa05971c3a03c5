//! What an API key stands for; asked by the gateway only.

use crate::{App, app::introspections as app};
use axum::extract::State;
use nqba_contracts::{
    Problem as ProblemDocument,
    identity::{Introspected, Introspection},
};
use nqba_runtime::web::{Acting, ApiResult, Json, Problem};

/// Say what an API key stands for
#[utoipa::path(
    post, path = "/api/v1/identity/introspections", operation_id = "introspections_create", tag = "identity",
    request_body(content = Introspection, example = json!({"token": "nqba_live_01939f7e5c6a7d10a1b2c3d4e5f60718_N0tAnyKeysSecret"})),
    responses(
        (status = 200, description = "What it stands for; less than the key was given, if its maker has lost rights", body = Introspected),
        (status = 401, description = "Not known, ended, revoked, or its maker is disabled", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("internal")), ("x-nqba-rate-class" = json!("read")), ("x-nqba-readonly" = json!(true))),
)]
pub(crate) async fn create(
    State(state): State<App>,
    Acting(ctx): Acting,
    asked: Result<Json<Introspection>, Problem>,
) -> ApiResult<Json<Introspected>> {
    // Before the body is judged: who may not ask learns nothing of what a question looks like.
    app::may(&ctx)?;
    let Json(asked) = asked?;
    Ok(Json(app::introspect(&state, &ctx, &asked.token).await?))
}
