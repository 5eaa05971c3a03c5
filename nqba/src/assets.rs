//! The dashboard and the API reference, embedded in the binary.
//!
//! Hashed names are cached for ever, pages are revalidated, and a path that is no file is the dashboard's own: it gets
//! its page. Files were compressed when the dashboard was built.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "../dashboard/dist"]
struct Dist;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// What is looked for on many servers and is not here; a page would look like success.
const ELSEWHERE: [&str; 4] = ["metrics", "healthz", "health", "status"];
const REVALIDATE: &str = "no-cache";

/// Serves the pages.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .fallback(get(|request: Request| async move { serve(request.uri().path(), request.headers()) }))
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() || name.ends_with('/') { format!("{name}index.html") } else { name.to_owned() };
    if let Some(response) = file(&name, headers) {
        return response;
    }
    // A missing file is an old page's wish, or a probe at the wrong door; anything else is a page of the dashboard.
    let is_file = name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file || name.starts_with("assets/") || name.starts_with("docs/") || ELSEWHERE.contains(&name.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    file("index.html", headers).unwrap_or_else(|| {
        let text = "This binary was built without the dashboard; `make build` builds both.\n";
        (StatusCode::NOT_FOUND, text).into_response()
    })
}

fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let (encoding, found) = encoded(name, headers)?;
    let hash: String = found.metadata.sha256_hash().iter().take(12).map(|b| format!("{b:02x}")).collect();
    let etag = format!("\"{hash}\"");
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(found.data)) };
    let cache = if name.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(value) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, value);
    }
    Some(response)
}

/// The smallest form that the client takes.
fn encoded(name: &str, headers: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let takes = |coding: &str| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(coding) && !words.any(|q| matches!(q, "q=0" | "q=0.0"))
        })
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| takes(coding))
        .find_map(|(coding, ending)| Some((Some(coding), Dist::get(&format!("{name}.{ending}"))?)))
        .or_else(|| Some((None, Dist::get(name)?)))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
