//! Audit records over HTTP.

use crate::{
    app::{App, records as app},
    store::records::Filter,
};
use axum::extract::State;
use nqba_contracts::{Page, Problem as ProblemDocument, audit::AuditRecord};
use nqba_core::{Error, PageQuery, Permission, Result};
use nqba_runtime::web::{Acting, ApiResult, Json, Query};
use serde::Deserialize;
use uuid::Uuid;

const OUTCOMES: [&str; 4] = ["open", "succeeded", "refused", "failed"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordsQuery {
    limit: Option<u64>,
    cursor: Option<String>,
    actor_id: Option<Uuid>,
    operation: Option<String>,
    outcome: Option<String>,
}

impl RecordsQuery {
    fn read(self) -> Result<(Filter, PageQuery)> {
        if self.outcome.as_deref().is_some_and(|o| !OUTCOMES.contains(&o)) {
            let text = "outcome may be open, succeeded, refused or failed.";
            return Err(Error::invalid("?outcome", "unknown_variant", text));
        }
        let filter = Filter { actor_id: self.actor_id, operation: self.operation, outcome: self.outcome };
        Ok((filter, PageQuery { limit: self.limit, cursor: self.cursor }))
    }
}

/// List audit records
///
/// Every call that changed something or tried to, newest first: who, when, what, with which outcome. A record that
/// stays `open` belongs to a call under way, or to one that a crash cut off.
#[utoipa::path(
    get, path = "/api/v1/audit/records", operation_id = "audit_records_list", tag = "audit",
    params(
        ("limit" = Option<u64>, Query, description = "1 to 200, 50 unless told"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("actor_id" = Option<Uuid>, Query, description = "Only of this user or key"),
        ("operation" = Option<String>, Query, description = "Only of this operation, by its id"),
        ("outcome" = Option<String>, Query, description = "Only with this outcome: open, succeeded, refused or failed"),
    ),
    responses(
        (status = 200, description = "Records, newest first", body = Page<AuditRecord>),
        (status = 422, description = "A query key does not hold", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("audit:records:read")), ("x-nqba-rate-class" = json!("read"))),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(state): State<App>,
    Acting(ctx): Acting,
    Query(query): Query<RecordsQuery>,
) -> ApiResult<Json<Page<AuditRecord>>> {
    ctx.require(&Permission::of("audit:records:read"))?;
    let (filter, page) = query.read()?;
    Ok(Json(app::list(&state, &filter, &page).await?.into()))
}
