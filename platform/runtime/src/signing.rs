//! The internal context: signed by the gateway, verified by every service, in process too.
//!
//! `base64url(json) . base64url(HMAC-SHA-256)`, bound to one audience and short-lived.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use nqba_core::{Code, Ctx, Error, Result};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::sync::Arc;

/// The header that carries it. Dropped at the edge when it comes from outside.
pub const CONTEXT_HEADER: &str = "x-nqba-context";
const MAX_LEN: usize = 16 * 1024;
const LIFE_S: i64 = 60;
const SKEW_S: i64 = 5;

/// The key that gateway and services share.
#[derive(Clone)]
pub struct ContextKey([u8; 32]);

impl ContextKey {
    /// A given key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(rand::random())
    }
}

/// Signs and verifies contexts.
#[derive(Clone)]
pub struct ContextSigner {
    mac: Arc<Hmac<Sha256>>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    ctx: &'a Ctx,
    aud: &'a str,
    exp: i64,
}

#[derive(Deserialize)]
struct Incoming {
    ctx: Ctx,
    aud: String,
    exp: i64,
}

impl ContextSigner {
    /// A signer with that key.
    #[must_use]
    pub fn new(key: &ContextKey) -> Self {
        // HMAC fills a short key with zeros to its block; doing so here leaves nothing that could fail.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block[..key.0.len()].copy_from_slice(&key.0);
        Self { mac: Arc::new(Hmac::new(&block)) }
    }

    /// Signs the context for one audience.
    #[must_use]
    pub fn sign(&self, ctx: &Ctx, audience: &str, now: DateTime<Utc>) -> HeaderValue {
        let exp = ctx.deadline.min(now + TimeDelta::seconds(LIFE_S)) + TimeDelta::seconds(SKEW_S);
        let body = Outgoing { ctx, aud: audience, exp: exp.timestamp_micros() };
        let body = B64.encode(serde_json::to_vec(&body).unwrap_or_default());
        let tag = B64.encode(self.tag(body.as_bytes()).finalize().into_bytes());
        HeaderValue::try_from(format!("{body}.{tag}")).unwrap_or(HeaderValue::from_static(""))
    }

    /// The context, if it was signed with our key for this audience and is still fresh.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn verify(&self, header: &HeaderValue, audience: &str, now: DateTime<Utc>) -> Result<Ctx> {
        let refuse =
            |why: &str| Error::new(Code::Unauthenticated, "This service is reached through the gateway.").because(why);
        let text = header.to_str().map_err(|_| refuse("not text"))?;
        if text.len() > MAX_LEN {
            return Err(refuse("too long"));
        }
        let (body, tag) = text.split_once('.').ok_or_else(|| refuse("no signature"))?;
        let tag = B64.decode(tag).map_err(|_| refuse("signature is not base64"))?;
        self.tag(body.as_bytes()).verify_slice(&tag).map_err(|_| refuse("wrong signature"))?;
        let body = B64.decode(body).map_err(|_| refuse("body is not base64"))?;
        let context: Incoming = serde_json::from_slice(&body).map_err(|_| refuse("body is not a context"))?;
        if context.aud != audience {
            return Err(refuse("for another service"));
        }
        if context.exp < now.timestamp_micros() {
            return Err(refuse("expired"));
        }
        Ok(context.ctx)
    }

    fn tag(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = (*self.mac).clone();
        mac.update(body);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_fresh_signature_for_this_service_holds() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let now = nqba_core::now_us();
        let ctx = Ctx::system(now + TimeDelta::seconds(30));
        let good = signer.sign(&ctx, "energy", now);
        assert_eq!(signer.verify(&good, "energy", now).unwrap().request_id, ctx.request_id);
        assert!(signer.verify(&good, "finance", now).is_err());
        assert!(signer.verify(&good, "energy", now + TimeDelta::seconds(36)).is_err());
        assert!(ContextSigner::new(&ContextKey::generate()).verify(&good, "energy", now).is_err());
        let text = good.to_str().unwrap();
        for i in [0, 10, text.len() / 2, text.len() - 2] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
            assert!(signer.verify(&HeaderValue::from_bytes(&bytes).unwrap(), "energy", now).is_err(), "byte {i}");
        }
        for bad in ["", ".", "a.b", "eyJ9"] {
            assert!(signer.verify(&HeaderValue::from_static(bad), "energy", now).is_err());
        }
    }

    #[test]
    fn a_signature_outlives_neither_the_deadline_nor_a_minute() {
        let signer = ContextSigner::new(&ContextKey::from_bytes([7; 32]));
        let now = nqba_core::now_us();
        let holds = |ctx: &Ctx, after: i64| {
            signer.verify(&signer.sign(ctx, "energy", now), "energy", now + TimeDelta::seconds(after)).is_ok()
        };
        let long = Ctx::system(now + TimeDelta::hours(1));
        assert!(holds(&long, LIFE_S + SKEW_S) && !holds(&long, LIFE_S + SKEW_S + 1));
        let short = Ctx::system(now + TimeDelta::seconds(3));
        assert!(holds(&short, 3 + SKEW_S) && !holds(&short, 3 + SKEW_S + 1));
    }

    #[test]
    fn a_context_that_is_too_long_is_not_read() {
        let signer = ContextSigner::new(&ContextKey::generate());
        let now = nqba_core::now_us();
        let mut ctx = Ctx::system(now + TimeDelta::seconds(30));
        ctx.request_id = "x".repeat(MAX_LEN);
        let refused = signer.verify(&signer.sign(&ctx, "energy", now), "energy", now).unwrap_err();
        assert_eq!((refused.code(), refused.cause()), (Code::Unauthenticated, Some("too long")));
    }

    #[test]
    fn the_signature_is_plain_hmac_sha_256() {
        let key = [7; 32];
        let signer = ContextSigner::new(&ContextKey::from_bytes(key));
        let mut other = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        other.update(b"abc");
        assert_eq!(signer.tag(b"abc").finalize().into_bytes(), other.finalize().into_bytes());
    }
}
