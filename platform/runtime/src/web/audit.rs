//! What a change was, for the audit record: an internal header that the gateway takes off the answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The header's name.
pub const AUDIT_HEADER: HeaderName = HeaderName::from_static("x-nqba-audit");
const MAX_LEN: usize = 8 * 1024;

/// A record before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
}

/// The header that tells a change; empty when the change is too large to tell.
#[must_use]
pub fn header(before: &Value, after: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let text = B64.encode(serde_json::json!({ "before": before, "after": after }).to_string());
    if let Some(value) = HeaderValue::from_str(&text).ok().filter(|v| v.len() <= MAX_LEN) {
        headers.insert(AUDIT_HEADER, value);
    }
    headers
}

/// Takes the header off an answer.
pub fn take(headers: &mut HeaderMap) -> Option<Changes> {
    let value = headers.remove(AUDIT_HEADER)?;
    serde_json::from_slice(&B64.decode(value.as_bytes()).ok()?).ok()
}
