//! Solves a problem away from the async threads, a few at once.

use crate::{App, plan::convert};
use nqba_contracts::energy::{DispatchProblem, DispatchResult};
use nqba_core::{Error, Result};
use nqba_engine_energy as engine;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Longest wait for a free solver.
const QUEUE: Duration = Duration::from_secs(10);

/// Told to the solver when nobody waits any more.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Checks and solves an inline problem, baselines with it.
pub(crate) async fn solve(app: &App, given: DispatchProblem) -> Result<DispatchResult> {
    let currency = given.currency.clone();
    let problem = convert::problem(given, app.settings.energy.solver_time_limit_max_s)?;
    let room = Arc::clone(&app.solving).acquire_owned();
    let permit = match tokio::time::timeout(QUEUE, room).await {
        Ok(permit) => permit.map_err(Error::internal)?,
        Err(_) => return Err(Error::unavailable("Every solver is busy; try again.", "no solver free").retry_after(5)),
    };
    let gone = Gone(Arc::default());
    let flag = Arc::clone(&gone.0);
    let solved = tokio::task::spawn_blocking(move || {
        // Held until the solver has ended, also when nobody waits for it.
        let _permit = permit;
        let cancelled = || flag.load(Ordering::Relaxed);
        let control = engine::Control { progress: None, cancelled: Some(&cancelled) };
        let baselines = convert::baselines(&problem);
        convert::outcome(engine::solve(&problem, &control), &problem, &currency, baselines)
    })
    .await
    .map_err(Error::internal)?;
    drop(gone);
    solved
}
