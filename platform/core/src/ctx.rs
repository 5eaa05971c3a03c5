//! Who acts, with which rights, for which request: the first argument of every app function.

use crate::{Error, Permission, Result, Scope, access::RoleBinding};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What kind of actor calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person, signed in.
    User,
    /// A machine with an API key.
    ApiKey,
    /// A part of this system (a job, a consumer).
    System,
    /// Nobody yet: only public operations.
    Anonymous,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user's, key's or part's id; nil for nobody.
    pub id: Uuid,
    /// What kind.
    pub kind: ActorKind,
    /// The session (a person's) the call belongs to, if any.
    pub session: Option<Uuid>,
}

impl Actor {
    /// Nobody yet.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { id: Uuid::nil(), kind: ActorKind::Anonymous, session: None }
    }
    /// A part of this system.
    #[must_use]
    pub const fn system() -> Self {
        Self { id: Uuid::nil(), kind: ActorKind::System, session: None }
    }
}

/// W3C trace context `00-<trace>-<span>-<flags>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceParent(String);

impl TraceParent {
    /// A new trace (its id is a UUIDv7, so traces sort by time).
    #[must_use]
    pub fn new() -> Self {
        let span = Uuid::new_v4().simple().to_string();
        Self(format!("00-{}-{}-01", Uuid::now_v7().simple(), &span[..16]))
    }
    /// The same trace with a new span id.
    #[must_use]
    pub fn child(&self) -> Self {
        let span = Uuid::new_v4().simple().to_string();
        Self(format!("00-{}-{}-01", self.trace_id(), &span[..16]))
    }
    /// 32 hex digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
    /// The header's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TraceParent {
    fn default() -> Self {
        Self::new()
    }
}

impl FromStr for TraceParent {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let b = s.as_bytes();
        let hex = |r: std::ops::Range<usize>| s[r].bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        let ok = s.is_ascii()
            && b.len() == 55
            && s.starts_with("00-")
            && b[35] == b'-'
            && b[52] == b'-'
            && hex(3..35)
            && hex(36..52)
            && hex(53..55)
            && s[3..35].bytes().any(|c| c != b'0')
            && s[36..52].bytes().any(|c| c != b'0');
        if ok { Ok(Self(s.to_owned())) } else { Err(()) }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The acting context: made by the gateway, signed, verified by the service; or made by a consumer from an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// The roles held, each within a scope.
    pub roles: Vec<RoleBinding>,
    /// The permission that the gateway found the operation to need, and the scopes in which the actor holds it.
    pub permission: Option<Permission>,
    /// The scopes in which `permission` is held. Queries are filtered by them.
    pub scopes: Vec<Scope>,
    /// The request's id: the trace id.
    pub request_id: String,
    /// The trace.
    pub traceparent: TraceParent,
    /// After this nobody waits for the answer any more.
    pub deadline: DateTime<Utc>,
    /// The chain of cause that this call belongs to.
    pub correlation_id: Uuid,
    /// The event that caused this call, if one did.
    pub causation_id: Option<Uuid>,
}

impl Ctx {
    /// The system itself acts, with every right: start-up, consumers, jobs.
    #[must_use]
    pub fn system(deadline: DateTime<Utc>) -> Self {
        let traceparent = TraceParent::new();
        Self {
            actor: Actor::system(),
            roles: Vec::new(),
            permission: None,
            scopes: vec![Scope::Group],
            request_id: traceparent.trace_id().to_owned(),
            traceparent,
            deadline,
            correlation_id: crate::new_id(),
            causation_id: None,
        }
    }

    /// Refuses unless the permission that was checked at the door is `needed`. A handler states what it relies on,
    /// so a route that was given the wrong permission in its spec fails closed.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, needed: &Permission) -> Result<()> {
        if self.actor.kind == ActorKind::System || self.permission.as_ref() == Some(needed) {
            return Ok(());
        }
        Err(Error::forbidden(format!("This needs the permission {needed}.")))
    }

    /// Whether a record of `unit` that belongs to `team` may be seen.
    #[must_use]
    pub fn sees(&self, unit: &str, team: Option<&str>) -> bool {
        self.scopes.iter().any(|s| s.covers(unit, team))
    }

    /// The teams of `unit` to which the view is confined: `None` when it is not.
    #[must_use]
    pub fn teams(&self, unit: &str) -> Option<Vec<&str>> {
        if self.sees(unit, None) {
            return None;
        }
        let team = |s: &'_ Scope| matches!(s, Scope::Team { unit: u, .. } if u == unit);
        Some(
            self.scopes
                .iter()
                .filter(|s| team(s))
                .filter_map(|s| if let Scope::Team { team, .. } = s { Some(team.as_str()) } else { None })
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traceparent_reads_what_it_writes_and_nothing_else() {
        let t = TraceParent::new();
        assert_eq!(t.as_str().parse::<TraceParent>().unwrap(), t);
        assert_eq!(t.child().trace_id(), t.trace_id());
        for bad in [
            "",
            "00-",
            "00-00000000000000000000000000000000-0000000000000001-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        ] {
            assert!(bad.parse::<TraceParent>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_team_scope_confines_the_view() {
        let mut ctx = Ctx::system(crate::now_us());
        ctx.scopes = vec!["team:energy/north".parse().unwrap(), "unit:finance".parse().unwrap()];
        assert_eq!(ctx.teams("energy"), Some(vec!["north"]));
        assert_eq!(ctx.teams("finance"), None);
        assert_eq!(ctx.teams("sales"), Some(vec![]));
        assert!(ctx.sees("energy", Some("north")) && !ctx.sees("energy", Some("south")) && !ctx.sees("energy", None));
    }
}
