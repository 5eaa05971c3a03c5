//! Long work: a row, and a consumer of its `*.requested` event that does it. The bus is the queue.
//!
//! A claim is a token with a heartbeat. Whoever lost the claim can write nothing, so a job ends once, whatever crashes.

use crate::{
    bus::{Handled, Handler},
    db::{Db, Tx, Unique, jobs as table, map},
};
use nqba_core::{Ctx, Envelope, Error, Result};
use parking_lot::Mutex;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const HEARTBEAT: Duration = Duration::from_millis(500);
/// A worker silent for this long has lost its claim.
const LEASE: Duration = Duration::from_secs(5);
/// A job that has brought down this many workers is given up.
const MAX_CLAIMS: i32 = 3;

/// A job's row.
pub type Job = table::Model;

/// How a job's work ended.
#[derive(Debug, Clone)]
pub enum JobEnd {
    /// With a result and its totals, both JSON.
    Succeeded {
        /// The result.
        result: String,
        /// Totals for lists.
        summary: String,
    },
    /// Without one.
    Failed {
        /// Machine code.
        code: String,
        /// One sentence.
        message: String,
        /// Further facts.
        detail: Option<serde_json::Value>,
    },
    /// Nobody wants it any more.
    Cancelled,
}

impl JobEnd {
    /// The failure that an error means.
    #[must_use]
    pub fn from_error(error: &Error) -> Self {
        let detail = (!error.fields().is_empty()).then(|| serde_json::json!({ "errors": error.fields() }));
        Self::Failed {
            code: error.code().as_str().to_owned(),
            message: error.message().to_owned(),
            detail: error.extra().cloned().or(detail),
        }
    }
}

/// Does one kind of job.
#[async_trait::async_trait]
pub trait Work: Send + Sync + 'static {
    /// The consumer's name, e.g. `energy.optimize`.
    fn consumer(&self) -> &'static str;
    /// Does the work, outside any transaction. `unavailable` and `internal` are tried again; other errors end the job.
    async fn run(&self, job: &Job, ctx: &Ctx, control: &JobControl) -> Result<JobEnd>;
    /// States the job's end as an event, in the transaction that ends it.
    async fn ended(&self, tx: &Tx, job: &Job, ctx: &Ctx, end: &JobEnd) -> Result<()>;
    /// States progress as an event, in the transaction that notes it.
    async fn progressed(&self, tx: &Tx, job: &Job, ctx: &Ctx, progress: &Progress) -> Result<()>;
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// 0 to 1.
    pub ratio: f64,
    /// What it does.
    pub step: &'static str,
}

/// What a worker holds while it works.
#[derive(Clone)]
pub struct JobControl {
    progress: watch::Sender<Progress>,
    cancelled: CancellationToken,
}

impl JobControl {
    /// Says how far it is. Cheap: it is written at the next heartbeat.
    pub fn progress(&self, ratio: f64, step: &'static str) {
        self.progress.send_replace(Progress { ratio: ratio.clamp(0.0, 1.0), step });
    }
    /// Whether its owner no longer wants it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }
    /// Waits until its owner no longer wants it.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }
}

/// Jobs of one database: asks for, cancels, watches.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    running: Arc<Mutex<HashMap<Uuid, CancellationToken>>>,
    ended: Arc<tokio::sync::Notify>,
}

/// A job as it is asked for.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What kind.
    pub kind: &'static str,
    /// The record it is about.
    pub subject_id: Uuid,
    /// The record's team.
    pub team: Option<String>,
    /// What is asked, JSON.
    pub request: String,
    /// Who asks.
    pub created_by: Uuid,
}

