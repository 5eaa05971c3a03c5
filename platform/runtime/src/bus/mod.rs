//! The bus: facts go from a service's outbox to every subscriber, at least once on the wire and once in effect.
//!
//! Embedded form: a log of events and one row per event and subscriber in the database `bus`. A subscriber is woken in
//! process; its row is done only after it has committed. Order is kept among events of one partition key.

mod dispatch;
mod housekeeping;
mod outbox;
mod relay;
pub mod store;

pub use outbox::Outbox;
pub use store::Recorded;

use crate::db::{Db, DbOptions};
use dispatch::Dispatcher;
use nqba_core::{Clock, Envelope, Result};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::sync::{Notify, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What a subscriber says of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Its effect is committed.
    Done,
    /// Not now (another worker may still have it); come back, without counting it as a failure.
    Later(Duration),
}

/// Takes events in. Must be idempotent: begin with [`Db::begin_consume`].
#[async_trait::async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles one event. An error is tried again with growing pauses, then the delivery is dead.
    async fn handle(&self, event: &Envelope) -> Result<Handled>;
}

/// Who wants which events.
#[derive(Clone)]
pub struct Subscription {
    /// Unique name, e.g. `energy.optimize`; the inbox's and the queue's name.
    pub name: &'static str,
    /// Event types; a trailing `*` takes all that begin so.
    pub types: Vec<&'static str>,
    /// How many events (of different keys) are handled at once.
    pub concurrency: usize,
    /// After how many failures a delivery is dead.
    pub max_attempts: i32,
    /// The handler.
    pub handler: Arc<dyn Handler>,
}

impl Subscription {
    /// Whether the subscriber wants that type.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        self.types.iter().any(|t| matches_type(t, kind))
    }
}

/// Whether an event type fits a pattern: the type itself, or a beginning followed by `*`.
#[must_use]
pub fn matches_type(pattern: &str, kind: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == kind, |start| kind.starts_with(start))
}

/// The embedded bus.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    tail: broadcast::Sender<Arc<Recorded>>,
}

impl Bus {
    /// Opens the bus's database.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(options: &DbOptions, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = Db::open("bus", options, store::migrations, clock, Outbox::new()).await?;
        let (tail, _) = broadcast::channel(1024);
        Ok(Self { inner: Arc::new(Inner { db, tail }) })
    }

    /// Begins to relay the outboxes and to deliver to the subscribers.
    ///
    /// # Errors
    /// When two subscribers have the same name.
    pub fn start(
        &self,
        sources: Vec<Db>,
        subscriptions: Vec<Subscription>,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<()> {
        let names: HashSet<_> = subscriptions.iter().map(|s| s.name).collect();
        if names.len() != subscriptions.len() {
            return Err(nqba_core::Error::internal("two subscriptions have the same name"));
        }
        let wakes: Vec<_> = subscriptions.into_iter().map(|s| (s, Arc::new(Notify::new()))).collect();
        for (subscription, wake) in &wakes {
            let dispatcher = Dispatcher::new(self.inner.db.clone(), subscription.clone(), Arc::clone(wake));
            tasks.spawn(dispatcher.run(stop.clone()));
        }
        let wakes = Arc::new(wakes);
        tasks.spawn(housekeeping::run(self.inner.db.clone(), sources.clone(), stop.clone()));
        for source in sources {
            let relay = relay::Relay::new(source, self.clone(), Arc::clone(&wakes));
            tasks.spawn(relay.run(stop.clone()));
        }
        Ok(())
    }

    /// Events as they are recorded, for live streams. A reader that falls behind re-reads with [`Self::read_after`].
    #[must_use]
    pub fn tail(&self) -> broadcast::Receiver<Arc<Recorded>> {
        self.inner.tail.subscribe()
    }

    /// Recorded events after an offset, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_after(&self, offset: i64, limit: u64) -> Result<Vec<Recorded>> {
        store::read_after(self.inner.db.reader(), offset, limit).await
    }

    /// The newest offset, 0 when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self) -> Result<i64> {
        store::head(self.inner.db.reader()).await
    }

    /// How many deliveries are pending and dead.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn backlog(&self) -> Result<store::Backlog> {
        store::backlog(self.inner.db.reader()).await
    }

    /// The bus's database, for health checks.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Records events and what is owed to whom, once per event id, then tells the live streams.
    pub(crate) async fn append(
        &self,
        events: Vec<Envelope>,
        subscriptions: &[(Subscription, Arc<Notify>)],
    ) -> Result<()> {
        let wanted = |e: &Envelope| -> Vec<&'static str> {
            subscriptions.iter().filter(|(s, _)| s.wants(&e.kind)).map(|(s, _)| s.name).collect()
        };
        let recorded = store::append(&self.inner.db, events, wanted).await?;
        for (subscription, wake) in subscriptions {
            if recorded.iter().any(|r| subscription.wants(&r.envelope.kind)) {
                wake.notify_one();
            }
        }
        for event in recorded {
            // No live stream is listening: nobody to tell.
            let _ = self.inner.tail.send(Arc::new(event));
        }
        Ok(())
    }
}
