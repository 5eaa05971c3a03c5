//! Takes revocations in: into memory at once, so that the door refuses, and into the database for the next start.

use crate::{revoked::Revoked, store::revocations};
use chrono::TimeDelta;
use nqba_contracts::identity::AccessRevoked;
use nqba_core::{Envelope, Error, Event, Result};
use nqba_runtime::{
    Db,
    bus::{Handled, Handler, Subscription},
};
use std::sync::Arc;

const NAME: &str = "gateway.revocations";

/// The subscription.
pub(crate) fn subscription(db: Db, revoked: Revoked, life: TimeDelta) -> Subscription {
    Subscription {
        name: NAME,
        types: vec![AccessRevoked::TYPE],
        concurrency: 4,
        max_attempts: 20,
        handler: Arc::new(Take { db, revoked, life }),
    }
}

struct Take {
    db: Db,
    revoked: Revoked,
    life: TimeDelta,
}

#[async_trait::async_trait]
impl Handler for Take {
    async fn handle(&self, event: &Envelope) -> Result<Handled> {
        let revocation: AccessRevoked = event.data().map_err(Error::internal)?;
        // Noting it twice changes nothing, and refusing must not wait for the disk.
        self.revoked.note(&revocation);
        let Some(tx) = self.db.begin_consume(NAME, event.id).await? else { return Ok(Handled::Done) };
        let oldest = tx.now() - self.life;
        revocations::insert(&*tx, event.id, &revocation).await?;
        revocations::prune(&*tx, oldest).await?;
        tx.commit().await?;
        self.revoked.forget_before(oldest);
        tracing::info!(subject = %revocation.subject, reason = revocation.reason, "access was revoked");
        Ok(Handled::Done)
    }
}
