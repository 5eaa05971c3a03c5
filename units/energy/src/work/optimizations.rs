//! Does optimisations: reads the site, solves, weighs the baselines, states the end.

use crate::{
    App,
    plan::{
        build::{self, Built},
        convert, request,
        stored::Stored,
    },
};
use chrono::DateTime;
use nqba_contracts::energy::{
    DispatchResult, NewOptimization, OptimizationCancelled, OptimizationCompleted, OptimizationFailed,
    OptimizationProgressed, OptimizationRequested, OptimizationResult, OptimizationSummary,
};
use nqba_core::{Ctx, Error, Event, Result};
use nqba_engine_energy as engine;
use nqba_runtime::{
    Tx,
    bus::Subscription,
    jobs::{Job, JobControl, JobEnd, Progress, Work},
};
use std::{collections::BTreeMap, time::Duration};

/// A job that fails on our side is tried this often.
const MAX_ATTEMPTS: i32 = 8;

/// The worker.
struct Optimize {
    app: App,
}

/// Listens to what is asked for.
pub(crate) fn subscription(app: &App) -> Subscription {
    let work = Optimize { app: app.clone() };
    Subscription {
        name: work.consumer(),
        types: vec![OptimizationRequested::TYPE],
        concurrency: app.settings.energy.workers,
        max_attempts: MAX_ATTEMPTS,
        handler: app.jobs.handler(work),
    }
}

#[async_trait::async_trait]
impl Work for Optimize {
    fn consumer(&self) -> &'static str {
        "energy.optimize"
    }

    async fn run(&self, job: &Job, ctx: &Ctx, control: &JobControl) -> Result<JobEnd> {
        control.progress(0.05, "loading");
        let asked: NewOptimization = serde_json::from_str(&job.request).map_err(Error::internal)?;
        let db = self.app.db.reader();
        let stored = Stored::load(db, ctx, job.subject_id).await?;
        let built = build::build(db, &stored, &asked).await?;
        let teller = control.clone();
        let currency = stored.site.currency.clone();
        let limit_s = built.problem.time_limit_s;
        let solving = tokio::task::spawn_blocking(move || {
            let solved = solve(&built.problem, &currency, &teller);
            (built, solved)
        });
        let (built, solved) = tokio::select! {
            ended = solving => ended.map_err(Error::internal)?,
            () = clock(control, limit_s) => return Err(Error::internal("the clock of a solve ended")),
        };
        control.progress(0.95, "storing");
        let result = tell(&stored, &asked, built, solved?);
        let summary = summary(&result);
        Ok(JobEnd::Succeeded {
            result: serde_json::to_string(&result).map_err(Error::internal)?,
            summary: serde_json::to_string(&summary).map_err(Error::internal)?,
        })
    }

    async fn ended(&self, tx: &Tx, job: &Job, ctx: &Ctx, end: &JobEnd) -> Result<()> {
        let (optimization_id, site_id, team) = (job.id, job.subject_id, job.team.clone());
        match end {
            JobEnd::Succeeded { summary, .. } => {
                let s: OptimizationSummary = serde_json::from_str(summary).map_err(Error::internal)?;
                let event = OptimizationCompleted {
                    optimization_id,
                    site_id,
                    team,
                    cost_total: s.cost_total,
                    savings_vs_none: s.none_total - s.cost_total,
                    savings_vs_rule: s.rule_total - s.cost_total,
                    rel_gap: s.rel_gap,
                    solve_ms: s.solve_ms,
                    currency: s.currency,
                };
                tx.publish(&event, ctx).await?;
            }
            JobEnd::Failed { code, message, .. } => {
                let (code, message) = (code.clone(), message.clone());
                tx.publish(&OptimizationFailed { optimization_id, site_id, team, code, message }, ctx).await?;
            }
            JobEnd::Cancelled => {
                tx.publish(&OptimizationCancelled { optimization_id, site_id, team }, ctx).await?;
            }
        }
        Ok(())
    }

    async fn progressed(&self, tx: &Tx, job: &Job, ctx: &Ctx, progress: &Progress) -> Result<()> {
        let event = OptimizationProgressed {
            optimization_id: job.id,
            site_id: job.subject_id,
            team: job.team.clone(),
            progress_ratio: progress.ratio,
            step: progress.step.to_owned(),
        };
        tx.publish(&event, ctx).await?;
        Ok(())
    }
}

/// The solver cannot say how far it is, only how long it may take at most: that share is told while it solves.
async fn clock(control: &JobControl, limit_s: f64) {
    let began = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let share = began.elapsed().as_secs_f64() / limit_s.max(1.0);
        control.progress(0.2 + 0.7 * share.min(1.0), "solving");
    }
}

/// Baselines, then the optimum.
fn solve(problem: &engine::Problem, currency: &str, teller: &JobControl) -> Result<DispatchResult> {
    teller.progress(0.1, "baselines");
    let baselines = convert::baselines(problem);
    teller.progress(0.2, "solving");
    let cancelled = || teller.is_cancelled();
    let control = engine::Control { progress: None, cancelled: Some(&cancelled) };
    convert::outcome(engine::solve(problem, &control), problem, currency, baselines)
}

/// The result in the site's own ids.
fn tell(stored: &Stored, asked: &NewOptimization, built: Built, mut dispatch: DispatchResult) -> OptimizationResult {
    let Built { problem, ids, filled, carbon_known } = built;
    let mut asset_names = BTreeMap::new();
    for site in &mut dispatch.sites {
        site.id = stored.site.id.to_string();
        for asset in &mut site.assets {
            if let Some(id) = ids.get(&asset.id) {
                asset_names.insert(id.clone(), std::mem::replace(&mut asset.id, id.clone()));
            }
        }
    }
    let grid = request::grid(stored, asked);
    let site = problem.sites.into_iter().next();
    let (import, export) = site.map(|s| (s.grid.import_price_per_kwh, s.grid.export_price_per_kwh)).unwrap_or_default();
    OptimizationResult {
        start: DateTime::from_timestamp(grid.from, 0).unwrap_or_default(),
        step_s: u32::try_from(grid.step_s).unwrap_or_default(),
        import_price_per_kwh: import,
        export_price_per_kwh: export,
        inputs: "measured".to_owned(),
        filled_values: filled,
        asset_names,
        carbon_known,
        dispatch,
    }
}

fn summary(result: &OptimizationResult) -> OptimizationSummary {
    let d = &result.dispatch;
    OptimizationSummary {
        currency: d.currency.clone(),
        cost_total: d.cost.total,
        none_total: d.baselines.none.cost.total,
        rule_total: d.baselines.rule.cost.total,
        rel_gap: d.rel_gap,
        solve_ms: d.solve_ms,
        peak_kw: d.peak_kw,
        carbon_kg: result.carbon_known.then_some(d.carbon_kg),
    }
}
