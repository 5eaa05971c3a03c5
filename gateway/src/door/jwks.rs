//! The keys by which tokens are verified: asked of identity when first needed, remembered, asked again when unknown.

use arc_swap::ArcSwap;
use chrono::TimeDelta;
use http::Method;
use jsonwebtoken::DecodingKey;
use nqba_contracts::identity::JwkSet;
use nqba_core::{Clock, Ctx, Error, Result};
use nqba_runtime::mount::Caller;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

const PATH: &str = "/api/v1/identity/jwks";
/// Unknown key ids make us ask no more often than this: anybody can write one into a token.
const PAUSE: Duration = Duration::from_secs(3);
/// After a failure others fail at once for this long, rather than queue up behind each other.
const FAILURE_PAUSE: Duration = Duration::from_millis(500);
const GOOD_FOR: Duration = Duration::from_secs(300);
const ASK_WITHIN_S: i64 = 5;

/// Identity's public keys.
pub(crate) struct Jwks {
    identity: Caller,
    known: ArcSwap<Known>,
    asking: Mutex<Option<Instant>>,
    /// Set from outside when a key was rotated.
    stale: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<DecodingKey>>,
    asked: Option<Instant>,
}

impl Known {
    fn younger_than(&self, age: Duration) -> bool {
        self.asked.is_some_and(|at| at.elapsed() < age)
    }
}

impl Jwks {
    pub(crate) fn new(identity: Caller, stale: Arc<AtomicBool>, clock: Arc<dyn Clock>) -> Self {
        Self { identity, known: ArcSwap::default(), asking: Mutex::new(None), stale, clock }
    }

    /// The key of that id, if identity publishes it.
    ///
    /// # Errors
    /// `unavailable` when identity would have to be asked and does not answer.
    pub(crate) async fn key(&self, kid: &str) -> Result<Option<Arc<DecodingKey>>> {
        if let Some(key) = self.fresh(kid, GOOD_FOR) {
            return Ok(Some(key));
        }
        // One asks, the others wait for its answer.
        let mut failed = self.asking.lock().await;
        if let Some(key) = self.fresh(kid, GOOD_FOR) {
            return Ok(Some(key));
        }
        let known = self.known.load_full();
        if known.younger_than(PAUSE) && !self.stale.load(Ordering::Acquire) {
            return Ok(known.keys.get(kid).cloned());
        }
        if failed.is_some_and(|at| at.elapsed() < FAILURE_PAUSE) {
            return self.or_remembered(&known, kid, Error::unavailable(AWAY, "asked a moment ago"));
        }
        self.stale.store(false, Ordering::Release);
        match self.ask().await {
            Ok(now_known) => {
                *failed = None;
                let key = now_known.keys.get(kid).cloned();
                self.known.store(Arc::new(now_known));
                Ok(key)
            }
            Err(e) => {
                *failed = Some(Instant::now());
                self.stale.store(true, Ordering::Release);
                tracing::warn!(error = %e, "identity's keys could not be read");
                self.or_remembered(&known, kid, Error::unavailable(AWAY, e))
            }
        }
    }

    fn fresh(&self, kid: &str, age: Duration) -> Option<Arc<DecodingKey>> {
        let known = self.known.load();
        let holds = known.younger_than(age) && !self.stale.load(Ordering::Acquire);
        if holds { known.keys.get(kid).cloned() } else { None }
    }

    /// While identity does not answer, the keys that were known still verify.
    fn or_remembered(&self, known: &Known, kid: &str, e: Error) -> Result<Option<Arc<DecodingKey>>> {
        known.keys.get(kid).cloned().map(Some).ok_or(e)
    }

    async fn ask(&self) -> Result<Known> {
        let asked = Some(Instant::now());
        let ctx = Ctx::system(self.clock.now() + TimeDelta::seconds(ASK_WITHIN_S));
        let set: JwkSet = self.identity.call(&ctx, Method::GET, PATH, None::<&()>).await?;
        let keys = set
            .keys
            .iter()
            .filter(|k| k.kty == "OKP" && k.crv == "Ed25519" && k.alg == "EdDSA" && k.r#use == "sig")
            .filter_map(|k| Some((k.kid.clone(), Arc::new(DecodingKey::from_ed_components(&k.x).ok()?))))
            .collect();
        Ok(Known { keys, asked })
    }
}

const AWAY: &str = "Who you are cannot be verified at the moment; try again.";
