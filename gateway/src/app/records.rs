//! Audit records: the listing, and the writer that opens and closes them.
//!
//! One task writes for all calls and commits what has gathered meanwhile together, so that many calls share one sync
//! to disk. A row is durable before its call goes on.

use super::App;
use crate::store::records::{self as store, Ending, Filter, Model};
use nqba_contracts::audit::AuditRecord;
use nqba_core::{Code, Error, Page, PageQuery, Result};
use nqba_runtime::Db;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// Messages written in one transaction at most.
const BATCH: usize = 256;
/// How long a call waits for its record before it is refused.
const OPEN_WITHIN: Duration = Duration::from_secs(5);
/// Pause before endings that could not be written are tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often a writer that is to end looks whether calls are still under way.
const LAST_CALLS: Duration = Duration::from_millis(50);

/// A page of records, newest first.
pub(crate) async fn list(app: &App, filter: &Filter, page: &PageQuery) -> Result<Page<AuditRecord>> {
    let rows = store::list(app.db.reader(), filter, page.cursor()?.as_ref(), page.limit()?).await?;
    Ok(rows.map(wire))
}

fn wire(row: Model) -> AuditRecord {
    let json = |text: Option<String>| text.and_then(|t| serde_json::from_str(&t).ok());
    AuditRecord {
        id: row.id,
        time: row.time,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        operation: row.operation,
        method: row.method,
        path: row.path,
        permission: row.permission,
        request_id: row.request_id,
        client_ip: row.client_ip,
        outcome: row.outcome,
        status: row.status.and_then(|s| u16::try_from(s).ok()),
        duration_ms: row.duration_ms,
        request: json(row.request),
        before: json(row.before),
        after: json(row.after),
    }
}

/// Opens and closes records.
#[derive(Clone)]
pub(crate) struct Recorder {
    sender: mpsc::UnboundedSender<Message>,
    under_way: Arc<AtomicUsize>,
}

enum Message {
    Open(Box<Model>, oneshot::Sender<Result<()>>),
    Close(Ending),
}

/// An open record. Dropped without an ending, it is closed as failed.
pub(crate) struct OpenRecord {
    id: Uuid,
    began: Instant,
    sender: Option<mpsc::UnboundedSender<Message>>,
}

impl Recorder {
    /// Starts the writer. It ends after `stop`, when no call is under way any more.
    pub(crate) fn start(db: Db, stop: &CancellationToken, tasks: &TaskTracker) -> Self {
        // Unbounded, yet bounded: each call waits for its opening, and has one ending.
        let (sender, receiver) = mpsc::unbounded_channel();
        let under_way = Arc::new(AtomicUsize::new(0));
        let writer = Writer { db, receiver, under_way: Arc::clone(&under_way), late: Vec::new() };
        tasks.spawn(writer.run(stop.clone()));
        Self { sender, under_way }
    }

    /// Writes the record; the call may go on when this returns.
    ///
    /// # Errors
    /// `unavailable` when it cannot be written: then nothing must be changed.
    pub(crate) async fn open(&self, row: Model) -> Result<OpenRecord> {
        let (id, began) = (row.id, Instant::now());
        let (reply, written) = oneshot::channel();
        self.under_way.fetch_add(1, Ordering::AcqRel);
        if self.sender.send(Message::Open(Box::new(row), reply)).is_err() {
            self.under_way.fetch_sub(1, Ordering::AcqRel);
            return Err(cannot("the writer has ended"));
        }
        match tokio::time::timeout(OPEN_WITHIN, written).await {
            Ok(Ok(Ok(()))) => Ok(OpenRecord { id, began, sender: Some(self.sender.clone()) }),
            Ok(Ok(Err(e))) => Err(cannot(e)),
            Ok(Err(_)) => Err(cannot("the writer has ended")),
            Err(_) => Err(cannot("the audit database does not answer")),
        }
    }
}

fn cannot(cause: impl std::fmt::Display) -> Error {
    Error::unavailable(
        "What changes something is recorded first, and the record cannot be written now; nothing was changed. Try again.",
        cause,
    )
}

