//! The handle by which a transaction wakes its relay, and the limit that keeps a dead bus from filling the disk.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Notify;

/// More waiting events than this and further publishing is refused.
const LIMIT: u64 = 100_000;

/// Wakes the relay of one database.
#[derive(Clone, Default)]
pub struct Outbox {
    inner: Arc<State>,
}

#[derive(Default)]
struct State {
    wake: Notify,
    depth: AtomicU64,
}

impl Outbox {
    /// A new handle.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn wake(&self) {
        self.inner.wake.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    pub(crate) fn added(&self, events: u64) {
        self.inner.depth.fetch_add(events, Ordering::Relaxed);
    }

    pub(crate) fn set_depth(&self, depth: u64) {
        self.inner.depth.store(depth, Ordering::Relaxed);
    }

    /// Events that wait for the relay.
    #[must_use]
    pub fn depth(&self) -> u64 {
        self.inner.depth.load(Ordering::Relaxed)
    }

    /// Whether no more may be added.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.depth() >= LIMIT
    }
}
