//! Hears that the signing key was rotated: the door reads the keys again before it trusts the next new token.

use nqba_contracts::identity::SigningKeyRotated;
use nqba_core::{Envelope, Event, Result};
use nqba_runtime::bus::{Handled, Handler, Subscription};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The subscription.
pub(crate) fn subscription(stale: Arc<AtomicBool>) -> Subscription {
    Subscription {
        name: "gateway.signing_keys",
        types: vec![SigningKeyRotated::TYPE],
        concurrency: 1,
        max_attempts: 3,
        handler: Arc::new(Note(stale)),
    }
}

struct Note(Arc<AtomicBool>);

#[async_trait::async_trait]
impl Handler for Note {
    async fn handle(&self, _: &Envelope) -> Result<Handled> {
        // There is no effect to repeat, so no inbox: reading the keys once more does no harm.
        self.0.store(true, Ordering::Release);
        Ok(Handled::Done)
    }
}
