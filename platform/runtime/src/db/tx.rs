//! A writing transaction: the change and its events are one.

use super::{Db, inbox, map, outbox};
use nqba_core::{Envelope, Error, Event, EventMeta, Result};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, TransactionSession,
    sea_query::OnConflict,
};
use std::{
    ops::Deref,
    sync::atomic::{AtomicU64, Ordering},
};

/// A writing transaction. Dropping it rolls back.
pub struct Tx {
    inner: DatabaseTransaction,
    db: Db,
    events: AtomicU64,
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction, db: Db) -> Self {
        Self { inner, db, events: 0.into() }
    }

    /// Writes the event into the outbox: it exists if and only if this transaction commits.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub async fn publish<E: Event>(&self, event: &E, meta: impl Into<EventMeta>) -> Result<Envelope> {
        let envelope = Envelope::wrap(self.db.name(), event, meta.into(), self.db.now()).map_err(Error::internal)?;
        self.append(&envelope).await?;
        Ok(envelope)
    }

    async fn append(&self, envelope: &Envelope) -> Result<()> {
        if self.db.outbox().is_full() {
            let text = "Too many events wait for the bus; nothing was changed. Try again later.";
            return Err(Error::unavailable(text, "the outbox is full"));
        }
        let row = outbox::ActiveModel {
            seq: NotSet,
            id: Set(envelope.id),
            kind: Set(envelope.kind.clone()),
            partition_key: Set(envelope.partitionkey.clone()),
            envelope: Set(serde_json::to_string(envelope).map_err(Error::internal)?),
            created_at: Set(envelope.time),
        };
        outbox::Entity::insert(row).exec_without_returning(&self.inner).await.map_err(map)?;
        self.events.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Notes in the inbox that `consumer` takes the event in; false when it has done so before.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub async fn first_effect(&self, consumer: &str, event_id: uuid::Uuid) -> Result<bool> {
        let row = inbox::ActiveModel {
            consumer: Set(consumer.to_owned()),
            event_id: Set(event_id),
            received_at: Set(self.now()),
        };
        let written = inbox::Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&self.inner)
            .await
            .map_err(map)?;
        Ok(written > 0)
    }

    /// Commits, then wakes the relay if there were events.
    ///
    /// # Errors
    /// When the commit fails; then nothing happened.
    pub async fn commit(self) -> Result<()> {
        let events = self.events.load(Ordering::Relaxed);
        TransactionSession::commit(self.inner).await.map_err(map)?;
        if events > 0 {
            self.db.outbox().added(events);
            self.db.outbox().wake();
        }
        Ok(())
    }

    /// Rolls back.
    ///
    /// # Errors
    /// When the connection is lost; then too nothing happened.
    pub async fn rollback(self) -> Result<()> {
        TransactionSession::rollback(self.inner).await.map_err(map)
    }

    /// The database's clock.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.db.now()
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
