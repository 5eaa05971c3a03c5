//! JSON in and out. What does not fit is named by its JSON pointer.

use super::Problem;
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment};
use sha2::{Digest, Sha256};

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// A JSON body with the hash of its bytes, for idempotency keys.
#[derive(Debug, Clone)]
pub struct RawJson<T> {
    /// The value.
    pub value: T,
    /// SHA-256 of the bytes as they came.
    pub sha256: [u8; 32],
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let mut response = Response::new(Body::from(bytes));
                let kind = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                response
            }
            Err(e) => Problem(Error::internal(e)).into_response(),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(RawJson::from_request(request, state).await?.value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for RawJson<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let text = format!("The body must be application/json, not `{kind}`.");
            return Err(Error::new(Code::UnsupportedMediaType, text).into());
        }
        let bytes = read(request, state).await?;
        Ok(Self { value: parse(&bytes)?, sha256: Sha256::digest(&bytes).into() })
    }
}

/// The whole body. Its size was limited at the gateway.
///
/// # Errors
/// `too_large` when a limit was hit, `malformed` when the client broke off.
pub async fn read<S: Send + Sync>(request: Request, _: &S) -> Result<Bytes> {
    let body = request.into_body();
    axum::body::to_bytes(body, MAX_BODY).await.map_err(|e| {
        let text = e.to_string();
        if text.contains("length limit exceeded") {
            Error::new(Code::TooLarge, "The body is larger than this operation's maximum.").because(text)
        } else {
            Error::new(Code::Malformed, "The body could not be read to its end.").because(text)
        }
    })
}

/// No operation takes more; each states its own maximum, which the gateway keeps.
const MAX_BODY: usize = 128 * 1024 * 1024;

/// Reads JSON.
///
/// # Errors
/// `malformed` when it is no JSON; `invalid`, with a pointer, when it does not fit the type.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|e| refuse(e.path(), e.inner()))?;
    reader.end().map_err(|e| refuse_syntax(&e))?;
    Ok(value)
}

fn refuse_syntax(e: &serde_json::Error) -> Error {
    let text = format!("The body is no valid JSON (line {}, column {}).", e.line(), e.column());
    Error::new(Code::Malformed, text).because(e)
}

fn refuse(path: &Path, e: &serde_json::Error) -> Error {
    if e.is_syntax() || e.is_eof() {
        return refuse_syntax(e);
    }
    let text = e.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(t, _)| t);
    let mut pointer = pointer(path);
    let named = |start: &str| text.strip_prefix(start)?.split('`').next();
    let code = if let Some(field) = named("missing field `") {
        let at = format!("/{}", escape(field));
        if !pointer.ends_with(&at) {
            pointer.push_str(&at);
        }
        "missing"
    } else if let Some(field) = named("unknown field `") {
        let at = format!("/{}", escape(field));
        if !pointer.ends_with(&at) {
            pointer.push_str(&at);
        }
        "unknown_field"
    } else if text.starts_with("unknown variant") {
        "unknown_variant"
    } else {
        "wrong_type"
    };
    let mut sentence = text.to_owned();
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    Error::invalid(pointer, code, format!("{sentence}."))
}

/// An RFC 6901 pointer.
fn pointer(path: &Path) -> String {
    path.iter()
        .filter_map(|s| match s {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        eta: f64,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        items: Vec<Inner>,
        name: String,
    }

    fn refused(text: &str) -> (Code, String, String) {
        let e = parse::<Outer>(text.as_bytes()).unwrap_err();
        let f = e.fields().first().cloned();
        (e.code(), f.clone().map(|f| f.pointer).unwrap_or_default(), f.map(|f| f.code).unwrap_or_default())
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_pointer() {
        let case = |text: &str, pointer: &str, code: &str| {
            assert_eq!(refused(text), (Code::Invalid, pointer.to_owned(), code.to_owned()), "{text}");
        };
        case(r#"{"items":[{"eta":1},{"eta":"NaN"}],"name":"x"}"#, "/items/1/eta", "wrong_type");
        case(r#"{"items":[{"eta":1,"eta2":1}],"name":"x"}"#, "/items/0/eta2", "unknown_field");
        case(r#"{"items":[{}],"name":"x"}"#, "/items/0/eta", "missing");
        case(r#"{"items":[]}"#, "/name", "missing");
        case(r#"{"items":7,"name":"x"}"#, "/items", "wrong_type");
        case(r#"{"items":[],"name":null}"#, "/name", "wrong_type");
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in ["", "{", r#"{"items":[{"eta":NaN}],"name":"x"}"#, r#"{"items":[],"name":"x"} x"#, "\u{1}"] {
            assert_eq!(refused(text).0, Code::Malformed, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse::<serde_json::Value>(deep.as_bytes()).unwrap_err().code(), Code::Malformed);
    }
}
