//! HTTP in and out, the same for every service: extractors, answers, problems, and the door that checks the context.

pub mod audit;
pub mod ctx;
pub mod etag;
pub mod json;
pub mod problem;
pub mod query;
pub mod spec;

pub use ctx::Acting;
pub use etag::{ETagged, IfMatch, IfNoneMatch};
pub use json::{Json, RawJson};
pub use problem::{ApiResult, Problem};
pub use query::{Path, Query};

use crate::signing::ContextSigner;
use axum::{Router, extract::Request, middleware, response::IntoResponse};
use nqba_core::{Code, Error};
use tower_http::catch_panic::CatchPanicLayer;

/// Wraps a service's routes: problems rendered with the request's id, panics caught, the context verified.
/// A port reached directly answers 401.
pub fn service_router(name: &'static str, router: Router, signer: ContextSigner) -> Router {
    router
        .fallback(|| async { Problem(Error::not_found("path")) })
        .method_not_allowed_fallback(|request: Request| async move {
            let text = format!("{} is not offered on this path.", request.method());
            Problem(Error::new(Code::MethodNotAllowed, text))
        })
        .layer(CatchPanicLayer::custom(|cause: Box<dyn std::any::Any + Send>| {
            let text = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
            Problem(Error::internal(format!("panic: {}", text.unwrap_or("without a message")))).into_response()
        }))
        .layer(middleware::from_fn(problem::render))
        .layer(middleware::from_fn(move |request, next| ctx::verify(name, signer.clone(), request, next)))
}
