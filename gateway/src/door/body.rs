//! Bodies within their limit: refused at once when the length is told, cut off when it is not.

use axum::body::{Body, HttpBody};
use futures::StreamExt;
use http::{HeaderMap, Request, header};
use nqba_core::{Code, Error};
use nqba_runtime::web::json::BodyLimit;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Says afterwards whether a body of unknown length was cut off.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Confines the body.
///
/// # Errors
/// `too_large` when its length is told and is above the limit.
pub(crate) fn confine(request: &mut Request<Body>, limit: usize) -> Result<Option<Cut>, Error> {
    let told = content_length(request.headers());
    let least = request.body().size_hint().lower();
    let limit_u64 = limit as u64;
    if told.is_some_and(|n| n > limit_u64) || least > limit_u64 {
        return Err(too_large(limit));
    }
    request.extensions_mut().insert(BodyLimit(limit));
    if request.body().size_hint().upper().is_some_and(|most| most <= limit_u64) {
        return Ok(None);
    }
    let cut = Cut::default();
    let body = std::mem::take(request.body_mut());
    *request.body_mut() = counted(body, limit, cut.clone());
    Ok(Some(cut))
}

/// The answer to a body that is too large.
pub(crate) fn too_large(limit: usize) -> Error {
    Error::new(Code::TooLarge, format!("The body is larger than {limit} bytes, the maximum here."))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Passes the body on as it comes, and fails it where it crosses the limit: whoever reads it, here or elsewhere, stops.
fn counted(body: Body, limit: usize, cut: Cut) -> Body {
    let mut left = limit;
    Body::from_stream(body.into_data_stream().map(move |chunk| {
        let chunk = chunk?;
        match left.checked_sub(chunk.len()) {
            Some(rest) => {
                left = rest;
                Ok(chunk)
            }
            None => {
                cut.0.store(true, Ordering::Release);
                Err(axum::Error::new(std::io::Error::other("the body is larger than its maximum")))
            }
        }
    }))
}
