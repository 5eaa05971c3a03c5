//! The live stream: every event after an offset, once and in order, for as long as its reader stays.
//!
//! The tail tells of events as they are recorded, in the order in which their transactions were told, which is not
//! always the order of their offsets. An event is passed on from the tail only if it is the next one; otherwise the log
//! is read, which has all of them.

use super::App;
use futures::Stream;
use nqba_core::{Ctx, Envelope, Result, Scope, now_us};
use nqba_runtime::bus::{Bus, Recorded, matches_type};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};

/// Events read from the log at once.
const BATCH: u64 = 200;
/// How long a missing offset is waited for: a transaction that took its number may still commit. One that was rolled
/// back never will.
const GAP_WAIT: Duration = Duration::from_secs(2);
const GAP_POLL: Duration = Duration::from_millis(50);
/// Facts older than this are history: what is missing among them will not come.
const RECENT_S: i64 = 30;
/// Pause after the log could not be read.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// Which events a reader wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Types, or beginnings of them followed by `*`; empty for all.
    pub(crate) types: Vec<String>,
    /// Only of this subject.
    pub(crate) subject: Option<String>,
}

impl Wanted {
    fn takes(&self, event: &Envelope) -> bool {
        (self.types.is_empty() || self.types.iter().any(|t| matches_type(t, &event.kind)))
            && self.subject.as_ref().is_none_or(|s| *s == event.subject)
    }
}

/// The events that `ctx` may see, after `last` or from now on.
pub(crate) async fn follow(
    app: &App,
    ctx: Ctx,
    wanted: Wanted,
    last: Option<i64>,
) -> Result<impl Stream<Item = Arc<Recorded>> + Send + 'static> {
    // The tail first: what is recorded between the two is then in both, and none is missed.
    let tail = app.bus.tail();
    // A place beyond the end is that of another log: the data folder was begun anew.
    let head = app.bus.head().await?;
    let last = last.map_or(head, |last| last.min(head));
    let reader = Reader { bus: app.bus.clone(), tail, last, ready: VecDeque::new(), behind: true, gap: None };
    Ok(futures::stream::unfold((reader, ctx, wanted), |(mut reader, ctx, wanted)| async move {
        loop {
            let event = reader.next().await?;
            if wanted.takes(&event.envelope) && may_see(&ctx, &event.envelope) {
                return Some((event, (reader, ctx, wanted)));
            }
        }
    }))
}

/// A unit's events are for those whose scope covers the record; the platform's own are for the group.
fn may_see(ctx: &Ctx, event: &Envelope) -> bool {
    let unit = event.unit();
    if matches!(unit, "identity" | "gateway") {
        return ctx.scopes.contains(&Scope::Group);
    }
    ctx.sees(unit, event.data.get("team").and_then(|t| t.as_str()))
}

struct Reader {
    bus: Bus,
    tail: Receiver<Arc<Recorded>>,
    /// The last offset that was passed on.
    last: i64,
    ready: VecDeque<Arc<Recorded>>,
    /// Whether the log has to be read before the tail can be followed.
    behind: bool,
    /// Since when the offset after `last` is missing.
    gap: Option<Instant>,
}

impl Reader {
    async fn next(&mut self) -> Option<Arc<Recorded>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.last = event.offset;
                self.gap = None;
                return Some(event);
            }
            if self.behind {
                if let Err(e) = self.read().await {
                    tracing::warn!(error = %e, "a live stream could not read the log; again");
                    tokio::time::sleep(FAILED_PAUSE).await;
                }
                continue;
            }
            match self.tail.recv().await {
                Ok(event) if event.offset <= self.last => {}
                Ok(event) if event.offset == self.last + 1 => self.ready.push_back(event),
                Ok(_) | Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Reads on in the log, up to the first gap that may still fill.
    async fn read(&mut self) -> Result<()> {
        let found = self.bus.read_after(self.last, BATCH).await?;
        let more = found.len() as u64 >= BATCH;
        let mut at = self.last;
        for event in found {
            if event.offset != at + 1 && self.may_fill(&event) {
                if self.ready.is_empty() {
                    tokio::time::sleep(GAP_POLL).await;
                }
                return Ok(());
            }
            at = event.offset;
            self.ready.push_back(Arc::new(event));
        }
        self.behind = more;
        Ok(())
    }

    /// Whether what is missing before this event is still to be waited for.
    fn may_fill(&mut self, event: &Recorded) -> bool {
        if !self.ready.is_empty() {
            // What is ready goes first; then the gap is next.
            return true;
        }
        if (now_us() - event.envelope.time).num_seconds() > RECENT_S {
            return false;
        }
        self.gap.get_or_insert_with(Instant::now).elapsed() < GAP_WAIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nqba_core::EventMeta;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Fact {
        team: Option<String>,
    }
    impl nqba_core::Event for Fact {
        const TYPE: &'static str = "com.nqba.energy.site.changed.v1";
        fn subject(&self) -> String {
            "s1".to_owned()
        }
    }

    fn fact(unit: &str, team: Option<&str>) -> Envelope {
        let ctx = Ctx::system(now_us());
        let fact = Fact { team: team.map(str::to_owned) };
        Envelope::wrap(unit, &fact, EventMeta::from(&ctx), now_us()).unwrap()
    }

    fn within(scopes: &[&str]) -> Ctx {
        let mut ctx = Ctx::system(now_us());
        ctx.scopes = scopes.iter().map(|s| s.parse().unwrap()).collect();
        ctx
    }

    #[test]
    fn an_event_is_seen_within_its_scope_only() {
        let energy = fact("energy", None);
        let north = fact("energy", Some("north"));
        assert!(may_see(&within(&["group"]), &energy) && may_see(&within(&["unit:energy"]), &north));
        assert!(!may_see(&within(&["unit:finance"]), &energy) && !may_see(&within(&[]), &energy));
        let ours = within(&["team:energy/north"]);
        assert!(may_see(&ours, &north) && !may_see(&ours, &energy) && !may_see(&ours, &fact("energy", Some("south"))));
        assert!(may_see(&within(&["group"]), &fact("identity", None)));
        assert!(!may_see(&within(&["unit:identity"]), &fact("identity", None)));
    }

    #[test]
    fn types_and_subject_choose() {
        let wanted = |types: &[&str], subject: Option<&str>| Wanted {
            types: types.iter().map(|t| (*t).to_owned()).collect(),
            subject: subject.map(str::to_owned),
        };
        let event = fact("energy", None);
        assert!(wanted(&[], None).takes(&event) && wanted(&["x", "com.nqba.energy.*"], Some("s1")).takes(&event));
        assert!(!wanted(&["com.nqba.finance.*"], None).takes(&event) && !wanted(&[], Some("s2")).takes(&event));
    }
}