impl OpenRecord {
    /// States how the call ended. Never fails and never waits.
    pub(crate) fn close(mut self, status: u16, before: Option<String>, after: Option<String>) {
        let outcome = match status {
            0..400 => "succeeded",
            400..500 => "refused",
            _ => "failed",
        };
        self.end(outcome, Some(status), before, after);
    }

    fn end(&mut self, outcome: &'static str, status: Option<u16>, before: Option<String>, after: Option<String>) {
        let Some(sender) = self.sender.take() else { return };
        let duration_ms = self.began.elapsed().as_secs_f64() * 1e3;
        if sender.send(Message::Close(Ending { id: self.id, outcome, status, duration_ms, before, after })).is_err() {
            tracing::error!(record = %self.id, outcome, "an audit record stays open: its writer has ended");
        }
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        self.end("failed", None, None, None);
    }
}

struct Writer {
    db: Db,
    receiver: mpsc::UnboundedReceiver<Message>,
    under_way: Arc<AtomicUsize>,
    /// Endings that could not be written yet.
    late: Vec<Ending>,
}

impl Writer {
    async fn run(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                message = self.receiver.recv() => match message {
                    Some(message) => Some(message),
                    None => break,
                },
                () = tokio::time::sleep(AGAIN), if !self.late.is_empty() => None,
                () = ended(&stop) => {
                    if self.under_way.load(Ordering::Acquire) == 0 {
                        break;
                    }
                    None
                }
            };
            self.write(first).await;
        }
        if !self.late.is_empty() {
            self.write(None).await;
        }
    }

    async fn write(&mut self, first: Option<Message>) {
        let mut rows = Vec::new();
        let mut replies = Vec::new();
        let mut endings = std::mem::take(&mut self.late);
        let mut next = first;
        while let Some(message) = next {
            match message {
                // Whoever asked has gone: the call was refused already.
                Message::Open(_, reply) if reply.is_closed() => self.done(1),
                Message::Open(row, reply) => {
                    replies.push((row.id, reply));
                    rows.push(*row);
                }
                Message::Close(ending) => endings.push(ending),
            }
            next = if rows.len() + endings.len() < BATCH { self.receiver.try_recv().ok() } else { None };
        }
        if rows.is_empty() && endings.is_empty() {
            return;
        }
        match commit(&self.db, &rows, &endings).await {
            Ok(()) => {
                self.done(endings.len());
                for (id, reply) in replies {
                    if reply.send(Ok(())).is_err() {
                        self.late.push(given_up(id));
                    }
                }
            }
            Err(e) => self.refuse(e, rows, replies, endings).await,
        }
    }

    /// Endings are kept and tried again. Openings are refused; if one of several was to blame, the others go through.
    async fn refuse(&mut self, e: Error, rows: Vec<Model>, replies: Vec<Reply>, endings: Vec<Ending>) {
        tracing::error!(error = %e, records = rows.len(), "audit records could not be written");
        self.late = endings;
        let one_to_blame = e.code() != Code::Unavailable && rows.len() > 1;
        for (row, (id, reply)) in rows.into_iter().zip(replies) {
            let outcome = if one_to_blame { commit(&self.db, &[row], &[]).await } else { Err(e.clone()) };
            let written = outcome.is_ok();
            let heard = reply.send(outcome).is_ok();
            match (written, heard) {
                (true, false) => self.late.push(given_up(id)),
                (true, true) => {}
                (false, _) => self.done(1),
            }
        }
    }

    fn done(&self, calls: usize) {
        self.under_way.fetch_sub(calls, Ordering::AcqRel);
    }
}

type Reply = (Uuid, oneshot::Sender<Result<()>>);

/// The record was written after its call had been refused for want of it.
fn given_up(id: Uuid) -> Ending {
    Ending { id, outcome: "failed", status: Some(503), duration_ms: 0.0, before: None, after: None }
}

async fn ended(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_CALLS).await;
}

async fn commit(db: &Db, rows: &[Model], endings: &[Ending]) -> Result<()> {
    let tx = db.begin().await?;
    if !rows.is_empty() {
        store::open(&*tx, rows.to_vec()).await?;
    }
    for ending in endings {
        store::close(&*tx, ending).await?;
    }
    tx.commit().await
}
