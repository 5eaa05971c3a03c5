//! The one door: who calls, what they may, how often, with what record; then on to the unit that does it.
//!
//! It knows no unit by type: what there is, it reads from the descriptions that it is given. The list of steps that a
//! call takes is in `chain.rs`, all of it.

mod api;
mod app;
mod chain;
mod door;
mod health;
mod openapi;
mod own;
mod revoked;
mod store;
mod work;

pub use openapi::{aggregate, in_words};
pub use own::{NAME, Own, migrations, spec, start};

use chain::{Gate, Parts};
use nqba_core::{Error, Result};
use nqba_runtime::{Check, Runtime, mount::Mount, signing::ContextSigner, telemetry::Metrics};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// A service behind the gateway.
pub struct Upstream {
    /// Its name: the audience of the contexts that are signed for it.
    pub name: &'static str,
    /// Its operations, and what each needs.
    pub spec: OpenApi,
    /// Where it is.
    pub mount: Mount,
}

/// What the listeners serve.
pub struct Gateway {
    /// API and pages, for everybody.
    pub router: axum::Router,
    /// Metrics and verbose health, for operators only.
    pub admin: axum::Router,
}

/// Puts the gateway in front of the upstreams. What is no part of the API goes to `pages`.
///
/// # Errors
/// When a description does not say what an operation needs, two of them claim the same path, id or schema, or there
/// is no upstream `identity` to ask who somebody is.
pub fn build(
    runtime: &Runtime,
    own: &Own,
    upstreams: Vec<Upstream>,
    signer: ContextSigner,
    pages: axum::Router,
    checks: Vec<Check>,
    metrics: Metrics,
) -> Result<Gateway> {
    let document = openapi::Document::new(&aggregate(upstreams.iter().map(|u| u.spec.clone()).collect())?)?;
    let identity = upstreams.iter().find(|u| u.name == "identity");
    let identity = identity.ok_or_else(|| Error::internal("the gateway has no upstream `identity`"))?.mount.clone();
    let routes = door::routes::Table::new(upstreams, &runtime.settings.http)?;
    let health = health::Health::new(checks, runtime.stop.clone());
    let parts = Parts { routes, identity, signer, pages, health: health.clone(), document };
    let gate = Arc::new(Gate::new(runtime, own, parts));
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| gate.handle(request));
    Ok(Gateway { router, admin: health::admin(health, metrics) })
}
