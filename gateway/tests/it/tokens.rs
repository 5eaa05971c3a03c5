//! Which access tokens are taken.

use crate::{
    keys::{Key, claims, crafted},
    world::{Setup, World, as_bearer, request},
};
use axum::body::Body;
use ed25519_dalek::Signer;
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nqba_contracts::identity::SigningKeyRotated;
use nqba_core::{Clock, new_id, now_us};
use parking_lot::Mutex;
use serde_json::json;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

const ME: &str = "/api/v1/identity/me";

async fn a_good_token_says_who_acts(world: &World) {
    let claims = claims("operator@unit:energy analyst@team:energy/north");
    let token = world.key.sign(&claims);
    let told = world.get("/api/v1/energy/sites", &token).await.expect(200).json();
    let ctx = &told["ctx"];
    assert_eq!(ctx["actor"], json!({ "id": claims.sub, "kind": "user", "session": claims.sid }));
    assert_eq!(ctx["permission"], "energy:sites:read");
    assert_eq!(ctx["scopes"], json!(["unit:energy", "team:energy/north"]));
    assert_eq!(ctx["roles"][1], json!({ "role": "analyst", "scope": "team:energy/north" }));
    world.get("/api/v1/energy/sites", &token).await.expect(200);
    assert_eq!(world.identity.keys_asked.load(Ordering::SeqCst), 1, "keys are asked for once");
}
crate::everywhere!(a_good_token, super::a_good_token_says_who_acts);

#[tokio::test]
async fn whatever_is_wrong_with_a_token_is_a_401() {
    let world = World::start().await;
    let (key, good) = (&world.key, claims("founder@group"));
    let ed = |message: &str| key.signing.sign(message.as_bytes()).to_bytes().to_vec();
    let now = now_us().timestamp();
    let with = |change: &dyn Fn(&mut nqba_contracts::identity::Claims)| {
        let mut claims = claims("founder@group");
        change(&mut claims);
        key.sign(&claims)
    };
    let header = |change: &dyn Fn(&mut Header)| {
        let mut header = key.header();
        change(&mut header);
        key.sign_with(&header, &good)
    };
    let stranger = Key::new("k1");
    let own_key = stranger.jwk();
    let token = key.sign(&good);
    let tampered = {
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        parts[1] = crafted(&json!({}), &claims("founder@group"), |_| Vec::new()).split('.').nth(1).unwrap().to_owned();
        parts.join(".")
    };
    let hs256 = {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(&key.public())).unwrap()
    };
    let mut bad = vec![
        ("expired", with(&|c| c.exp = now - 1)),
        ("not yet", with(&|c| c.nbf = now + 60)),
        ("issued in the future", with(&|c| c.iat = now + 60)),
        ("other audience", with(&|c| c.aud = "somebody".to_owned())),
        ("other issuer", with(&|c| c.iss = "somebody".to_owned())),
        ("roles that cannot be read", with(&|c| c.scope = "founder@everywhere".to_owned())),
        ("tampered", tampered),
        ("another's signature", stranger.sign(&good)),
        ("HS256 with the public key", hs256),
        ("alg none", crafted(&json!({"alg": "none", "typ": "at+jwt", "kid": "k1"}), &good, |_| Vec::new())),
        ("alg None", crafted(&json!({"alg": "None", "typ": "at+jwt", "kid": "k1"}), &good, |_| Vec::new())),
        ("alg in small letters", crafted(&json!({"alg": "eddsa", "typ": "at+jwt", "kid": "k1"}), &good, ed)),
        ("no alg", crafted(&json!({"typ": "at+jwt", "kid": "k1"}), &good, ed)),
        ("type JWT", header(&|h| h.typ = Some("JWT".to_owned()))),
        ("no type", header(&|h| h.typ = None)),
        ("unknown key id", header(&|h| h.kid = Some("k9".to_owned()))),
        ("no key id", header(&|h| h.kid = None)),
        ("critical extensions", header(&|h| h.crit = Some(vec!["x".to_owned()]))),
        (
            "a key of its own",
            crafted(
                &json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k9", "jwk": own_key, "jku": "http://127.0.0.1:9/"}),
                &good,
                |m| stranger.signing.sign(m.as_bytes()).to_bytes().to_vec(),
            ),
        ),
        ("no token", "x".to_owned()),
        ("dots", "..".to_owned()),
        ("without its signature", token.rsplit_once('.').unwrap().0.to_owned() + "."),
        ("too long", "a".repeat(9_000)),
    ];
    for cut in [1, token.len() / 2, token.len() - 1] {
        bad.push(("cut short", token[..cut].to_owned()));
    }
    for (what, token) in &bad {
        let refused = world.get(ME, token).await;
        assert_eq!(refused.status, 401, "{what}: {}", String::from_utf8_lossy(&refused.body));
        assert_eq!(refused.json()["code"], "unauthenticated", "{what}");
        assert_eq!(refused.header("www-authenticate"), "Bearer", "{what}");
    }
    world.get(ME, &token).await.expect(200);
}

