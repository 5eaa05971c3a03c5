//! The acting context at the service's door.

use super::Problem;
use crate::signing::{CONTEXT_HEADER, ContextSigner};
use axum::{
    extract::{FromRequestParts, Request},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use nqba_core::{Code, Ctx, Error};
use tracing::Instrument;

/// Lets a request in if its context was signed for this service.
pub(super) async fn verify(service: &'static str, signer: ContextSigner, mut request: Request, next: Next) -> Response {
    let header = request.headers_mut().remove(CONTEXT_HEADER);
    let missing = || Error::new(Code::Unauthenticated, "This service is reached through the gateway.");
    let verified = header.ok_or_else(missing).and_then(|h| signer.verify(&h, service, nqba_core::now_us()));
    match verified {
        Ok(ctx) => {
            let span = tracing::info_span!("call", service, request_id = %ctx.request_id);
            request.extensions_mut().insert(ctx);
            next.run(request).instrument(span).await
        }
        Err(error) => Problem(error).into_response(),
    }
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
