//! What a service is given and what it gives back.

use crate::{
    bus::{Bus, Outbox, Subscription},
    config::Settings,
    db::{Db, DbOptions, Migrations},
};
use nqba_core::{Clock, Result};
use std::{future::Future, pin::Pin, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What every service is given at its start.
#[derive(Clone)]
pub struct Runtime {
    /// The configuration, checked.
    pub settings: Arc<Settings>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where databases are.
    pub databases: DbOptions,
    /// The bus.
    pub bus: Bus,
    /// Told when the process is to end.
    pub stop: CancellationToken,
    /// Waited for, within the drain time, before the process ends.
    pub tasks: TaskTracker,
}

impl Runtime {
    /// Opens the service's own database.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn database(&self, name: &str, migrations: fn() -> Migrations) -> Result<Db> {
        Db::open(name, &self.databases, migrations, Arc::clone(&self.clock), Outbox::new()).await
    }
}

type CheckFuture = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A dependency that readiness asks.
#[derive(Clone)]
pub struct Check {
    /// `component:measurement`, e.g. `energy-database:answers`.
    pub name: String,
    run: Arc<dyn Fn() -> CheckFuture + Send + Sync>,
}

impl Check {
    /// A check from a function.
    pub fn new<F, Fut>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name: name.into(), run: Arc::new(move || Box::pin(run())) }
    }

    /// Whether the database answers.
    #[must_use]
    pub fn database(db: &Db) -> Self {
        let db = db.clone();
        Self::new(format!("{}-database:answers", db.name()), move || {
            let db = db.clone();
            async move { db.ping().await }
        })
    }

    /// Asks.
    ///
    /// # Errors
    /// What the dependency says.
    pub async fn run(&self) -> Result<()> {
        (self.run)().await
    }
}

/// What a service gives back.
pub struct Service {
    /// Its name: the part of the path after `/api/v1/`, its database's and its bus source's name.
    pub name: &'static str,
    /// Its operations.
    pub router: axum::Router,
    /// Their description.
    pub spec: utoipa::openapi::OpenApi,
    /// Its database, whose outbox is relayed.
    pub db: Db,
    /// What it wants from the bus.
    pub subscriptions: Vec<Subscription>,
    /// What readiness asks.
    pub checks: Vec<Check>,
}
