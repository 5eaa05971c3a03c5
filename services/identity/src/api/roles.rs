//! Roles over HTTP.

use crate::app::roles as app;
use nqba_contracts::{Page, identity::Role};
use nqba_core::Permission;
use nqba_runtime::web::{Acting, ApiResult, Json};

/// List the shipped roles and their permissions
#[utoipa::path(
    get, path = "/api/v1/identity/roles", operation_id = "roles_list", tag = "identity",
    responses((status = 200, description = "Roles", body = Page<Role>)),
    extensions(("x-nqba-permission" = json!("identity:roles:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(Acting(ctx): Acting) -> ApiResult<Json<Page<Role>>> {
    ctx.require(&Permission::of("identity:roles:read"))?;
    Ok(Json(Page { items: app::all(), next_cursor: None }))
}
