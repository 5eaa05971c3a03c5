//! Errors as problem documents (RFC 9457): the only place where an error becomes an HTTP status.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Ctx, Error, FieldError};
use serde_json::{Map, Value, json};

/// An error on its way out.
#[derive(Debug)]
pub struct Problem(pub Error);

/// What a handler answers.
pub type ApiResult<T> = Result<T, Problem>;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// The request's id, put into the request's extensions where no acting context is known yet (the gateway's edge).
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// An error kept beside its answer, until the request's id is known.
#[derive(Clone)]
struct Pending(Error);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = document(&self.0, "");
        response.extensions_mut().insert(Pending(self.0));
        response
    }
}

/// The status of a code.
#[must_use]
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::Invalid | Code::Infeasible | Code::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::Conflict => StatusCode::CONFLICT,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn kind(code: Code) -> String {
    match code {
        Code::RateLimited => "https://iana.org/assignments/http-problem-types#quota-exceeded".to_owned(),
        Code::Unavailable => "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity".to_owned(),
        other => format!("urn:nqba:problem:{}", other.as_str()),
    }
}

/// The problem document of an error, for a request with this id.
#[must_use]
pub fn document(error: &Error, request_id: &str) -> Response {
    let code = error.code();
    let mut body = Map::new();
    body.insert("type".into(), json!(kind(code)));
    body.insert("title".into(), json!(code.title()));
    body.insert("status".into(), json!(status(code).as_u16()));
    body.insert("detail".into(), json!(error.message()));
    body.insert("instance".into(), json!(format!("urn:nqba:request:{request_id}")));
    body.insert("code".into(), json!(code));
    body.insert("request_id".into(), json!(request_id));
    body.insert("errors".into(), json!(error.fields()));
    if let Some(Value::Object(extra)) = error.extra() {
        body.extend(extra.iter().filter(|(k, _)| !is_standard(k)).map(|(k, v)| (k.clone(), v.clone())));
    }
    let mut response = Response::new(Body::from(Value::Object(body).to_string()));
    *response.status_mut() = status(code);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Who is to come again is always told when.
    let again = matches!(code, Code::RateLimited | Code::Unavailable).then_some(1);
    if let Some(seconds) = error.retry_after_s().or(again) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if code == Code::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn is_standard(key: &str) -> bool {
    matches!(key, "type" | "title" | "status" | "detail" | "instance" | "code" | "request_id" | "errors")
}

/// Logs an error as its weight asks: ours loudly, the caller's quietly.
pub fn log(error: &Error, request_id: &str) {
    let (code, cause) = (error.code().as_str(), error.cause().unwrap_or_default());
    if status(error.code()).is_server_error() {
        tracing::error!(request_id, code, cause, message = error.message(), "a request failed");
    } else {
        tracing::debug!(request_id, code, cause, message = error.message(), "a request was refused");
    }
}

/// Renders and logs what was refused further in, with the request's id: a layer for `middleware::from_fn`.
///
/// The id is the acting context's, or else the [`RequestId`] in the request's extensions.
pub async fn render(request: Request, next: Next) -> Response {
    let known = request.extensions();
    let edge = || known.get::<RequestId>().map(|r| r.0.clone());
    let id = known.get::<Ctx>().map(|c| c.request_id.clone()).or_else(edge).unwrap_or_default();
    let response = next.run(request).await;
    let Some(Pending(error)) = response.extensions().get::<Pending>() else { return response };
    log(error, &id);
    let mut rendered = document(error, &id);
    for (name, value) in response.headers() {
        if !rendered.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

/// The error that a remote service's answer means: the same value as a local one.
#[must_use]
pub fn from_response(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let known = serde_json::from_value::<Code>(value["code"].clone()).ok();
    let Some(known) = known else {
        return Error::unavailable("A part of the system answered in a way that is not understood.", code);
    };
    let fields: Vec<FieldError> = serde_json::from_value(value["errors"].clone()).unwrap_or_default();
    let mut error = Error::new(known, value["detail"].as_str().unwrap_or_default()).with_fields(fields);
    if let Some(seconds) = headers.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok()) {
        error = error.retry_after(seconds);
    }
    if let Value::Object(all) = value {
        let extra: Map<_, _> = all.into_iter().filter(|(k, _)| !is_standard(k)).collect();
        if !extra.is_empty() {
            error = error.with_extra(Value::Object(extra));
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn an_error_survives_the_wire() {
        let all = [
            Code::Malformed,
            Code::Invalid,
            Code::Infeasible,
            Code::Unauthenticated,
            Code::Forbidden,
            Code::NotFound,
            Code::MethodNotAllowed,
            Code::Conflict,
            Code::PreconditionFailed,
            Code::PreconditionRequired,
            Code::IdempotencyMismatch,
            Code::TooLarge,
            Code::UnsupportedMediaType,
            Code::RateLimited,
            Code::Timeout,
            Code::Unavailable,
            Code::Internal,
        ];
        for code in all {
            let error = Error::new(code, "so it is")
                .with_fields(vec![FieldError::new("/a/0", "bad", "no good")])
                .with_extra(json!({ "violations": [1] }))
                .retry_after(3)
                .because("secret cause");
            let (parts, body) = document(&error, "abc").into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            assert!(!String::from_utf8_lossy(&bytes).contains("secret"), "{code:?} tells its cause");
            let back = from_response(parts.status, &parts.headers, &bytes);
            assert_eq!((back.code(), back.message(), back.fields()), (code, error.message(), error.fields()));
            assert_eq!((back.extra(), back.retry_after_s()), (error.extra(), Some(3)));
        }
    }
}
