//! The problem document (RFC 9457) that every error is answered with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Address that names the kind of problem.
    pub r#type: String,
    /// Short title of the kind.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, in one sentence.
    pub detail: String,
    /// The request's id as a URN.
    pub instance: String,
    /// Machine code.
    pub code: String,
    /// The request's id, also in `X-Request-Id`.
    pub request_id: String,
    /// The fields that do not hold.
    #[serde(default)]
    pub errors: Vec<ProblemField>,
}

/// A field that does not hold.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer into the body, or `?name` for a query key.
    pub pointer: String,
    /// Machine code.
    pub code: String,
    /// One sentence.
    pub message: String,
}