impl Jobs {
    /// Jobs of that database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, running: Arc::default(), ended: Arc::default() }
    }

    /// Writes a queued job. The caller publishes its `*.requested` event, with the job's id as subject, in the same
    /// transaction.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub async fn enqueue(&self, tx: &Tx, new: NewJob) -> Result<Job> {
        let row = table::ActiveModel {
            id: Set(nqba_core::new_id()),
            kind: Set(new.kind.to_owned()),
            subject_id: Set(new.subject_id),
            team: Set(new.team),
            status: Set("queued".to_owned()),
            progress_ratio: Set(0.0),
            step: Set("queued".to_owned()),
            request: Set(new.request),
            result: Set(None),
            summary: Set(None),
            error: Set(None),
            attempts: Set(0),
            cancel_requested: Set(false),
            worker: Set(None),
            heartbeat_at: Set(None),
            created_by: Set(new.created_by),
            created_at: Set(tx.now()),
            started_at: Set(None),
            ended_at: Set(None),
        };
        table::Entity::insert(row).exec_with_returning(&**tx).await.map_err(map)
    }

    /// The job.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Job>> {
        table::Entity::find_by_id(id).unique(db).await
    }

    /// Asks a job to stop: a queued one ends at once, a running one as soon as its worker notices. Answers whether
    /// it ended here, so that the caller states the event.
    ///
    /// # Errors
    /// `conflict` when it has ended already.
    pub async fn cancel(&self, tx: &Tx, id: Uuid) -> Result<bool> {
        let ended = table::Entity::update_many()
            .col_expr(table::Column::Status, Expr::value("cancelled"))
            .col_expr(table::Column::CancelRequested, Expr::value(true))
            .col_expr(table::Column::EndedAt, Expr::value(Some(tx.now())))
            .filter(table::Column::Id.eq(id))
            .filter(table::Column::Status.eq("queued"))
            .exec(&**tx)
            .await
            .map_err(map)?;
        if ended.rows_affected > 0 {
            return Ok(true);
        }
        let asked = table::Entity::update_many()
            .col_expr(table::Column::CancelRequested, Expr::value(true))
            .filter(table::Column::Id.eq(id))
            .filter(table::Column::Status.eq("running"))
            .exec(&**tx)
            .await
            .map_err(map)?;
        if asked.rows_affected > 0 {
            return Ok(false);
        }
        Err(Error::conflict("This job has ended; there is nothing to cancel."))
    }

    /// Tells a worker in this process at once; one elsewhere notices at its next heartbeat. Call after the commit.
    pub fn notice_cancel(&self, id: Uuid) {
        if let Some(token) = self.running.lock().get(&id) {
            token.cancel();
        }
    }

    /// Waits until the job has ended or the time is up; answers it as it is then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wait(&self, id: Uuid, at_most: Duration) -> Result<Option<Job>> {
        let until = tokio::time::Instant::now() + at_most;
        loop {
            let notified = self.ended.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            let job = self.find(self.db.reader(), id).await?;
            let ended = job.as_ref().is_none_or(|j| matches!(j.status.as_str(), "succeeded" | "failed" | "cancelled"));
            if ended || tokio::time::Instant::now() >= until {
                return Ok(job);
            }
            // Another process may end it: look again now and then.
            let again = until.min(tokio::time::Instant::now() + Duration::from_millis(250));
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep_until(again) => {}
            }
        }
    }

    /// The bus handler that does these jobs.
    #[must_use]
    pub fn handler<W: Work>(&self, work: W) -> Arc<dyn Handler> {
        Arc::new(Worker { jobs: self.clone(), work: Arc::new(work) })
    }
}

struct Worker<W> {
    jobs: Jobs,
    work: Arc<W>,
}

enum Claim {
    Mine(Box<Job>, Uuid),
    Ended,
    Held(Duration),
    GivenUp(Box<Job>, Uuid),
}

#[async_trait::async_trait]
impl<W: Work> Handler for Worker<W> {
    async fn handle(&self, event: &Envelope) -> Result<Handled> {
        let id = Uuid::try_parse(&event.subject).map_err(Error::internal)?;
        let ctx = event.ctx(self.jobs.db.now() + chrono::TimeDelta::hours(1));
        match self.claim(id).await? {
            Claim::Ended => Ok(Handled::Done),
            Claim::Held(pause) => Ok(Handled::Later(pause)),
            Claim::Mine(job, token) => self.work(event, &job, token, &ctx).await,
            Claim::GivenUp(job, token) => {
                let message = format!("{MAX_CLAIMS} workers ended while they had this job; it is not tried again.");
                let end = JobEnd::Failed { code: "gave_up".to_owned(), message, detail: None };
                self.finish(event, &job, token, &ctx, end).await
            }
        }
    }
}

