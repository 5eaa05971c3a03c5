//! What every test here needs: a clock that can be put forward, users, sign-ins.

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use nqba_contracts::identity::{AccessRevoked, Claims, JwkSet, NewUser, RoleBinding, User};
use nqba_core::{Actor, ActorKind, Clock, Ctx, Event, Result};
use nqba_runtime::{Runtime, Service};
use nqba_testkit::{Answer, Harness, acting};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use uuid::Uuid;

/// A password that is taken.
pub(crate) const PASSWORD: &str = "seven green lamps over the river";

/// The machine's clock, put forward.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        nqba_core::now_us() + TimeDelta::microseconds(self.0.load(Ordering::SeqCst))
    }
}

/// The clock of every data folder.
static CLOCKS: Mutex<BTreeMap<PathBuf, Arc<Ahead>>> = Mutex::new(BTreeMap::new());

fn clock(dir: &Path) -> Arc<Ahead> {
    Arc::clone(CLOCKS.lock().entry(dir.to_owned()).or_default())
}

/// Starts identity with a clock that [`pass`] puts forward.
pub(crate) async fn start(rt: &Runtime) -> Result<Service> {
    let mut rt = rt.clone();
    rt.clock = clock(&rt.settings.data.dir);
    nqba_identity::start(&rt).await
}

/// Lets seconds pass for the service.
pub(crate) fn pass(h: &Harness, seconds: i64) {
    clock(h.rt.dir()).0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
}

/// Nobody yet, as the gateway says it for public operations.
pub(crate) fn nobody() -> Ctx {
    let mut ctx = Ctx::system(nqba_core::now_us() + TimeDelta::seconds(30));
    (ctx.actor, ctx.scopes) = (Actor::anonymous(), Vec::new());
    ctx
}

/// The system itself.
pub(crate) fn system() -> Ctx {
    Ctx::system(nqba_core::now_us() + TimeDelta::seconds(30))
}

/// This user with that role of the group, for an operation with this permission.
pub(crate) fn user(id: Uuid, role: &str, permission: &'static str) -> Ctx {
    let mut ctx = acting(role, "group", permission);
    ctx.actor = Actor { id, kind: ActorKind::User, session: None };
    ctx
}

/// A founder who is no user of the database.
pub(crate) fn founder(permission: &'static str) -> Ctx {
    acting("founder", "group", permission)
}

/// Makes a user as the command line does.
pub(crate) async fn make(h: &Harness, email: &str, role: &str, scope: &str) -> User {
    let roles = vec![RoleBinding { role: role.into(), scope: scope.into() }];
    let new = NewUser { email: email.into(), display_name: None, password: PASSWORD.into(), roles };
    nqba_identity::create_user(&h.db, &h.rt.runtime.settings, new).await.unwrap()
}

/// A sign-in.
pub(crate) async fn sign_in(h: &Harness, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    let headers = [("user-agent", "tests/1"), ("x-nqba-client-ip", "192.0.2.7")];
    h.call_with(&nobody(), Method::POST, "/api/v1/identity/sessions", Some(body), &headers).await
}

/// A refresh with this cookie value.
pub(crate) async fn refresh(h: &Harness, token: &str) -> Answer {
    let cookie = format!("theme=dark; __Host-nqba_refresh={token}; x=y");
    let headers = [("cookie", cookie.as_str()), ("x-csrf-protection", "1")];
    h.call_with(&nobody(), Method::POST, "/api/v1/identity/sessions/refresh", None, &headers).await
}

/// The refresh token that an answer sets.
pub(crate) fn token(answer: &Answer) -> String {
    let set = answer.header("set-cookie").strip_prefix("__Host-nqba_refresh=").expect("the cookie is set");
    set.split(';').next().unwrap().to_owned()
}

/// The claims of an answer's access token, verified by the published keys as a gateway does.
pub(crate) async fn claims(h: &Harness, answer: &Answer) -> Claims {
    let text = answer.json()["access_token"].as_str().unwrap().to_owned();
    verify(&published(h).await, &text).expect("a published key verifies the token")
}

/// The published keys.
pub(crate) async fn published(h: &Harness) -> JwkSet {
    let answer = h.call(&nobody(), Method::GET, "/api/v1/identity/jwks", None).await.expect(200);
    serde_json::from_value(answer.json()).unwrap()
}

/// The claims, if one of the keys verifies the token. Time is not looked at: the service's clock may be ahead.
pub(crate) fn verify(keys: &JwkSet, token: &str) -> Option<Claims> {
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("at+jwt")));
    let key = keys.keys.iter().find(|k| Some(&k.kid) == header.kid.as_ref())?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["nqba-gateway"]);
    rules.set_issuer(&["nqba"]);
    (rules.validate_exp, rules.validate_nbf) = (false, false);
    let key = DecodingKey::from_ed_components(&key.x).unwrap();
    Some(jsonwebtoken::decode::<Claims>(token, &key, &rules).unwrap().claims)
}

/// What was revoked, in order: subject, session, reason.
pub(crate) async fn revocations(h: &Harness) -> Vec<(Uuid, Option<Uuid>, String)> {
    h.settle().await;
    let events = h.events(AccessRevoked::TYPE).await;
    let revoked = events.iter().map(|e| e.data::<AccessRevoked>().unwrap());
    revoked.map(|r| (r.subject, r.session, r.reason)).collect()
}

/// Changes a user as `ctx`, whatever its version is.
pub(crate) async fn patch(h: &Harness, ctx: &Ctx, id: Uuid, body: Value) -> Answer {
    let path = format!("/api/v1/identity/users/{id}");
    h.call_with(ctx, Method::PATCH, &path, Some(body), &[("if-match", "*")]).await
}
