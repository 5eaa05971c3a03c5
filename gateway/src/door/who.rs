//! Who calls: the bearer's token or API key as an actor with roles.

use super::{api_keys::ApiKeys, jwks::Jwks, may::Held, tokens::Tokens};
use crate::{own::Own, revoked::Revoked};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use nqba_core::{Actor, ActorKind, Clock, Code, Error, Result, RoleBinding};
use nqba_runtime::mount::Caller;
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

/// How an API key begins.
const KEY_PREFIX: &str = "nqba_live_";
/// Longer ones are not looked at: hashing them would be work for nothing.
const MAX_LEN: usize = 8 * 1024;

/// The SHA-256 of a bearer value: what is remembered in its stead.
pub(crate) type Fingerprint = [u8; 32];

/// Who somebody was found to be.
pub(crate) struct Verified {
    pub(crate) actor: Actor,
    pub(crate) roles: Vec<RoleBinding>,
    pub(crate) expires_at: DateTime<Utc>,
    /// Until when the finding holds.
    since: Since,
    /// What the roles give for each permission that there is, found out when first asked.
    held: Box<[OnceLock<Held>]>,
}

/// What a finding rests on.
pub(crate) enum Since {
    /// A token, issued then (milliseconds).
    Issued(i64),
    /// An answer of identity that was asked for then.
    Asked(Instant),
}

impl Verified {
    pub(crate) fn new(
        actor: Actor,
        roles: Vec<RoleBinding>,
        expires_at: DateTime<Utc>,
        since: Since,
        permissions: usize,
    ) -> Self {
        Self { actor, roles, expires_at, since, held: (0..permissions).map(|_| OnceLock::new()).collect() }
    }

    /// Whether it was taken back.
    pub(crate) fn is_revoked(&self, revoked: &Revoked) -> bool {
        match self.since {
            Since::Issued(ms) => revoked.ends(self.actor.id, self.actor.session, ms),
            Since::Asked(moment) => revoked.heard_since(self.actor.id, moment),
        }
    }

    /// What the roles give for the permission at that place.
    pub(crate) fn held(&self, place: usize, find: impl FnOnce(&[RoleBinding]) -> Held) -> Option<&Held> {
        Some(self.held.get(place)?.get_or_init(|| find(&self.roles)))
    }
}

/// Finds out who calls.
pub(crate) struct Who {
    tokens: Tokens,
    keys: ApiKeys,
}

impl Who {
    pub(crate) fn new(identity: Caller, own: &Own, clock: &Arc<dyn Clock>, permissions: usize) -> Self {
        let jwks = Jwks::new(identity.clone(), Arc::clone(&own.keys_stale), Arc::clone(clock));
        Self {
            tokens: Tokens::new(jwks, own.revoked.clone(), Arc::clone(clock), permissions),
            keys: ApiKeys::new(identity, own.revoked.clone(), Arc::clone(clock), permissions),
        }
    }

    /// The caller.
    ///
    /// # Errors
    /// `unauthenticated` when nothing good was given; `unavailable` when identity would have to be asked and does not
    /// answer.
    pub(crate) async fn of(&self, headers: &HeaderMap) -> Result<Arc<Verified>> {
        let token = bearer(headers)?;
        let fingerprint: Fingerprint = Sha256::digest(token).into();
        if token.starts_with(KEY_PREFIX) {
            Box::pin(self.keys.introspect(token, fingerprint)).await
        } else {
            self.tokens.verify(token, fingerprint).await
        }
    }
}

/// Why somebody is not let in: a sentence for the caller, the cause for the log.
pub(crate) fn refuse(cause: impl std::fmt::Display) -> Error {
    Error::new(Code::Unauthenticated, "This access token does not hold or has expired; sign in again.").because(cause)
}

fn bearer(headers: &HeaderMap) -> Result<&str> {
    let missing = || {
        Error::new(Code::Unauthenticated, "Sign in, and send the access token or API key as `Authorization: Bearer …`.")
    };
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let value = given.next().ok_or_else(missing)?;
    if given.next().is_some() {
        return Err(refuse("two Authorization headers"));
    }
    let (scheme, token) = value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(missing)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(missing());
    }
    if token.len() > MAX_LEN {
        return Err(refuse("too long"));
    }
    Ok(token)
}

/// The word for a kind of actor, in records and logs.
pub(crate) fn word(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::User => "user",
        ActorKind::ApiKey => "api_key",
        ActorKind::System => "system",
        ActorKind::Anonymous => "anonymous",
    }
}
