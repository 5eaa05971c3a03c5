//! Keeps what grows by itself from growing without end: the log, and in every service's database what was kept for
//! repeated requests and repeated deliveries.

use super::store;
use crate::{
    db::{Db, idempotency, inbox, map},
    idempotency::KEEP_HOURS,
};
use chrono::TimeDelta;
use nqba_core::Result;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);
/// Events are kept so long; a delivery is not repeated later, so neither is what tells that it was taken in.
const KEEP_DAYS: i64 = 90;

pub(super) async fn run(log: Db, services: Vec<Db>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match store::prune(&log, log.now() - TimeDelta::days(KEEP_DAYS)).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(events = gone, "removed old events from the log"),
            Err(e) => tracing::warn!(error = %e, "could not remove old events"),
        }
        for db in &services {
            if let Err(e) = prune(db).await {
                tracing::warn!(service = db.name(), error = %e, "could not remove kept answers that are over");
            }
        }
    }
}

async fn prune(db: &Db) -> Result<()> {
    let tx = db.begin().await?;
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lt(tx.now() - TimeDelta::hours(KEEP_HOURS)))
        .exec(&*tx)
        .await
        .map_err(map)?;
    inbox::Entity::delete_many()
        .filter(inbox::Column::ReceivedAt.lt(tx.now() - TimeDelta::days(KEEP_DAYS)))
        .exec(&*tx)
        .await
        .map_err(map)?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backend::DatabaseUrl, bus::Outbox, db::DbOptions};
    use sea_orm::{ActiveValue::Set, PaginatorTrait};
    use std::sync::Arc;

    #[tokio::test]
    async fn what_is_over_goes_and_what_may_be_asked_for_stays() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite { dir: dir.path().to_owned() };
        let options = DbOptions { url, max_connections: 1 };
        let clock = Arc::new(nqba_core::SystemClock);
        let db = Db::open("unit", &options, Vec::new, clock, Outbox::new()).await.unwrap();
        let tx = db.begin().await.unwrap();
        for (key, hours) in [("old", KEEP_HOURS + 1), ("new", KEEP_HOURS - 1)] {
            let row = idempotency::ActiveModel {
                actor_id: Set(uuid::Uuid::nil()),
                operation: Set("POST /".into()),
                key: Set(key.into()),
                body_sha256: Set(String::new()),
                status: Set(200),
                headers: Set("{}".into()),
                body: Set(Vec::new()),
                created_at: Set(tx.now() - TimeDelta::hours(hours)),
            };
            idempotency::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
        }
        assert!(tx.first_effect("c", uuid::Uuid::nil()).await.unwrap());
        tx.commit().await.unwrap();
        prune(&db).await.unwrap();
        let kept = idempotency::Entity::find().all(db.reader()).await.unwrap();
        assert_eq!(kept.iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["new"]);
        assert_eq!(inbox::Entity::find().count(db.reader()).await.unwrap(), 1);
    }
}
