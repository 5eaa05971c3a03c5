//! Keeps the log from growing without end.

use super::store;
use crate::db::Db;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);
const KEEP_DAYS: i64 = 90;

pub(super) async fn run(db: Db, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match store::prune(&db, db.now() - chrono::TimeDelta::days(KEEP_DAYS)).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(events = gone, "removed old events from the log"),
            Err(e) => tracing::warn!(error = %e, "could not remove old events"),
        }
    }
}