impl<W: Work> Worker<W> {
    async fn claim(&self, id: Uuid) -> Result<Claim> {
        let tx = self.jobs.db.begin().await?;
        let Some(mut job) = self.jobs.find(&*tx, id).await? else { return Ok(Claim::Ended) };
        let now = tx.now();
        match job.status.as_str() {
            "queued" => {}
            "running" => {
                let silent = job.heartbeat_at.map_or(LEASE, |t| (now - t).to_std().unwrap_or_default());
                if silent < LEASE {
                    return Ok(Claim::Held(LEASE - silent + Duration::from_millis(50)));
                }
            }
            _ => return Ok(Claim::Ended),
        }
        let token = nqba_core::new_id();
        job.attempts += 1;
        job.started_at = job.started_at.or(Some(now));
        "running".clone_into(&mut job.status);
        let mine = table::Entity::update_many()
            .col_expr(table::Column::Status, Expr::value("running"))
            .col_expr(table::Column::Worker, Expr::value(Some(token)))
            .col_expr(table::Column::HeartbeatAt, Expr::value(Some(now)))
            .col_expr(table::Column::StartedAt, Expr::value(job.started_at))
            .col_expr(table::Column::Attempts, Expr::value(job.attempts))
            .filter(table::Column::Id.eq(id))
            // On PostgreSQL another worker may have claimed it since it was read.
            .filter(table::Column::Attempts.eq(job.attempts - 1))
            .exec(&*tx)
            .await
            .map_err(map)?;
        tx.commit().await?;
        Ok(match (mine.rows_affected, job.attempts > MAX_CLAIMS) {
            (0, _) => Claim::Held(LEASE),
            (_, true) => Claim::GivenUp(Box::new(job), token),
            (_, false) => Claim::Mine(Box::new(job), token),
        })
    }

    async fn work(&self, event: &Envelope, job: &Job, token: Uuid, ctx: &Ctx) -> Result<Handled> {
        let cancelled = CancellationToken::new();
        if job.cancel_requested {
            return self.finish(event, job, token, ctx, JobEnd::Cancelled).await;
        }
        self.jobs.running.lock().insert(job.id, cancelled.clone());
        let (progress, seen) = watch::channel(Progress { ratio: 0.0, step: "started" });
        let control = JobControl { progress, cancelled: cancelled.clone() };
        let outcome = tokio::select! {
            outcome = self.work.run(job, ctx, &control) => outcome,
            () = self.beat(job, token, ctx, seen, &cancelled) => Err(Error::unavailable("The claim was lost.", "claim lost")),
            () = cancelled.cancelled() => Ok(JobEnd::Cancelled),
        };
        self.jobs.running.lock().remove(&job.id);
        let end = match outcome {
            Ok(_) if cancelled.is_cancelled() => JobEnd::Cancelled,
            Ok(end) => end,
            Err(e) if retryable(&e) && job.attempts < MAX_CLAIMS => {
                self.release(job.id, token).await?;
                return Err(e);
            }
            // That a requirement cannot be met is an answer; only what is ours is a fault.
            Err(e) if retryable(&e) => {
                tracing::error!(job = %job.id, error = %e, "a job failed");
                JobEnd::from_error(&e)
            }
            Err(e) => {
                tracing::info!(job = %job.id, code = e.code().as_str(), "a job ended without a result");
                JobEnd::from_error(&e)
            }
        };
        self.finish(event, job, token, ctx, end).await
    }

