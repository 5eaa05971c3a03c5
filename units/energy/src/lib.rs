//! FLYFOX AI, the energy unit: sites, assets, tariffs, measured series, and plans over them.
//!
//! It decides when batteries, chargers, jobs, heat pumps and generators run. It never switches anything, never moves
//! money, and knows no other unit.

mod api;
mod app;
mod check;
pub mod demo;
mod plan;
#[allow(unreachable_pub, reason = "the derives of entities make public items")]
mod store;
mod work;

use moka::sync::Cache;
use nqba_contracts::energy::Tariff;
use nqba_core::Result;
use nqba_runtime::{Check, Db, Runtime, Service, config::Settings, db::Migrations, jobs::Jobs};
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

/// The unit's name: its database, its path, its bus source, its permissions' first word.
pub const NAME: &str = "energy";

/// What every app function is given beside the context.
#[derive(Clone)]
pub(crate) struct App {
    db: Db,
    jobs: Jobs,
    settings: Arc<Settings>,
    /// Inline problems solved at once.
    solving: Arc<Semaphore>,
    /// Tariffs read lately: they never change.
    tariffs: Cache<Uuid, Arc<Tariff>>,
}

/// Tariffs kept in memory at most.
const KEPT_TARIFFS: u64 = 1_000;

/// The unit's operations.
#[must_use]
pub fn spec() -> OpenApi {
    api::router().split_for_parts().1
}

/// The unit's tables.
#[must_use]
pub fn migrations() -> Migrations {
    store::migrations()
}

/// Starts the unit.
///
/// # Errors
/// When its database cannot be opened.
pub async fn start(rt: &Runtime) -> Result<Service> {
    let db = rt.database(NAME, migrations).await?;
    let app = App {
        jobs: Jobs::new(db.clone()),
        db: db.clone(),
        settings: Arc::clone(&rt.settings),
        solving: Arc::new(Semaphore::new(rt.settings.energy.workers)),
        tariffs: Cache::new(KEPT_TARIFFS),
    };
    let (router, spec) = api::router().split_for_parts();
    let subscriptions = vec![work::optimizations::subscription(&app)];
    let checks = vec![Check::database(&db)];
    Ok(Service { name: NAME, router: router.with_state(app), spec, db, subscriptions, checks })
}
