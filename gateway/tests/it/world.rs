//! A whole gateway for one test.

use crate::{
    keys::{Key, claims},
    units::{self, Identity, Unit},
};
use axum::{Router, body::Body, http::Request};
use http::Method;
use http_body_util::BodyExt;
use nqba_contracts::identity::AccessRevoked;
use nqba_core::{Clock, Ctx, Event, now_us};
use nqba_gateway::Upstream;
use nqba_runtime::{
    Check, Db,
    config::Settings,
    mount::Mount,
    signing::{ContextKey, ContextSigner},
    telemetry, web,
};
use nqba_testkit::{Answer, Backend, Mounting, TestRuntime};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tower::ServiceExt;
use uuid::Uuid;

pub struct World {
    pub rt: TestRuntime,
    pub router: Router,
    pub admin: Router,
    pub signer: ContextSigner,
    pub key: Key,
    pub identity: Identity,
    pub unit: Unit,
    /// The databases from which identity's and the unit's events come.
    pub identity_db: Db,
    pub energy_db: Db,
    /// A second handle on the gateway's own database.
    pub own_db: Db,
}

/// How to build it.
pub struct Setup {
    backend: Backend,
    mounting: Mounting,
    flags: Vec<(&'static str, Value)>,
    clock: Option<Arc<dyn Clock>>,
    checks: Vec<Check>,
}

impl Setup {
    pub fn new() -> Self {
        Self { backend: Backend::Sqlite, mounting: Mounting::Local, flags: Vec::new(), clock: None, checks: Vec::new() }
    }
    pub fn on(mut self, backend: Backend, mounting: Mounting) -> Self {
        (self.backend, self.mounting) = (backend, mounting);
        self
    }
    pub fn set(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.flags.push((key, value.into()));
        self
    }
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }
    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    pub async fn start(self) -> World {
        let mut rt = TestRuntime::new(self.backend).await;
        if let Some(clock) = self.clock {
            rt.runtime.clock = clock;
        }
        let mut flags = self.flags;
        flags.push(("data.dir", serde_json::json!(rt.dir())));
        rt.runtime.settings = Arc::new(Settings::load(None, std::iter::empty(), &flags).unwrap());
        let (key, identity, unit) = (Key::new("k1"), Identity::default(), Unit::default());
        identity.keys.lock().unwrap().push(key.jwk());
        let signer = ContextSigner::new(&ContextKey::generate());
        let own = nqba_gateway::start(&rt.runtime).await.unwrap();
        let service = own.service();
        let mut upstreams = Vec::new();
        for (name, spec, router) in [
            (service.name, service.spec, service.router),
            ("identity", units::identity_spec(), units::identity(identity.clone())),
            ("energy", units::energy_spec(), units::energy(unit.clone())),
        ] {
            let router = web::service_router(name, router, signer.clone());
            let mount = match self.mounting {
                Mounting::Local => Mount::Local(router),
                Mounting::Remote => remote(router).await,
            };
            upstreams.push(Upstream { name, spec, mount });
        }
        let identity_db = rt.runtime.database("identity", Vec::new).await.unwrap();
        let energy_db = rt.runtime.database("energy", Vec::new).await.unwrap();
        let own_db = rt.runtime.database("gateway", nqba_gateway::migrations).await.unwrap();
        let sources = vec![service.db, identity_db.clone(), energy_db.clone()];
        let (stop, tasks) = (&rt.runtime.stop, &rt.runtime.tasks);
        rt.runtime.bus.start(sources, service.subscriptions, stop, tasks).unwrap();
        let mut checks = service.checks;
        checks.extend(self.checks);
        let metrics = telemetry::metrics().unwrap();
        let pages = units::pages();
        let gateway =
            nqba_gateway::build(&rt.runtime, &own, upstreams, signer.clone(), pages, checks, metrics).unwrap();
        let (router, admin) = (gateway.router, gateway.admin);
        World { rt, router, admin, signer, key, identity, unit, identity_db, energy_db, own_db }
    }
}

/// The service behind a socket.
pub async fn remote(router: Router) -> Mount {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Mount::remote(&base).unwrap()
}

/// A request to be.
pub fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

impl World {
    pub async fn start() -> Self {
        Setup::new().start().await
    }

    /// A token for these `role@scope` words.
    pub fn token(&self, scope: &str) -> String {
        self.key.sign(&claims(scope))
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(as_bearer(request(Method::GET, path), token).body(Body::empty()).unwrap()).await
    }

    /// Without a token.
    pub async fn get_bare(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = as_bearer(request(Method::POST, path), token).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The gateway behind a socket.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// States a fact from one of the services.
    pub async fn publish<E: Event>(&self, db: &Db, event: &E) {
        let tx = db.begin().await.unwrap();
        tx.publish(event, &Ctx::system(now_us() + chrono::TimeDelta::seconds(30))).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As identity does when access ends now.
    pub async fn revoke(&self, subject: Uuid, session: Option<Uuid>) {
        let event = AccessRevoked { subject, session, not_before: now_us(), reason: "roles_changed".to_owned() };
        self.publish(&self.identity_db, &event).await;
    }

    /// Every audit record, newest first, once all calls are closed.
    pub async fn records(&self) -> Vec<Value> {
        let token = self.token("auditor@group");
        for _ in 0..200 {
            let found = self.get("/api/v1/audit/records", &token).await.expect(200).json();
            let items = found["items"].as_array().unwrap().clone();
            if items.iter().all(|r| r["outcome"] != "open") {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("a record stays open");
    }

    /// Ends everything; nothing may hang.
    pub async fn end(self) {
        tokio::time::timeout(Duration::from_secs(10), self.rt.stop()).await.expect("what runs ends");
    }
}

pub fn as_bearer(builder: http::request::Builder, token: &str) -> http::request::Builder {
    builder.header("authorization", format!("Bearer {token}"))
}

pub async fn answer(response: axum::response::Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Waits until it holds, and says how long that took.
pub async fn eventually<F: Future<Output = bool>>(within: Duration, holds: impl Fn() -> F) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < within, "does not come true within {within:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}
