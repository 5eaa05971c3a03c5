//! What is done from time to time: the signing key of other processes is followed, and what has ended goes.

use super::{sessions::FAILURE_WINDOW, signing_keys};
use crate::{App, store};
use chrono::TimeDelta;
use nqba_core::Result;
use tokio_util::sync::CancellationToken;

/// How often.
pub(crate) const EVERY: TimeDelta = TimeDelta::seconds(30);
/// What has ended stays readable for so long.
const KEEP: TimeDelta = TimeDelta::days(7);

/// Keeps house until the process ends.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    loop {
        if let Err(error) = pass(&app).await {
            tracing::warn!(%error, "identity could not keep house; again shortly");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY.to_std().unwrap_or_default()) => {}
        }
    }
}

async fn pass(app: &App) -> Result<()> {
    signing_keys::follow(app).await?;
    let tx = app.db.begin().await?;
    let now = tx.now();
    let gone = store::sessions::prune(&*tx, now - KEEP, now - FAILURE_WINDOW).await?
        + store::signing_keys::prune(&*tx, now - KEEP).await?;
    tx.commit().await?;
    if gone > 0 {
        tracing::debug!(rows = gone, "removed what had ended");
    }
    Ok(())
}
