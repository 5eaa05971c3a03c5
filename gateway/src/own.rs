//! The gateway's own service: its database with the audit records and revocations, the audit listing and the live
//! stream. It is reached through the door like every other service.

use crate::{
    api,
    app::{App, records::Recorder},
    revoked::Revoked,
    store, work,
};
use nqba_core::Result;
use nqba_runtime::{Check, Db, Runtime, Service, bus::Bus, db::Migrations};
use std::sync::{Arc, atomic::AtomicBool};
use utoipa::openapi::OpenApi;

/// The service's name: its database and the audience of its contexts.
pub const NAME: &str = "gateway";

/// The gateway's own part, started. What it remembers is shared with the door.
pub struct Own {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) revoked: Revoked,
    /// Set when the signing keys that the door remembers are no longer all there are.
    pub(crate) keys_stale: Arc<AtomicBool>,
    pub(crate) recorder: Recorder,
    life: chrono::TimeDelta,
}

/// The description of the gateway's own operations.
#[must_use]
pub fn spec() -> OpenApi {
    api::router().split_for_parts().1
}

/// The gateway's tables.
#[must_use]
pub fn migrations() -> Migrations {
    store::migrations()
}

/// Opens the gateway's database, remembers what was revoked and starts to write audit records.
///
/// # Errors
/// When its database cannot be had.
pub async fn start(runtime: &Runtime) -> Result<Own> {
    let db = runtime.database(NAME, migrations).await?;
    let life = longest_token_life(runtime);
    let revoked = Revoked::default();
    for known in store::revocations::since(db.reader(), db.now() - life).await? {
        revoked.note(&known);
    }
    let recorder = Recorder::start(db.clone(), &runtime.stop, &runtime.tasks);
    Ok(Own { db, bus: runtime.bus.clone(), revoked, keys_stale: Arc::default(), recorder, life })
}

/// An access token lives no longer than this, so a revocation need not be remembered longer either.
fn longest_token_life(runtime: &Runtime) -> chrono::TimeDelta {
    // A restart may have shortened the setting; tokens of before still have the longest life that may be set.
    const LONGEST_S: u64 = 3_600;
    let seconds = runtime.settings.identity.access_token_ttl_s.max(LONGEST_S) + 60;
    chrono::TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000))
}

impl Own {
    /// As a service: its operations, its database and what it wants from the bus.
    #[must_use]
    pub fn service(&self) -> Service {
        let app = App { db: self.db.clone(), bus: self.bus.clone() };
        let (router, spec) = api::router().split_for_parts();
        let subscriptions = vec![
            work::revocations::subscription(self.db.clone(), self.revoked.clone(), self.life),
            work::signing_keys::subscription(Arc::clone(&self.keys_stale)),
        ];
        Service {
            name: NAME,
            router: router.with_state(app),
            spec,
            db: self.db.clone(),
            subscriptions,
            checks: vec![Check::database(&self.db)],
        }
    }
}
