//! Live streams end when their bearer's right to them does, and nobody holds more than a few.

use super::who::Verified;
use crate::revoked::Revoked;
use axum::{body::Body, response::Response};
use futures::StreamExt;
use nqba_core::{Clock, Code, Error, Result};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Streams that one actor may hold.
const MAX_PER_ACTOR: usize = 16;
/// A longer sleep is slept in parts.
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

/// Who holds how many.
#[derive(Default)]
pub(crate) struct Streams {
    open: Mutex<HashMap<Uuid, usize>>,
}

/// One open stream; its place is free again when this is dropped.
pub(crate) struct Place {
    streams: Arc<Streams>,
    actor: Uuid,
}

impl Streams {
    /// A place for one more.
    ///
    /// # Errors
    /// `rate_limited` when the actor holds as many as may be.
    pub(crate) fn enter(self: &Arc<Self>, actor: Uuid) -> Result<Place> {
        let mut open = self.open.lock();
        let held = open.entry(actor).or_default();
        if *held >= MAX_PER_ACTOR {
            let text = format!("You hold {MAX_PER_ACTOR} live streams, the most there may be; close one.");
            let extra = serde_json::json!({ "violated-policies": ["concurrent_streams"] });
            return Err(Error::new(Code::RateLimited, text).retry_after(5).with_extra(extra));
        }
        *held += 1;
        Ok(Place { streams: Arc::clone(self), actor })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock();
        if let Some(held) = open.get_mut(&self.actor) {
            *held -= 1;
            if *held == 0 {
                open.remove(&self.actor);
            }
        }
    }
}

/// What ends a stream before its reader does.
pub(crate) struct Ends {
    pub(crate) who: Arc<Verified>,
    pub(crate) revoked: Revoked,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: CancellationToken,
}

impl Ends {
    /// Waits for expiry, revocation or the end of the process.
    async fn reached(self) {
        let mut changed = self.revoked.changed();
        loop {
            let left = (self.who.expires_at - self.clock.now()).to_std().unwrap_or_default();
            if left.is_zero() || self.who.is_revoked(&self.revoked) {
                return;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
                told = changed.changed() => if told.is_err() { return },
            }
        }
    }
}

/// The answer, with an end.
pub(crate) fn confine(response: Response, ends: Ends, place: Place) -> Response {
    response.map(|body| {
        let end = Box::pin(async move {
            ends.reached().await;
            drop(place);
        });
        Body::from_stream(body.into_data_stream().take_until(end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_stream_ends() {
        let streams = Arc::new(Streams::default());
        let actor = nqba_core::new_id();
        let mut held: Vec<_> = (0..MAX_PER_ACTOR).map(|_| streams.enter(actor).unwrap()).collect();
        assert_eq!(streams.enter(actor).err().unwrap().code(), Code::RateLimited);
        assert!(streams.enter(nqba_core::new_id()).is_ok());
        held.pop();
        drop(streams.enter(actor).unwrap());
        drop(held);
        assert!(streams.open.lock().is_empty());
    }
}
