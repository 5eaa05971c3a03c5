//! Takes events from one service's outbox to the bus, in the order in which they were written.
//!
//! Rows are removed only after the bus has them; a crash in between repeats the append, which the bus ignores by id.
//! There is no "last id" to read from: a transaction that took its number early and commits late is found when it does.

use super::{Bus, Subscription};
use crate::db::{Db, map, outbox};
use nqba_core::{Envelope, Error, Result};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const BATCH: u64 = 500;
/// Rows written by another process (a command beside the running server) are found this often.
const POLL: Duration = Duration::from_secs(1);

pub(super) struct Relay {
    source: Db,
    bus: Bus,
    subscriptions: Arc<Vec<(Subscription, Arc<Notify>)>>,
}

impl Relay {
    pub(super) fn new(source: Db, bus: Bus, subscriptions: Arc<Vec<(Subscription, Arc<Notify>)>>) -> Self {
        Self { source, bus, subscriptions }
    }

    pub(super) async fn run(self, stop: CancellationToken) {
        let mut pause = POLL;
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(moved) if moved >= BATCH => continue,
                Ok(_) => pause = POLL,
                Err(e) => {
                    pause = (pause * 2).min(Duration::from_secs(10));
                    tracing::warn!(service = self.source.name(), error = %e, "the relay could not pass events on");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.source.outbox().woken() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn pass(&self) -> Result<u64> {
        let rows = outbox::Entity::find()
            .order_by_asc(outbox::Column::Seq)
            .limit(BATCH)
            .all(self.source.reader())
            .await
            .map_err(map)?;
        if rows.is_empty() {
            self.source.outbox().set_depth(0);
            return Ok(0);
        }
        let events = rows
            .iter()
            .map(|row| serde_json::from_str::<Envelope>(&row.envelope).map_err(Error::internal))
            .collect::<Result<Vec<_>>>()?;
        self.bus.append(events, &self.subscriptions).await?;
        let moved = rows.len() as u64;
        let seqs = rows.into_iter().map(|r| r.seq);
        let tx = self.source.begin().await?;
        outbox::Entity::delete_many().filter(outbox::Column::Seq.is_in(seqs)).exec(&*tx).await.map_err(map)?;
        tx.commit().await?;
        let left = outbox::Entity::find().count(self.source.reader()).await.map_err(map)?;
        self.source.outbox().set_depth(left);
        metrics::gauge!("nqba_outbox_events", "service" => self.source.name().to_owned()).set(left as f64);
        Ok(moved)
    }
}
