//! Delivers to one subscriber: in order within a key, several keys at once, again after failures, dead in the end.

use super::{Handled, Subscription, store};
use crate::db::Db;
use nqba_core::{Envelope, Error, Result};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Rows looked at in one pass.
const WINDOW: u64 = 256;
/// How soon a delivery that was not due is looked at again.
const POLL: Duration = Duration::from_millis(500);

pub(super) struct Dispatcher {
    db: Db,
    subscription: Arc<Subscription>,
    wake: Arc<Notify>,
}

/// What runs at the moment: its row and its key.
#[derive(Default)]
struct InFlight {
    rows: HashSet<i64>,
    keys: HashSet<String>,
}

impl Dispatcher {
    pub(super) fn new(db: Db, subscription: Subscription, wake: Arc<Notify>) -> Self {
        Self { db, subscription: Arc::new(subscription), wake }
    }

    pub(super) async fn run(self, stop: CancellationToken) {
        let mut running: JoinSet<(i64, String)> = JoinSet::new();
        let mut in_flight = InFlight::default();
        while !stop.is_cancelled() {
            let started = match self.start_due(&mut running, &mut in_flight).await {
                Ok(n) => n,
                Err(e) => {
                    tracing::warn!(subscriber = self.subscription.name, error = %e, "could not read deliveries");
                    0
                }
            };
            if started > 0 && running.len() < self.subscription.concurrency {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified(), if running.len() < self.subscription.concurrency => {}
                Some(ended) = running.join_next() => if let Ok((row, key)) = ended {
                    in_flight.rows.remove(&row);
                    in_flight.keys.remove(&key);
                },
                () = tokio::time::sleep(POLL), if running.len() < self.subscription.concurrency => {}
            }
        }
        // What runs is given the drain time by whoever waits for this task; a cut one is delivered again.
        while running.join_next().await.is_some() {}
    }

    async fn start_due(&self, running: &mut JoinSet<(i64, String)>, in_flight: &mut InFlight) -> Result<usize> {
        let room = self.subscription.concurrency.saturating_sub(running.len());
        if room == 0 {
            return Ok(0);
        }
        let rows = store::pending(self.db.reader(), self.subscription.name, WINDOW).await?;
        let now = self.db.now();
        let mut held: HashSet<String> = in_flight.keys.clone();
        let mut started = 0;
        for (row, event) in rows {
            if started == room {
                break;
            }
            // The first pending row of a key decides for the whole key: order is kept also while it waits.
            if in_flight.rows.contains(&row.seq) || !held.insert(row.partition_key.clone()) || row.next_at > now {
                continue;
            }
            in_flight.rows.insert(row.seq);
            in_flight.keys.insert(row.partition_key.clone());
            running.spawn(deliver(self.db.clone(), Arc::clone(&self.subscription), row, event));
            started += 1;
        }
        Ok(started)
    }
}

async fn deliver(
    db: Db,
    subscription: Arc<Subscription>,
    row: store::deliveries::Model,
    event: Envelope,
) -> (i64, String) {
    let name = subscription.name;
    let handler = Arc::clone(&subscription.handler);
    let kind = event.kind.clone();
    // A panic in a handler is a failure of this delivery, not the end of the subscriber.
    let outcome = match tokio::spawn(async move { handler.handle(&event).await }).await {
        Ok(outcome) => outcome,
        Err(e) => Err(Error::internal(format!("the handler ended abnormally: {e}"))),
    };
    let label = match &outcome {
        Ok(Handled::Done) => "done",
        Ok(Handled::Later(_)) => "later",
        Err(_) => "failed",
    };
    metrics::counter!("nqba_bus_deliveries_total", "subscriber" => name, "outcome" => label).increment(1);
    let noted = match outcome {
        Ok(Handled::Done) => store::done(&db, row.seq).await,
        Ok(Handled::Later(pause)) => store::postpone(&db, row.seq, pause).await,
        Err(e) => match store::failed(&db, &row, subscription.max_attempts, &e).await {
            Ok(true) => {
                tracing::error!(subscriber = name, event = %row.event_id, kind, error = %e, "gave up a delivery");
                Ok(())
            }
            Ok(false) => {
                tracing::warn!(subscriber = name, event = %row.event_id, kind, error = %e, "a delivery failed; again later");
                Ok(())
            }
            Err(e) => Err(e),
        },
    };
    if let Err(e) = noted {
        // The row stays pending and is delivered again; the inbox makes the second effect none.
        tracing::warn!(subscriber = name, event = %row.event_id, error = %e, "could not note a delivery");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    (row.seq, row.partition_key)
}
