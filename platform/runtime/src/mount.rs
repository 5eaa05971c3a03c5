//! Where a service is: in this process or behind an address. Callers cannot tell.

use crate::{
    signing::{CONTEXT_HEADER, ContextSigner},
    web::problem::{self, Problem},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderName, Method, Request, Response, Uri, header, uri::PathAndQuery},
    response::IntoResponse,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use nqba_core::{Ctx, Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tower::{Service, ServiceExt};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// Headers of one connection, not of the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 5] =
    [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE];

/// A service, local or remote.
#[derive(Clone)]
pub enum Mount {
    /// In this process.
    Local(Router),
    /// Behind an address.
    Remote(Box<Remote>),
}

/// A service behind an address.
#[derive(Clone)]
pub struct Remote {
    /// `http://host:port`
    base: Uri,
    /// Keeps connections open.
    client: Client<HttpConnector, Body>,
}

impl Mount {
    /// A service behind an address.
    ///
    /// # Errors
    /// When the address is no `http://host:port`.
    pub fn remote(base: &str) -> Result<Self> {
        let base: Uri = base.parse().map_err(|e| Error::internal(format!("{base}: {e}")))?;
        if base.scheme_str() != Some("http") || base.authority().is_none() {
            return Err(Error::internal(format!("{base} is no http://host:port")));
        }
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Ok(Self::Remote(Box::new(Remote { base, client })))
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Body>> for Mount {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        match self {
            Self::Local(router) => Box::pin(router.clone().oneshot(request)),
            Self::Remote(remote) => {
                let remote = remote.clone();
                Box::pin(async move { Ok(send(*remote, request).await) })
            }
        }
    }
}

async fn send(Remote { base, client }: Remote, mut request: Request<Body>) -> Response<Body> {
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut parts = base.into_parts();
    parts.path_and_query = Some(path);
    match Uri::from_parts(parts) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(e) => return Problem(Error::internal(e)).into_response(),
    }
    *request.version_mut() = axum::http::Version::HTTP_11;
    for name in HOP_BY_HOP {
        request.headers_mut().remove(name);
    }
    request.headers_mut().remove(header::HOST);
    match client.request(request).await {
        Ok(mut response) => {
            for name in HOP_BY_HOP {
                response.headers_mut().remove(name);
            }
            response.map(Body::new)
        }
        Err(e) => {
            let cause = std::error::Error::source(&e).map_or_else(|| e.to_string(), |s| format!("{e}: {s}"));
            Problem(Error::unavailable("A part of the system that this needs does not answer; try again.", cause))
                .into_response()
        }
    }
}

/// Calls a service's operations, typed.
#[derive(Clone)]
pub struct Caller {
    mount: Mount,
    audience: &'static str,
    signer: ContextSigner,
}

impl Caller {
    /// Calls the service of that name.
    #[must_use]
    pub fn new(mount: Mount, audience: &'static str, signer: ContextSigner) -> Self {
        Self { mount, audience, signer }
    }

    /// Calls an operation as `ctx`.
    ///
    /// # Errors
    /// What the service says, as the same value as if it were local.
    pub async fn call<B: Serialize, T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<T> {
        let signed = self.signer.sign(ctx, self.audience, nqba_core::now_us());
        let request = Request::builder().method(method).uri(path).header(CONTEXT_HEADER, signed);
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) => {
                let bytes = serde_json::to_vec(body).map_err(Error::internal)?;
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(bytes))
            }
        };
        let request = request.map_err(Error::internal)?;
        let (parts, body) = match self.mount.clone().oneshot(request).await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        let bytes = axum::body::to_bytes(body, MAX_ANSWER).await.map_err(Error::internal)?;
        if !parts.status.is_success() {
            return Err(problem::from_response(parts.status, &parts.headers, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{signing::ContextKey, web};
    use axum::routing::get;
    use nqba_core::Code;

    fn unit(signer: ContextSigner) -> Router {
        let router = Router::new()
            .route("/ok", get(|web::Acting(ctx): web::Acting| async move { web::Json(ctx.request_id) }))
            .route("/bad", get(|| async { Problem(Error::invalid("/a", "bad", "no good")) }))
            .route("/panic", get(|| async { assert!(std::hint::black_box(false), "on purpose") }));
        web::service_router("unit", router, signer)
    }

    #[tokio::test]
    async fn local_and_remote_answer_the_same() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = unit(signer.clone());
        tokio::spawn(async move { axum::serve(listener, served).await });
        let ctx = Ctx::system(nqba_core::now_us() + chrono::TimeDelta::seconds(10));
        for mount in [Mount::Local(unit(signer.clone())), Mount::remote(&base).unwrap()] {
            let caller = Caller::new(mount.clone(), "unit", signer.clone());
            let get = |path: &'static str| caller.call::<(), String>(&ctx, Method::GET, path, None);
            assert_eq!(get("/ok").await.unwrap(), ctx.request_id);
            let e = get("/bad").await.unwrap_err();
            assert_eq!((e.code(), e.fields()[0].pointer.as_str()), (Code::Invalid, "/a"));
            assert_eq!(get("/panic").await.unwrap_err().code(), Code::Internal);
            assert_eq!(get("/none").await.unwrap_err().code(), Code::NotFound);
            let bare = Request::builder().uri("/ok").body(Body::empty()).unwrap();
            assert_eq!(mount.clone().oneshot(bare).await.unwrap().status(), 401);
        }
        let nowhere = Caller::new(Mount::remote("http://127.0.0.1:1").unwrap(), "unit", signer);
        assert_eq!(
            nowhere.call::<(), String>(&ctx, Method::GET, "/ok", None).await.unwrap_err().code(),
            Code::Unavailable
        );
    }
}
