//! API keys: identity says what one stands for; the answer is remembered for a moment.

use super::who::{Fingerprint, Since, Verified};
use crate::revoked::Revoked;
use chrono::TimeDelta;
use http::Method;
use moka::sync::Cache;
use nqba_contracts::identity::{Introspected, Introspection};
use nqba_core::{Actor, ActorKind, Clock, Code, Ctx, Error, Result, RoleBinding};
use nqba_runtime::mount::Caller;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

const PATH: &str = "/api/v1/identity/introspections";
const MAX_KNOWN: u64 = 20_000;
/// How long a good answer holds.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// How long a bad one holds: a key that has just been made must not be refused for long.
const BAD_FOR: Duration = Duration::from_secs(5);
const ASK_WITHIN_S: i64 = 5;
const MAX_LEN: usize = 512;

/// Asks identity about API keys.
pub(crate) struct ApiKeys {
    identity: Caller,
    known: Cache<Fingerprint, Arc<Entry>>,
    revoked: Revoked,
    clock: Arc<dyn Clock>,
    permissions: usize,
}

/// One key; callers who come at the same time share one question.
struct Entry {
    made: Instant,
    answer: OnceCell<Option<Arc<Verified>>>,
}

impl Entry {
    fn new() -> Arc<Self> {
        Arc::new(Self { made: Instant::now(), answer: OnceCell::new() })
    }

    fn holds(&self, revoked: &Revoked) -> bool {
        match self.answer.get() {
            None => self.made.elapsed() < GOOD_FOR,
            Some(None) => self.made.elapsed() < BAD_FOR,
            Some(Some(verified)) => self.made.elapsed() < GOOD_FOR && !verified.is_revoked(revoked),
        }
    }
}

impl ApiKeys {
    pub(crate) fn new(identity: Caller, revoked: Revoked, clock: Arc<dyn Clock>, permissions: usize) -> Self {
        let known = Cache::builder().max_capacity(MAX_KNOWN).time_to_live(GOOD_FOR).build();
        Self { identity, known, revoked, clock, permissions }
    }

    /// The key's bearer.
    ///
    /// # Errors
    /// `unauthenticated`, or `unavailable` when identity does not answer.
    pub(crate) async fn introspect(&self, token: &str, fingerprint: Fingerprint) -> Result<Arc<Verified>> {
        if token.len() > MAX_LEN {
            return Err(refuse("too long"));
        }
        let mut entry = self.known.get_with(fingerprint, Entry::new);
        if !entry.holds(&self.revoked) {
            entry = Entry::new();
            self.known.insert(fingerprint, Arc::clone(&entry));
        }
        let answer = entry.answer.get_or_try_init(|| self.ask(token)).await?;
        let verified = answer.as_ref().ok_or_else(|| refuse("identity does not know it"))?;
        if verified.expires_at <= self.clock.now() {
            return Err(refuse("expired"));
        }
        Ok(Arc::clone(verified))
    }

    async fn ask(&self, token: &str) -> Result<Option<Arc<Verified>>> {
        let asked = Instant::now();
        let ctx = Ctx::system(self.clock.now() + TimeDelta::seconds(ASK_WITHIN_S));
        let body = Introspection { token: token.to_owned() };
        let answer = self.identity.call::<_, Introspected>(&ctx, Method::POST, PATH, Some(&body)).await;
        let found = match answer {
            Ok(found) => found,
            Err(e) if e.code() == Code::Unauthenticated => return Ok(None),
            Err(e) => return Err(Error::unavailable("Who you are cannot be verified at the moment; try again.", e)),
        };
        let binding =
            |b: nqba_contracts::identity::RoleBinding| Some(RoleBinding { role: b.role, scope: b.scope.parse().ok()? });
        let roles = found.roles.into_iter().map(binding).collect::<Option<Vec<_>>>();
        let roles = roles.ok_or_else(|| Error::internal("a role of an API key has no scope that can be read"))?;
        let actor = Actor { id: found.id, kind: ActorKind::ApiKey, session: None };
        let since = Since::Asked(asked);
        Ok(Some(Arc::new(Verified::new(actor, roles, found.expires_at, since, self.permissions))))
    }
}

fn refuse(cause: impl std::fmt::Display) -> Error {
    let text = "This API key is not known, has ended, or was revoked.";
    Error::new(Code::Unauthenticated, text).because(cause)
}
