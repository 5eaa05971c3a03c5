//! A service as the gateway reaches it: behind a mount, with a signed context.

use crate::{Backend, Mounting, TestRuntime};
use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use nqba_core::Ctx;
use nqba_runtime::{
    Db, Runtime, Service,
    mount::Mount,
    signing::{CONTEXT_HEADER, ContextKey, ContextSigner},
    web,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tower::ServiceExt;

/// A combination to test on.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Where the databases are.
    pub backend: Backend,
    /// How the service is reached.
    pub mounting: Mounting,
}

/// A started service and a caller in front of it.
#[derive(Clone)]
pub struct Harness {
    /// The runtime under it.
    pub rt: Arc<TestRuntime>,
    /// Its database.
    pub db: Db,
    name: &'static str,
    mount: Mount,
    signer: ContextSigner,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, null when there is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
    /// A header as text, empty when absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    /// The answer, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
    /// The pointers of the fields that were refused.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let fields = self.json()["errors"].as_array().cloned().unwrap_or_default();
        fields.iter().filter_map(|f| Some(f["pointer"].as_str()?.to_owned())).collect()
    }
}

type Starting = Pin<Box<dyn Future<Output = nqba_core::Result<Service>> + Send>>;

impl Harness {
    /// Starts the service on a fresh runtime, the bus with it, and mounts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(case: Case, start: impl FnOnce(Runtime) -> Starting) -> Self {
        let rt = TestRuntime::new(case.backend).await;
        let service = start(rt.runtime.clone()).await.expect("the service starts");
        let signer = ContextSigner::new(&ContextKey::generate());
        let db = service.db.clone();
        let (stop, tasks) = (&rt.runtime.stop, &rt.runtime.tasks);
        rt.runtime.bus.start(vec![db.clone()], service.subscriptions, stop, tasks).expect("the bus starts");
        let router = web::service_router(service.name, service.router, signer.clone());
        let mount = match case.mounting {
            Mounting::Local => Mount::Local(router),
            Mounting::Remote => serve(router).await,
        };
        Self { rt: Arc::new(rt), db, name: service.name, mount, signer }
    }

    /// Calls as `ctx`, with a JSON body if there is one.
    pub async fn call(&self, ctx: &Ctx, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_with(ctx, method, path, body, &[]).await
    }

    /// Calls as `ctx` with further headers.
    pub async fn call_with(
        &self,
        ctx: &Ctx,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = body.map(|b| ("application/json", b.to_string().into_bytes()));
        self.call_raw(ctx, method, path, body, headers).await
    }

    /// Calls as `ctx` with any body.
    ///
    /// # Panics
    /// When the request cannot be made or the answer not read.
    pub async fn call_raw(
        &self,
        ctx: &Ctx,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let signed = self.signer.sign(ctx, self.name, nqba_core::now_us());
        let mut request = Request::builder().method(method).uri(path).header(CONTEXT_HEADER, signed);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some((kind, bytes)) => request.header("content-type", kind).body(Body::from(bytes)),
            None => request.body(Body::empty()),
        };
        let response = self.mount.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Calls without any context, as somebody who reached the service's port would.
    ///
    /// # Panics
    /// When the answer cannot be read.
    pub async fn call_bare(&self, method: Method, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = self.mount.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Waits until every event is delivered; then the outbox and the queues are empty.
    ///
    /// # Panics
    /// When that takes more than 20 s, or a delivery is dead.
    pub async fn settle(&self) {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let waiting = nqba_runtime::db::outbox::Entity::find().count(self.db.reader()).await.unwrap();
            let backlog = self.rt.runtime.bus.backlog().await.unwrap();
            assert_eq!(backlog.dead, 0, "a delivery is dead");
            if waiting == 0 && backlog.pending == 0 {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "{waiting} events wait, {} deliveries pend", backlog.pending);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Every recorded event of that type, in order.
    ///
    /// # Panics
    /// When the bus does not answer.
    pub async fn events(&self, kind: &str) -> Vec<nqba_core::Envelope> {
        let all = self.rt.runtime.bus.read_after(0, 100_000).await.unwrap();
        all.into_iter().map(|r| r.envelope).filter(|e| e.kind == kind).collect()
    }

    /// Ends the test: everything is delivered, nothing is left.
    pub async fn end(self) {
        self.settle().await;
        self.rt.stop().await;
    }
}

async fn serve(router: Router) -> Mount {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Mount::remote(&base).unwrap()
}
