//! Where a service is: in this process or behind an address. Callers cannot tell.

use crate::{
    signing::{CONTEXT_HEADER, ContextSigner},
    web::problem::{self, Problem},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, Method, Request, Response, Uri, header, uri::PathAndQuery},
    response::IntoResponse,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use nqba_core::{Code, Ctx, Error, Result};
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
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

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
    /// When the address is no `http://host:port`, or has a path: a service answers under its own.
    pub fn remote(base: &str) -> Result<Self> {
        let base: Uri = base.parse().map_err(|e| Error::internal(format!("{base}: {e}")))?;
        let bare = base.path_and_query().is_none_or(|p| p == "/");
        if base.scheme_str() != Some("http") || base.authority().is_none() || !bare {
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
    end_to_end(request.headers_mut());
    // The client names the host that it calls.
    request.headers_mut().remove(header::HOST);
    match client.request(request).await {
        Ok(mut response) => {
            end_to_end(response.headers_mut());
            response.map(Body::new)
        }
        Err(e) => {
            let cause = std::error::Error::source(&e).map_or_else(|| e.to_string(), |s| format!("{e}: {s}"));
            Problem(Error::unavailable("A part of the system that this needs does not answer; try again.", cause))
                .into_response()
        }
    }
}

/// Keeps the headers of the message; those of the connection go, also the ones that `Connection` names.
fn end_to_end(headers: &mut HeaderMap) {
    let lists = headers.get_all(header::CONNECTION).iter().filter_map(|v| v.to_str().ok());
    let named: Vec<HeaderName> =
        lists.flat_map(|list| list.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
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

    /// Calls an operation as `ctx`, waiting until its deadline at most. An answer without a body reads as `null`.
    ///
    /// # Errors
    /// What the service says, as the same value as if it were local; `timeout` at the deadline; `unavailable` when it
    /// cannot be reached or breaks off.
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
        let answer = self.answer(request.map_err(Error::internal)?);
        let left = (ctx.deadline - nqba_core::now_us()).to_std().unwrap_or_default();
        let late = || Error::new(Code::Timeout, "A part of the system that this needs did not answer in time.");
        let (parts, bytes) = tokio::time::timeout(left, answer).await.map_err(|e| late().because(e))??;
        if !parts.status.is_success() {
            return Err(problem::from_response(parts.status, &parts.headers, &bytes));
        }
        serde_json::from_slice(if bytes.is_empty() { b"null" } else { &bytes }).map_err(Error::internal)
    }

    async fn answer(&self, request: Request<Body>) -> Result<(axum::http::response::Parts, axum::body::Bytes)> {
        let (parts, body) = match self.mount.clone().oneshot(request).await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        let broken = |e| Error::unavailable("A part of the system that this needs broke off its answer; try again.", e);
        Ok((parts, axum::body::to_bytes(body, MAX_ANSWER).await.map_err(broken)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{signing::ContextKey, web};
    use axum::routing::{get, post};
    use futures::StreamExt;

    fn unit(signer: ContextSigner) -> Router {
        let slow = || async { tokio::time::sleep(Duration::from_secs(60)).await };
        let told = |request: Request<Body>| async move {
            let names = ["keep-alive", "x-hop", "x-kept"];
            let seen = names.map(|n| request.headers().contains_key(n));
            web::Json((request.uri().to_string(), seen))
        };
        let router = Router::new()
            .route("/ok", get(|web::Acting(ctx): web::Acting| async move { web::Json(ctx.request_id) }))
            .route("/bad", get(|| async { Problem(Error::invalid("/a", "bad", "no good")) }))
            .route("/panic", get(|| async { assert!(std::hint::black_box(false), "on purpose") }))
            .route("/nothing", get(|| async { axum::http::StatusCode::NO_CONTENT }))
            .route("/told", get(told))
            .route("/slow", get(slow))
            .route("/echo", post(|body: Body| async move { Response::new(body) }));
        web::service_router("unit", router, signer)
    }

    /// The same service in this process and over a socket.
    async fn both(signer: &ContextSigner) -> [Mount; 2] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = unit(signer.clone());
        tokio::spawn(async move { axum::serve(listener, served).await });
        [Mount::Local(unit(signer.clone())), Mount::remote(&base).unwrap()]
    }

    fn in_seconds(seconds: i64) -> Ctx {
        Ctx::system(nqba_core::now_us() + chrono::TimeDelta::seconds(seconds))
    }

    fn signed(signer: &ContextSigner, ctx: &Ctx, method: Method, path: &str) -> axum::http::request::Builder {
        let header = signer.sign(ctx, "unit", nqba_core::now_us());
        Request::builder().method(method).uri(path).header(CONTEXT_HEADER, header)
    }

    #[tokio::test]
    async fn local_and_remote_answer_the_same() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let ctx = in_seconds(10);
        for mount in both(&signer).await {
            let caller = Caller::new(mount.clone(), "unit", signer.clone());
            let get = |path: &'static str| caller.call::<(), String>(&ctx, Method::GET, path, None);
            assert_eq!(get("/ok").await.unwrap(), ctx.request_id);
            let e = get("/bad").await.unwrap_err();
            assert_eq!((e.code(), e.fields()[0].pointer.as_str()), (Code::Invalid, "/a"));
            assert_eq!(get("/panic").await.unwrap_err().code(), Code::Internal);
            assert_eq!(get("/none").await.unwrap_err().code(), Code::NotFound);
            caller.call::<(), ()>(&ctx, Method::GET, "/nothing", None).await.unwrap();
            let sent = vec![1, 2];
            let echoed: Vec<u8> = caller.call(&ctx, Method::POST, "/echo", Some(&sent)).await.unwrap();
            assert_eq!(echoed, sent);
            let bare = Request::builder().uri("/ok").body(Body::empty()).unwrap();
            assert_eq!(mount.clone().oneshot(bare).await.unwrap().status(), 401);
        }
        let nowhere = Caller::new(Mount::remote("http://127.0.0.1:1").unwrap(), "unit", signer);
        assert_eq!(
            nowhere.call::<(), String>(&ctx, Method::GET, "/ok", None).await.unwrap_err().code(),
            Code::Unavailable
        );
    }

    #[tokio::test]
    async fn every_refusal_carries_the_request_and_a_method_refused_names_the_others() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let ctx = in_seconds(10);
        for mount in both(&signer).await {
            for (method, path, status) in [
                (Method::GET, "/bad", 422),
                (Method::GET, "/panic", 500),
                (Method::GET, "/none", 404),
                (Method::PUT, "/ok", 405),
            ] {
                let request = signed(&signer, &ctx, method, path).body(Body::empty()).unwrap();
                let response = mount.clone().oneshot(request).await.unwrap();
                assert_eq!(response.status(), status, "{path}");
                assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
                assert_eq!(response.headers().contains_key(header::ALLOW), status == 405, "{path}");
                let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
                let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(body["request_id"], ctx.request_id.as_str(), "{path}");
                assert!(!body.to_string().contains("on purpose"), "{body}");
            }
        }
    }

    #[tokio::test]
    async fn path_and_query_arrive_and_the_connections_headers_do_not() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let [_, remote] = both(&signer).await;
        let request = signed(&signer, &in_seconds(10), Method::GET, "/told?a=1&b=%20")
            .header("connection", "x-hop, close")
            .header("keep-alive", "timeout=5")
            .header("x-hop", "1")
            .header("x-kept", "1");
        let response = remote.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let told: (String, [bool; 3]) = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(told, ("/told?a=1&b=%20".to_owned(), [false, false, true]));
    }

    #[tokio::test]
    async fn bodies_stream_both_ways() {
        let signer = ContextSigner::new(&ContextKey::generate());
        for mount in both(&signer).await {
            let (send, receive) = tokio::sync::mpsc::channel::<std::io::Result<&'static str>>(1);
            let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receive));
            let request = signed(&signer, &in_seconds(10), Method::POST, "/echo").body(body).unwrap();
            let answering = tokio::spawn(mount.oneshot(request));
            send.send(Ok("one")).await.unwrap();
            let mut echoed = answering.await.unwrap().unwrap().into_body().into_data_stream();
            assert_eq!(echoed.next().await.unwrap().unwrap(), "one");
            // The first part came back while the request was still open.
            send.send(Ok("two")).await.unwrap();
            assert_eq!(echoed.next().await.unwrap().unwrap(), "two");
            drop(send);
            assert!(echoed.next().await.is_none());
        }
    }

    #[tokio::test]
    async fn nobody_waits_beyond_the_deadline() {
        let signer = ContextSigner::new(&ContextKey::generate());
        for mount in both(&signer).await {
            let caller = Caller::new(mount, "unit", signer.clone());
            let ctx = Ctx::system(nqba_core::now_us() + chrono::TimeDelta::milliseconds(50));
            let e = caller.call::<(), ()>(&ctx, Method::GET, "/slow", None).await.unwrap_err();
            assert_eq!(e.code(), Code::Timeout);
        }
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for bad in ["", "h:1", "https://h:1", "http://h:1/api", "http://h:1/?a"] {
            assert!(Mount::remote(bad).is_err(), "{bad}");
        }
        assert!(Mount::remote("http://h:1").is_ok() && Mount::remote("http://h:1/").is_ok());
    }
}