#[tokio::test]
async fn the_header_must_be_one_bearer() {
    let world = World::start().await;
    let token = world.token("founder@group");
    for value in ["", "Bearer", "Bearer ", &format!("Basic {token}"), &token, &format!("Bearer {token} x")] {
        let asked = request(Method::GET, ME).header("authorization", value).body(Body::empty()).unwrap();
        assert_eq!(world.send(asked).await.status, 401, "{value}");
    }
    let twice = as_bearer(as_bearer(request(Method::GET, ME), &token), &token).body(Body::empty()).unwrap();
    assert_eq!(world.send(twice).await.status, 401);
    let small = request(Method::GET, ME).header("authorization", format!("bearer {token}"));
    assert_eq!(world.send(small.body(Body::empty()).unwrap()).await.status, 200);
}

struct Hands(Mutex<chrono::DateTime<chrono::Utc>>);
impl Clock for Hands {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        *self.0.lock()
    }
}

#[tokio::test]
async fn a_remembered_token_still_expires() {
    let clock = Arc::new(Hands(Mutex::new(now_us())));
    let world = Setup::new().clock(clock.clone()).start().await;
    let token = world.token("founder@group");
    world.get("/livez", &token).await.expect(200);
    let jwks = "/api/v1/identity/jwks";
    world.get(jwks, &token).await.expect(200);
    let asked = || world.get(ME, &token);
    // The unit's door goes by the machine's clock and the context is signed by ours, so only the door's word counts.
    assert_ne!(asked().await.status, 401);
    *clock.0.lock() += chrono::TimeDelta::seconds(601);
    assert_eq!(asked().await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_signing_key_is_known_when_its_rotation_is_told() {
    let world = World::start().await;
    world.get(ME, &world.token("founder@group")).await.expect(200);
    let new = Key::new("k2");
    let token = new.sign(&claims("founder@group"));
    assert_eq!(world.get(ME, &token).await.status, 401, "not published yet");
    world.identity.keys.lock().unwrap().push(new.jwk());
    world.publish(&world.identity_db, &SigningKeyRotated { kid: "k2".to_owned() }).await;
    // Sooner than an unknown id alone would have it asked again.
    let within = Duration::from_secs(1);
    crate::world::eventually(within, || async { world.get(ME, &token).await.status == 200 }).await;
    // Unknown ids do not make the door ask at every call.
    let before = world.identity.keys_asked.load(Ordering::SeqCst);
    for _ in 0..50 {
        let unknown = Key::new(&new_id().to_string()).sign(&claims("founder@group"));
        assert_eq!(world.get(ME, &unknown).await.status, 401);
    }
    assert!(world.identity.keys_asked.load(Ordering::SeqCst) - before <= 1);
    world.end().await;
}

#[tokio::test]
async fn when_identity_is_away_nobody_is_called_a_liar() {
    let world = World::start().await;
    world.identity.down.store(true, Ordering::SeqCst);
    let token = world.token("founder@group");
    let refused = world.get(ME, &token).await.expect(503);
    assert_eq!(refused.json()["code"], "unavailable");
    assert_ne!(refused.header("retry-after"), "");
    world.identity.down.store(false, Ordering::SeqCst);
    crate::world::eventually(Duration::from_secs(2), || async { world.get(ME, &token).await.status == 200 }).await;
    // Once known, the keys serve without it.
    world.identity.down.store(true, Ordering::SeqCst);
    world.get(ME, &world.token("founder@group")).await.expect(200);
}
