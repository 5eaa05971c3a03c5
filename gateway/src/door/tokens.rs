//! Access tokens (RFC 9068): EdDSA only, by a key that identity publishes, for us, within their time.
//!
//! A verified token is remembered by its hash until it expires: a signature is checked once, revocation every time.

use super::{
    jwks::Jwks,
    who::{Fingerprint, Since, Verified, refuse},
};
use crate::revoked::Revoked;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation};
use moka::sync::Cache;
use nqba_contracts::identity::{Claims, TOKEN_AUDIENCE, TOKEN_ISSUER};
use nqba_core::{Actor, ActorKind, Clock, Result, RoleBinding};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Tokens remembered.
const MAX_KNOWN: u64 = 100_000;
/// No token lives longer.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Clocks of two machines may differ by this much.
const SKEW_S: i64 = 5;
const TYPE: &str = "at+jwt";

/// Verifies access tokens.
pub(crate) struct Tokens {
    jwks: Jwks,
    known: Cache<Fingerprint, Arc<Verified>>,
    validation: Validation,
    revoked: Revoked,
    clock: Arc<dyn Clock>,
    permissions: usize,
}

impl Tokens {
    pub(crate) fn new(jwks: Jwks, revoked: Revoked, clock: Arc<dyn Clock>, permissions: usize) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[TOKEN_ISSUER]);
        validation.set_audience(&[TOKEN_AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Times are compared below, with the clock that everything here goes by.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let known = Cache::builder().max_capacity(MAX_KNOWN).time_to_live(LONGEST).build();
        Self { jwks, known, validation, revoked, clock, permissions }
    }

    /// The token's bearer.
    ///
    /// # Errors
    /// `unauthenticated`, or `unavailable` when identity's keys cannot be had.
    pub(crate) async fn verify(&self, token: &str, fingerprint: Fingerprint) -> Result<Arc<Verified>> {
        let verified = match self.known.get(&fingerprint) {
            Some(known) => known,
            // Seldom taken, so it does not make every call's future larger.
            None => Box::pin(self.check(token, fingerprint)).await?,
        };
        if verified.expires_at <= self.clock.now() {
            self.known.invalidate(&fingerprint);
            return Err(refuse("expired"));
        }
        if verified.is_revoked(&self.revoked) {
            return Err(refuse("revoked"));
        }
        Ok(verified)
    }

    async fn check(&self, token: &str, fingerprint: Fingerprint) -> Result<Arc<Verified>> {
        let header = jsonwebtoken::decode_header(token).map_err(refuse)?;
        if header.alg != Algorithm::EdDSA || header.crit.is_some() {
            return Err(refuse("another algorithm, or critical extensions"));
        }
        if !header.typ.as_deref().is_some_and(is_access_token) {
            return Err(refuse("no access token"));
        }
        let kid = header.kid.ok_or_else(|| refuse("no key id"))?;
        let key = self.jwks.key(&kid).await?.ok_or_else(|| refuse("unknown key id"))?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation).map_err(refuse)?.claims;
        let now = self.clock.now().timestamp();
        if claims.exp <= now || claims.nbf > now + SKEW_S || claims.iat > now + SKEW_S {
            return Err(refuse("outside its time"));
        }
        let verified = Arc::new(self.read(&claims)?);
        self.known.insert(fingerprint, Arc::clone(&verified));
        Ok(verified)
    }

    fn read(&self, claims: &Claims) -> Result<Verified> {
        let roles = claims.scope.split_whitespace().map(binding).collect::<Option<Vec<_>>>();
        let roles = roles.ok_or_else(|| refuse("the scope claim cannot be read"))?;
        let expires_at = DateTime::<Utc>::from_timestamp(claims.exp, 0).ok_or_else(|| refuse("no such time"))?;
        let actor = Actor { id: claims.sub, kind: ActorKind::User, session: Some(claims.sid) };
        Ok(Verified::new(actor, roles, expires_at, Since::Issued(issued_ms(claims)), self.permissions))
    }
}

/// `at+jwt`, also with the prefix that RFC 7515 lets writers leave out.
fn is_access_token(typ: &str) -> bool {
    let short = typ.get(.."application/".len()).filter(|p| p.eq_ignore_ascii_case("application/"));
    typ[short.map_or(0, str::len)..].eq_ignore_ascii_case(TYPE)
}

fn binding(word: &str) -> Option<RoleBinding> {
    let (role, scope) = word.split_once('@')?;
    Some(RoleBinding { role: role.to_owned(), scope: scope.parse().ok()? })
}

/// When the token was issued. `iat` is in whole seconds; the id is a UUIDv7, which knows the millisecond, so that a
/// token issued right after a revocation is told from one issued right before.
fn issued_ms(claims: &Claims) -> i64 {
    let (earliest, latest) = (claims.iat * 1000, claims.iat * 1000 + 999);
    unix_ms(claims.jti).filter(|ms| (earliest - 1000..=latest + 1000).contains(ms)).unwrap_or(earliest)
}

fn unix_ms(id: Uuid) -> Option<i64> {
    let (seconds, nanos) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    Some(i64::try_from(seconds).ok()? * 1000 + i64::from(nanos / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_millisecond_of_issue_is_in_the_id() {
        let now = nqba_core::now_us();
        let claims = |jti: Uuid, iat: i64| Claims {
            iss: String::new(),
            aud: String::new(),
            sub: Uuid::nil(),
            sid: Uuid::nil(),
            jti,
            iat,
            nbf: iat,
            exp: iat,
            scope: String::new(),
        };
        let exact = issued_ms(&claims(nqba_core::new_id(), now.timestamp()));
        assert!((exact - now.timestamp_millis()).abs() < 500, "{exact}");
        assert_eq!(issued_ms(&claims(Uuid::new_v4(), 7)), 7_000, "an id without a time");
        assert_eq!(issued_ms(&claims(nqba_core::new_id(), 7)), 7_000, "an id of another time");
    }

    #[test]
    fn only_access_tokens_are_access_tokens() {
        for (typ, ok) in [("at+jwt", true), ("AT+JWT", true), ("application/at+jwt", true), ("JWT", false), ("", false)]
        {
            assert_eq!(is_access_token(typ), ok, "{typ}");
        }
        assert!(!is_access_token("ünïcödé/at+jwt"));
    }
}
