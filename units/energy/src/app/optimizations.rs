//! Optimisations of stored sites: asked for, watched, cancelled. The work itself is a job.

use crate::{
    App,
    plan::{build, request, stored::Stored},
    store::{
        optimizations::{self as store, KIND, Row},
        sites,
    },
};
use nqba_contracts::{
    JobStatus,
    energy::{NewOptimization, Optimization, OptimizationCancelled, OptimizationRequested},
};
use nqba_core::{Ctx, Error, Page, PageQuery, Result};
use nqba_runtime::{Tx, db::jobs, jobs::NewJob};
use serde::de::DeserializeOwned;
use std::time::Duration;
use uuid::Uuid;

/// Longest wait for the end.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(60);

fn json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn wire(row: Row, result: Option<&str>) -> Result<Optimization> {
    Ok(Optimization {
        id: row.id,
        site_id: row.subject_id,
        status: serde_json::from_value::<JobStatus>(row.status.into()).map_err(Error::internal)?,
        progress_ratio: row.progress_ratio,
        request: json(&row.request)?,
        requested_by: row.created_by,
        result: result.map(json).transpose()?,
        summary: row.summary.as_deref().map(json).transpose()?,
        error: row.error.as_deref().map(json).transpose()?,
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        created_at: row.created_at,
        started_at: row.started_at,
        ended_at: row.ended_at,
    })
}

fn whole(job: &jobs::Model) -> Result<Optimization> {
    wire(Row::from(job), job.result.as_deref())
}

pub(crate) async fn list(app: &App, ctx: &Ctx, site_id: Option<Uuid>, query: &PageQuery) -> Result<Page<Optimization>> {
    let db = app.db.reader();
    if let Some(id) = site_id {
        sites::find(db, ctx, id).await?;
    }
    let page = store::page(db, ctx, site_id, query.limit()?, query.cursor()?).await?;
    let items = page.items.into_iter().map(|r| wire(r, None)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(crate) async fn read(app: &App, ctx: &Ctx, id: Uuid) -> Result<Optimization> {
    whole(&store::find(app.db.reader(), ctx, id).await?)
}

/// Checks what is asked against the site and its readings, before anything is written: what cannot be planned is
/// refused at once, with its field.
pub(crate) async fn prepare(app: &App, ctx: &Ctx, asked: &NewOptimization) -> Result<NewOptimization> {
    let db = app.db.reader();
    let stored = Stored::load(db, ctx, asked.site_id).await?;
    let request = request::resolve(&stored, asked, app.settings.energy.solver_time_limit_max_s)?;
    let built = build::build(db, &stored, &request).await?;
    if let Some(invalid) = built.problem.validate().first() {
        return Err(Error::invalid("/site_id", invalid.code, &invalid.message));
    }
    Ok(NewOptimization { peak_so_far_kw: Some(built.problem.sites[0].grid.peak_so_far_kw), ..request })
}

/// Writes the queued job and the event that asks for it, within the caller's transaction.
pub(crate) async fn create(app: &App, tx: &Tx, ctx: &Ctx, request: &NewOptimization) -> Result<Optimization> {
    let site = sites::find(&**tx, ctx, request.site_id).await?;
    let new = NewJob {
        kind: KIND,
        subject_id: site.id,
        team: site.team.clone(),
        request: serde_json::to_string(request).map_err(Error::internal)?,
        created_by: ctx.actor.id,
    };
    let job = app.jobs.enqueue(tx, new).await?;
    let event = OptimizationRequested { optimization_id: job.id, site_id: site.id, team: site.team };
    tx.publish(&event, ctx).await?;
    whole(&job)
}

/// Waits for the end, at most so long; answers the job as it is then.
pub(crate) async fn wait(app: &App, ctx: &Ctx, id: Uuid, at_most: Duration) -> Result<Optimization> {
    app.jobs.wait(id, at_most.min(MAX_WAIT)).await?;
    read(app, ctx, id).await
}

/// Cancels: a queued one has ended with the answer, a running one ends as soon as its worker notices.
pub(crate) async fn cancel(app: &App, ctx: &Ctx, id: Uuid) -> Result<Optimization> {
    let tx = app.db.begin().await?;
    let job = store::find(&*tx, ctx, id).await?;
    if app.jobs.cancel(&tx, id).await? {
        let event = OptimizationCancelled { optimization_id: id, site_id: job.subject_id, team: job.team };
        tx.publish(&event, ctx).await?;
    }
    tx.commit().await?;
    app.jobs.notice_cancel(id);
    read(app, ctx, id).await
}
