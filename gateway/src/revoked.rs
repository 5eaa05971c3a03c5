//! What no longer holds, in memory: asked on every call, so it costs a look into a map.

use chrono::{DateTime, Utc};
use nqba_contracts::identity::AccessRevoked;
use parking_lot::RwLock;
use std::{collections::HashMap, sync::Arc, time::Instant};
use tokio::sync::watch;
use uuid::Uuid;

/// Whose access ended when.
#[derive(Clone, Default)]
pub(crate) struct Revoked {
    inner: Arc<Inner>,
}

struct Inner {
    subjects: RwLock<HashMap<Uuid, Subject>>,
    changed: watch::Sender<()>,
}

impl Default for Inner {
    fn default() -> Self {
        Self { subjects: RwLock::default(), changed: watch::channel(()).0 }
    }
}

/// What ended of one user or key; moments in milliseconds.
struct Subject {
    all: Option<i64>,
    sessions: HashMap<Uuid, i64>,
    /// When we last heard of it.
    heard: Instant,
}

impl Revoked {
    /// Remembers a revocation.
    pub(crate) fn note(&self, event: &AccessRevoked) {
        let at = event.not_before.timestamp_millis();
        let mut subjects = self.inner.subjects.write();
        let new = || Subject { all: None, sessions: HashMap::new(), heard: Instant::now() };
        let subject = subjects.entry(event.subject).or_insert_with(new);
        match event.session {
            None => subject.all = subject.all.max(Some(at)),
            Some(session) => {
                let known = subject.sessions.entry(session).or_insert(at);
                *known = (*known).max(at);
            }
        }
        subject.heard = Instant::now();
        drop(subjects);
        self.inner.changed.send_replace(());
    }

    /// Whether a token issued then (milliseconds) is no longer good. One issued in the very millisecond counts as
    /// issued before: its bearer gets another, whereas the other way round a thief would keep his.
    pub(crate) fn ends(&self, subject: Uuid, session: Option<Uuid>, issued_ms: i64) -> bool {
        let subjects = self.inner.subjects.read();
        let Some(known) = subjects.get(&subject) else { return false };
        let of_session = session.and_then(|s| known.sessions.get(&s).copied());
        known.all.max(of_session).is_some_and(|at| issued_ms <= at)
    }

    /// Whether a revocation of the subject was heard of since; what was known of it before may be wrong.
    pub(crate) fn heard_since(&self, subject: Uuid, moment: Instant) -> bool {
        self.inner.subjects.read().get(&subject).is_some_and(|s| s.heard >= moment)
    }

    /// Tells when something was revoked.
    pub(crate) fn changed(&self) -> watch::Receiver<()> {
        self.inner.changed.subscribe()
    }

    /// Forgets what ended before: no token is that old.
    pub(crate) fn forget_before(&self, moment: DateTime<Utc>) {
        let before = moment.timestamp_millis();
        self.inner.subjects.write().retain(|_, subject| {
            subject.sessions.retain(|_, at| *at >= before);
            subject.all = subject.all.filter(|at| *at >= before);
            subject.all.is_some() || !subject.sessions.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(subject: Uuid, session: Option<Uuid>, not_before: DateTime<Utc>) -> AccessRevoked {
        AccessRevoked { subject, session, not_before, reason: "signed_out".to_owned() }
    }

    #[test]
    fn what_was_issued_before_ends_and_what_comes_after_holds() {
        let (revoked, now) = (Revoked::default(), nqba_core::now_us());
        let (user, one, other) = (nqba_core::new_id(), nqba_core::new_id(), nqba_core::new_id());
        let ms = now.timestamp_millis();
        revoked.note(&event(user, Some(one), now));
        assert!(revoked.ends(user, Some(one), ms - 1) && revoked.ends(user, Some(one), ms));
        assert!(!revoked.ends(user, Some(one), ms + 1) && !revoked.ends(user, Some(other), ms - 1));
        revoked.note(&event(user, None, now));
        assert!(revoked.ends(user, Some(other), ms - 1) && revoked.ends(user, None, ms - 1));
        // A later word of an earlier moment takes nothing back.
        revoked.note(&event(user, None, now - chrono::TimeDelta::seconds(9)));
        assert!(revoked.ends(user, Some(other), ms - 1) && !revoked.ends(user, Some(other), ms + 1));
        assert!(!revoked.ends(one, None, ms - 1));
    }

    #[test]
    fn what_is_older_than_any_token_is_forgotten() {
        let (revoked, now) = (Revoked::default(), nqba_core::now_us());
        let (old, new) = (nqba_core::new_id(), nqba_core::new_id());
        revoked.note(&event(old, None, now - chrono::TimeDelta::hours(2)));
        revoked.note(&event(new, Some(new), now));
        revoked.forget_before(now - chrono::TimeDelta::hours(1));
        assert_eq!(revoked.inner.subjects.read().keys().copied().collect::<Vec<_>>(), [new]);
    }
}