    /// Signs of life and progress until the claim is lost.
    async fn beat(
        &self,
        job: &Job,
        token: Uuid,
        ctx: &Ctx,
        mut seen: watch::Receiver<Progress>,
        cancelled: &CancellationToken,
    ) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let changed = seen.has_changed().unwrap_or(false).then(|| seen.borrow_and_update().clone());
            match self.beat_once(job, token, ctx, changed).await {
                Ok(Some(false)) => {}
                Ok(Some(true)) => cancelled.cancel(),
                Ok(None) => return,
                Err(e) => tracing::warn!(job = %job.id, error = %e, "could not write a job's heartbeat"),
            }
        }
    }

    /// `None`: the claim is lost. `Some(true)`: its owner no longer wants it.
    async fn beat_once(&self, job: &Job, token: Uuid, ctx: &Ctx, progress: Option<Progress>) -> Result<Option<bool>> {
        let tx = self.jobs.db.begin().await?;
        let mut update = table::Entity::update_many().col_expr(table::Column::HeartbeatAt, Expr::value(Some(tx.now())));
        if let Some(p) = &progress {
            update = update
                .col_expr(table::Column::ProgressRatio, Expr::value(p.ratio))
                .col_expr(table::Column::Step, Expr::value(p.step));
        }
        let mine = update
            .filter(table::Column::Id.eq(job.id))
            .filter(table::Column::Worker.eq(token))
            .filter(table::Column::Status.eq("running"))
            .exec(&*tx)
            .await
            .map_err(map)?;
        if mine.rows_affected == 0 {
            return Ok(None);
        }
        if let Some(p) = &progress {
            self.work.progressed(&tx, job, ctx, p).await?;
        }
        let row = self.jobs.find(&*tx, job.id).await?;
        tx.commit().await?;
        Ok(Some(row.is_some_and(|r| r.cancel_requested)))
    }

    async fn release(&self, id: Uuid, token: Uuid) -> Result<()> {
        let tx = self.jobs.db.begin().await?;
        table::Entity::update_many()
            .col_expr(table::Column::Status, Expr::value("queued"))
            .col_expr(table::Column::Worker, Expr::value(None::<Uuid>))
            .filter(table::Column::Id.eq(id))
            .filter(table::Column::Worker.eq(token))
            .exec(&*tx)
            .await
            .map_err(map)?;
        tx.commit().await
    }

    /// Ends the job, states it, and takes the event in: one transaction, and only if the claim still holds.
    async fn finish(&self, event: &Envelope, job: &Job, token: Uuid, ctx: &Ctx, end: JobEnd) -> Result<Handled> {
        let tx = self.jobs.db.begin().await?;
        let now = tx.now();
        let (status, result, summary, error, ratio) = match &end {
            JobEnd::Succeeded { result, summary } => {
                ("succeeded", Some(result.clone()), Some(summary.clone()), None, 1.0)
            }
            JobEnd::Failed { code, message, detail } => {
                let error = serde_json::json!({ "code": code, "message": message, "detail": detail });
                ("failed", None, None, Some(error.to_string()), 1.0)
            }
            JobEnd::Cancelled => ("cancelled", None, None, None, job.progress_ratio),
        };
        let mine = table::Entity::update_many()
            .col_expr(table::Column::Status, Expr::value(status))
            .col_expr(table::Column::Result, Expr::value(result))
            .col_expr(table::Column::Summary, Expr::value(summary))
            .col_expr(table::Column::Error, Expr::value(error))
            .col_expr(table::Column::ProgressRatio, Expr::value(ratio))
            .col_expr(table::Column::Step, Expr::value("ended"))
            .col_expr(table::Column::EndedAt, Expr::value(Some(now)))
            .filter(table::Column::Id.eq(job.id))
            .filter(table::Column::Worker.eq(token))
            .filter(table::Column::Status.eq("running"))
            .exec(&*tx)
            .await
            .map_err(map)?;
        if mine.rows_affected == 0 {
            return Ok(Handled::Later(LEASE));
        }
        self.work.ended(&tx, job, ctx, &end).await?;
        tx.first_effect(self.work.consumer(), event.id).await?;
        tx.commit().await?;
        metrics::counter!("nqba_jobs_total", "kind" => job.kind.clone(), "outcome" => status).increment(1);
        let waited = (now - job.created_at).to_std().unwrap_or_default();
        metrics::histogram!("nqba_job_duration_seconds", "kind" => job.kind.clone()).record(waited);
        self.jobs.ended.notify_waiters();
        Ok(Handled::Done)
    }
}

fn retryable(error: &Error) -> bool {
    use nqba_core::Code;
    matches!(error.code(), Code::Unavailable | Code::Internal | Code::Timeout)
}
