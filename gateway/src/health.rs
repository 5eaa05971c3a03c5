//! Whether the process lives, and whether it can serve (draft-inadarei-api-health-check).
//!
//! Outside only the status is told; the admin listener tells each check.

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::join_all;
use nqba_core::{Error, now_us};
use nqba_runtime::{Check, telemetry::Metrics, web::Problem};
use serde_json::{Map, Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// A check that takes longer has failed.
const WITHIN: Duration = Duration::from_secs(2);
/// Probes of several watchers share one run.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Asks the checks.
#[derive(Clone)]
pub(crate) struct Health {
    inner: Arc<Inner>,
}

struct Inner {
    checks: Vec<Check>,
    stop: CancellationToken,
    last: Mutex<Option<(Instant, Arc<Report>)>>,
}

/// What the checks said.
struct Report {
    passes: bool,
    checks: Map<String, Value>,
}

impl Health {
    pub(crate) fn new(checks: Vec<Check>, stop: CancellationToken) -> Self {
        Self { inner: Arc::new(Inner { checks, stop, last: Mutex::new(None) }) }
    }

    /// The process lives: it answers. No dependency is asked, or a slow database would have it restarted.
    pub(crate) fn live() -> Response {
        answer(true, &json!({ "status": "pass" }))
    }

    /// Whether it can serve, in one word.
    pub(crate) async fn ready(&self) -> Response {
        let passes = !self.inner.stop.is_cancelled() && self.report().await.passes;
        answer(passes, &json!({ "status": word(passes) }))
    }

    async fn verbose(&self) -> Response {
        let report = self.report().await;
        let stopping = self.inner.stop.is_cancelled();
        let passes = report.passes && !stopping;
        let mut body = json!({
            "status": word(passes), "version": env!("CARGO_PKG_VERSION"), "serviceId": "nqba", "checks": report.checks,
        });
        if stopping {
            body["output"] = json!("The process is ending.");
        }
        answer(passes, &body)
    }

    async fn report(&self) -> Arc<Report> {
        let mut last = self.inner.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < GOOD_FOR
        {
            return Arc::clone(report);
        }
        let results = join_all(self.inner.checks.iter().map(run)).await;
        let report = Arc::new(Report {
            passes: results.iter().all(|(passes, ..)| *passes),
            checks: results.into_iter().map(|(_, name, detail)| (name, json!([detail]))).collect(),
        });
        *last = Some((Instant::now(), Arc::clone(&report)));
        report
    }
}

async fn run(check: &Check) -> (bool, String, Value) {
    let began = Instant::now();
    let outcome = tokio::time::timeout(WITHIN, check.run()).await;
    let error = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(e)) => Some(e.to_string()),
        Err(_) => Some(format!("did not answer within {} s", WITHIN.as_secs())),
    };
    if let Some(error) = &error {
        tracing::warn!(check = check.name, error, "not ready");
    }
    let mut detail = json!({
        "status": word(error.is_none()), "observedValue": began.elapsed().as_secs_f64() * 1e3, "observedUnit": "ms",
        "time": now_us(),
    });
    if let Some(error) = &error {
        detail["output"] = json!(error);
    }
    (error.is_none(), check.name.clone(), detail)
}

fn word(passes: bool) -> &'static str {
    if passes { "pass" } else { "fail" }
}

fn answer(passes: bool, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = if passes { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/health+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the admin listener serves.
pub(crate) fn admin(health: Health, metrics: Metrics) -> Router {
    let shown = move || {
        let metrics = metrics.clone();
        async move {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            (kind, metrics.render())
        }
    };
    Router::new()
        .route("/metrics", get(shown))
        .route("/livez", get(|| async { Health::live() }))
        .route("/readyz", get(|State(health): State<Health>| async move { health.verbose().await }))
        .fallback(|| async { Problem(Error::not_found("path")).into_response() })
        .with_state(health)
}
