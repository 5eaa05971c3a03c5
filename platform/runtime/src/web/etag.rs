//! Versions of records as entity tags: `"v7"`. A change names the version it changes.

use super::{Json, Problem};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Error, Result};
use serde::Serialize;
use std::convert::Infallible;

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

/// The versions that the reader has already, if the request names any.
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Option<String>);

impl IfNoneMatch {
    /// Whether the reader has this version. Weak tags count too (RFC 9110, 13.1.2): compression makes them.
    #[must_use]
    pub fn has(&self, version: i64) -> bool {
        let tag = etag(version);
        let same = |t: &str| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag;
        self.0.as_deref().is_some_and(|tags| tags.split(',').any(|t| same(t.trim())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).map(str::to_owned)))
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

impl<T: Serialize> ETagged<T> {
    /// The record, or 304 without it when the reader has this version.
    #[must_use]
    pub fn unless(self, known: &IfNoneMatch) -> Response {
        if known.has(self.version) {
            return tagged(StatusCode::NOT_MODIFIED.into_response(), self.version);
        }
        self.into_response()
    }
}

impl<T: Serialize> IntoResponse for ETagged<T> {
    fn into_response(self) -> Response {
        tagged((StatusCode::OK, Json(self.value)).into_response(), self.version)
    }
}

fn tagged(mut response: Response, version: i64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
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
        assert!(IfMatch("W/\"v7\"".into()).check(7).is_err(), "a weak tag names no version");
    }

    #[tokio::test]
    async fn a_change_must_name_its_version() {
        let (mut parts, ()) = axum::http::Request::new(()).into_parts();
        let refused = IfMatch::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(refused.0.code(), Code::PreconditionRequired);
        parts.headers.insert(header::IF_MATCH, HeaderValue::from_static("\"v3\""));
        assert!(IfMatch::from_request_parts(&mut parts, &()).await.unwrap().check(3).is_ok());
    }

    #[test]
    fn what_the_reader_has_is_not_sent_again() {
        let answer =
            |tags: Option<&str>| ETagged { value: 1, version: 7 }.unless(&IfNoneMatch(tags.map(str::to_owned)));
        for (tags, status) in
            [(None, 200), (Some("\"v6\""), 200), (Some("\"v7\""), 304), (Some("x, W/\"v7\""), 304), (Some("*"), 304)]
        {
            let response = answer(tags);
            assert_eq!(response.status(), status, "{tags:?}");
            assert_eq!(response.headers()[header::ETAG], "\"v7\"");
        }
    }
}
