//! The audit record of a mutating call.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did what, when, with which outcome.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditRecord {
    /// Id, ordered by time.
    pub id: Uuid,
    /// When the call came in.
    pub time: DateTime<Utc>,
    /// `user`, `api_key`, `system` or `anonymous`.
    pub actor_kind: String,
    /// The user's or key's id; absent for nobody.
    pub actor_id: Option<Uuid>,
    /// The operation's id in the API reference.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// The path as called.
    pub path: String,
    /// The permission that was asked for; absent for public operations.
    pub permission: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub client_ip: String,
    /// `open` until the answer, then `succeeded`, `refused` (4xx) or `failed` (5xx).
    pub outcome: String,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// How long the call took.
    pub duration_ms: Option<f64>,
    /// What the request asked for, secrets removed, where it is small.
    pub request: Option<serde_json::Value>,
    /// The record before, where it was cheap to know.
    pub before: Option<serde_json::Value>,
    /// The record after, where it was cheap to know.
    pub after: Option<serde_json::Value>,
}
