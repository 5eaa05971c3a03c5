//! Versions of records as entity tags: `"v7"`. A change names the version it changes.

use super::{Json, Problem};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Error, Result};
use serde::Serialize;

/// The tag of a version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The version that the caller means to change; 428 when it names none.
#[derive(Debug, Clone)]
pub struct IfMatch(String);

impl IfMatch {
    /// Refuses when the record has another version by now.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub fn check(&self, version: i64) -> Result<()> {
        let tag = etag(version);
        if self.0.trim() == "*" || self.0.split(',').any(|t| t.trim() == tag) {
            return Ok(());
        }
        let text =
            format!("This was changed in the meantime; its version is now {tag}. Read it again, then change it.");
        Err(Error::new(Code::PreconditionFailed, text))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = "Say which version you change: send If-Match with the ETag you read.";
        let header = parts.headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok());
        header.map(|h| Self(h.to_owned())).ok_or_else(|| Error::new(Code::PreconditionRequired, text).into())
    }
}

/// A record with its version's tag.
#[derive(Debug)]
pub struct ETagged<T> {
    /// The record.
    pub value: T,
    /// Its version.
    pub version: i64,
}

impl<T: Serialize> IntoResponse for ETagged<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::OK, Json(self.value)).into_response();
        if let Ok(value) = HeaderValue::from_str(&etag(self.version)) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_present_version_may_be_changed() {
        assert!(IfMatch("\"v7\"".into()).check(7).is_ok());
        assert!(IfMatch("\"v6\", \"v7\"".into()).check(7).is_ok());
        assert!(IfMatch("*".into()).check(7).is_ok());
        assert_eq!(IfMatch("\"v6\"".into()).check(7).unwrap_err().code(), Code::PreconditionFailed);
        assert!(IfMatch("v7".into()).check(7).is_err());
    }
}
