//! The acting context at the service's door.

use super::{Problem, problem};
use crate::signing::{CONTEXT_HEADER, ContextSigner};
use axum::{
    extract::{FromRequestParts, Request},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Ctx, Error, TraceParent};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Lets a request in if its context was signed for this service.
pub(super) async fn verify(service: &'static str, signer: ContextSigner, mut request: Request, next: Next) -> Response {
    let header = request.headers_mut().remove(CONTEXT_HEADER);
    let missing = || Error::new(Code::Unauthenticated, "This service is reached through the gateway.");
    let verified = header.ok_or_else(missing).and_then(|h| signer.verify(&h, service, nqba_core::now_us()));
    match verified {
        Ok(ctx) => {
            let span = tracing::info_span!("call", service, request_id = %ctx.request_id);
            // Fails only when no spans are exported.
            let _ = span.set_parent(parent(&ctx.traceparent));
            request.extensions_mut().insert(ctx);
            next.run(request).instrument(span).await
        }
        Err(error) => {
            problem::log(&error, "");
            Problem(error).into_response()
        }
    }
}

/// The caller's span, so that exported spans join the trace that the caller was told.
fn parent(traceparent: &TraceParent) -> opentelemetry::Context {
    let trace = TraceId::from_hex(traceparent.trace_id()).unwrap_or(TraceId::INVALID);
    let span = traceparent.as_str().get(36..52).and_then(|s| SpanId::from_hex(s).ok()).unwrap_or(SpanId::INVALID);
    let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::default());
    opentelemetry::Context::new().with_remote_span_context(caller)
}

/// Extracts the context that [`verify`] let in.
#[derive(Debug, Clone)]
pub struct Acting(pub Ctx);

impl<S: Send + Sync> FromRequestParts<S> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem(Error::new(Code::Unauthenticated, "This service is reached through the gateway."));
        parts.extensions.get::<Ctx>().cloned().map(Acting).ok_or_else(missing)
    }
}
