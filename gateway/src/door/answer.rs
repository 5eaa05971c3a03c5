//! What every answer carries, and how API answers are made smaller.

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use nqba_runtime::web::audit::AUDIT_HEADER;
use tower::{ServiceExt, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{Compression, predicate::SizeAbove},
};

/// The request's id, always answered.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Scripts from our own files only. Styles also inline: the dashboard's component library writes its variables into a
/// style element.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
];

/// Smaller ones gain nothing.
const MIN_COMPRESSED: u64 = 1_024;

/// Puts on what every answer carries, and takes off what stays inside.
pub(crate) fn secure(headers: &mut HeaderMap, request_id: &str) {
    headers.remove(AUDIT_HEADER);
    // With the limits' two, the caching rule and the id.
    headers.reserve(HEADERS.len() + 4);
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}

/// An API answer is its caller's own: not kept, or asked about again where it has a tag.
pub(crate) fn caching(headers: &mut HeaderMap) {
    if headers.contains_key(header::CACHE_CONTROL) {
        return;
    }
    let rule = if headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
}

/// The codings that the caller takes, if any could matter.
pub(crate) fn accepted_codings(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(header::ACCEPT_ENCODING)?;
    value.to_str().ok().filter(|v| v.contains("gzip") || v.contains("br") || v.contains('*'))?;
    Some(value.clone())
}

/// Compresses JSON and CSV of some length. Streams of events are left alone: they must not be held back.
pub(crate) async fn compress(response: Response, codings: HeaderValue) -> Response {
    if !is_worth_it(&response) {
        return response;
    }
    let mut asked = Request::new(());
    asked.headers_mut().insert(header::ACCEPT_ENCODING, codings);
    let mut ready = Some(response);
    let inner = service_fn(move |_: Request<()>| {
        let response = ready.take().unwrap_or_default();
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let compression =
        Compression::new(inner).quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(MIN_COMPRESSED));
    match compression.oneshot(asked).await {
        Ok(response) => weaken(response.map(Body::new)),
        Err(never) => match never {},
    }
}

fn is_worth_it(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let short = response.body().size_hint().upper().is_some_and(|n| n < MIN_COMPRESSED);
    let plain = !headers.contains_key(header::CONTENT_ENCODING) && response.status() != StatusCode::NOT_MODIFIED;
    plain && !short && (kind.starts_with("application/json") || kind.starts_with("text/csv"))
}

/// A strong tag stands for the very bytes, and those have changed.
fn weaken(mut response: Response) -> Response {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let tag = response.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).filter(|t| t.starts_with('"'));
    if let Some(weak) = tag.and_then(|t| HeaderValue::try_from(format!("W/{t}")).ok()) {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}
