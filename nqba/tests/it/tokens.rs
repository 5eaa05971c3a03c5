//! Who may call: tokens, sessions, disabled users, scopes, API keys, from sign-in to within a second of the end.

use crate::{
    client::{Api, problem},
    support::{FOUNDER, Place, Server, eventually},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const ME: &str = "/api/v1/identity/me";
const SESSIONS: &str = "/api/v1/identity/sessions";
const SITES: &str = "/api/v1/energy/sites";
/// What was taken back holds no longer than this.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn demo() -> (Place, Server, Api) {
    let place = Place::sqlite();
    let server = place.server().demo().start().await;
    let founder = server.founder().await;
    (place, server, founder)
}

/// Fails unless this caller is refused within a second.
async fn ends(api: &Api) {
    eventually("the caller is refused", AT_ONCE, async || {
        let answer = api.get(ME).await;
        (answer.status == 401).then(|| problem(&answer, 401, "unauthenticated"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_ours_is_refused() {
    let (_place, server, founder) = demo().await;
    let (_elsewhere, _other, stranger) = demo().await;
    let token = founder.bearer.clone().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let head: Value = serde_json::from_slice(&B64.decode(parts[0]).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&B64.decode(parts[1]).unwrap()).unwrap();
    assert_eq!((&head["alg"], &head["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    let part = |value: &Value, key: &str, to: Value| {
        let mut changed = value.clone();
        changed[key] = to;
        B64.encode(changed.to_string())
    };
    let theirs = stranger.bearer.clone().unwrap();
    let their = theirs.rsplit('.').next().unwrap();
    let mut flipped = B64.decode(parts[2]).unwrap();
    flipped[7] ^= 1;
    let (claimed, alg) = (parts[1], |alg: &str| part(&head, "alg", json!(alg)));
    let bad = [
        ("another installation's", theirs.clone()),
        ("with another's signature", format!("{}.{claimed}.{their}", parts[0])),
        ("with a changed signature", format!("{}.{claimed}.{}", parts[0], B64.encode(flipped))),
        ("without a signature", format!("{}.{claimed}.", parts[0])),
        ("cut off", format!("{}.{claimed}", parts[0])),
        ("alg none", format!("{}.{claimed}.", alg("none"))),
        ("alg none, signed", format!("{}.{claimed}.{}", alg("none"), parts[2])),
        ("alg HS256", format!("{}.{claimed}.{}", alg("HS256"), parts[2])),
        (
            "with more roles",
            format!("{}.{}.{}", parts[0], part(&claims, "scope", json!("founder@group")) + "A", parts[2]),
        ),
        ("that lives longer", format!("{}.{}.{}", parts[0], part(&claims, "exp", json!(4_000_000_000_u64)), parts[2])),
        ("of another type", format!("{}.{claimed}.{}", part(&head, "typ", json!("JWT")), parts[2])),
        ("of an unknown key", format!("{}.{claimed}.{}", part(&head, "kid", json!("x")), parts[2])),
        ("garbage", "abc".to_owned()),
        ("garbage in three parts", "a.b.c".to_owned()),
        ("a key that is none", "nqba_live_01939f7e5c6a7d10a1b2c3d4e5f60718_N0tAnyKeysSecret".to_owned()),
        ("an endless one", "x".repeat(10_000)),
    ];
    for (what, token) in bad {
        let answer = server.api().with(&token).get(ME).await;
        assert_eq!(answer.status, 401, "{what}");
        problem(&answer, 401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
    }
    for header in ["Basic Zm86YmFy", "Bearer", "bearer ", ""] {
        problem(&server.api().call(Method::GET, ME, None, &[("authorization", header)]).await, 401, "unauthenticated");
    }
    // Who brings a context of the inside is a stranger all the same.
    let forged = [("x-nqba-context", "e30.e30"), ("x-nqba-client-ip", "10.0.0.1")];
    problem(&server.api().call(Method::GET, ME, None, &forged).await, 401, "unauthenticated");
    founder.get(ME).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_renewed_by_its_cookie_and_ends_with_the_sign_out() {
    let (_place, server, founder) = demo().await;
    let body = json!({ "email": FOUNDER, "password": server.password().unwrap() });
    let api = server.api();
    let signed_in = api.post(SESSIONS, body).await.expect(201);
    let cookie = |header: &str| header.split(';').next().unwrap().to_owned();
    let first = cookie(signed_in.header("set-cookie"));
    for word in ["__Host-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(signed_in.header("set-cookie").contains(word), "{word}");
    }
    let refresh = async |cookie: &str, csrf: &[(&str, &str)]| {
        let mut headers = vec![("cookie", cookie)];
        headers.extend(csrf);
        api.call(Method::POST, &format!("{SESSIONS}/refresh"), None, &headers).await
    };
    let csrf = [("x-csrf-protection", "1")];
    problem(&refresh(&first, &[]).await, 403, "forbidden");
    problem(&refresh("", &csrf).await, 401, "unauthenticated");
    let renewed = refresh(&first, &csrf).await.expect(200);
    let second = cookie(renewed.header("set-cookie"));
    assert_ne!(first, second, "the cookie rotates");
    // A lost answer: the one before gives the same new one.
    assert_eq!(cookie(refresh(&first, &csrf).await.expect(200).header("set-cookie")), second);
    let token = |answer: &crate::client::Answer| answer.json()["access_token"].as_str().unwrap().to_owned();
    let (old, new) = (api.with(&token(&signed_in)), api.with(&token(&renewed)));
    old.get(ME).await.expect(200);
    let sessions = new.get(SESSIONS).await.expect(200).json();
    assert_eq!(sessions["items"].as_array().unwrap().iter().filter(|s| s["current"] == true).count(), 1);
    new.delete(&format!("{SESSIONS}/current")).await.expect(204);
    ends(&new).await;
    ends(&old).await;
    problem(&refresh(&second, &csrf).await, 401, "unauthenticated");
    founder.get(ME).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_user_and_a_lost_role_end_at_once() {
    let (_place, server, founder) = demo().await;
    let (operator, user) = founder.user("operator", "unit:energy").await;
    let path = format!("/api/v1/identity/users/{}", user["id"].as_str().unwrap());
    operator.get(SITES).await.expect(200);
    let change = async |patch: Value| {
        let tag = founder.get(&path).await.expect(200).header("etag").to_owned();
        founder.call(Method::PATCH, &path, Some(patch), &[("if-match", &tag)]).await.expect(200)
    };
    change(json!({ "roles": [{ "role": "analyst", "scope": "unit:energy" }] })).await;
    ends(&operator).await;
    let email = user["email"].as_str().unwrap();
    let again = server.api().sign_in(email, "seven green lamps over the river").await;
    again.get(SITES).await.expect(200);
    change(json!({ "enabled": false })).await;
    ends(&again).await;
    let body = json!({ "email": email, "password": "seven green lamps over the river" });
    problem(&server.api().post(SESSIONS, body).await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_outside_a_scope_is_not_there_and_what_a_role_lacks_is_forbidden() {
    let (_place, _server, founder) = demo().await;
    let grid = json!({ "import_max_kw": 100.0, "export_max_kw": 0.0 });
    let site = |name: &str, team: Value| json!({ "name": name, "team": team, "time_zone": "UTC", "currency": "EUR", "grid": grid, "step_s": 900 });
    let north = founder.post(SITES, site("North", json!("north"))).await.expect(201).json();
    let south = founder.post(SITES, site("South", json!("south"))).await.expect(201).json();
    let at = |site: &Value| format!("{SITES}/{}", site["id"].as_str().unwrap());
    let (ours, _) = founder.user("unit_manager", "team:energy/north").await;
    ours.get(&at(&north)).await.expect(200);
    let listed = ours.get(SITES).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().iter().map(|s| &s["id"]).collect::<Vec<_>>(), [&north["id"]]);
    for path in [at(&south), format!("{}/assets", at(&south)), format!("{}/readings", at(&south))] {
        problem(&ours.get(&path).await, 404, "not_found");
    }
    let removed = ours.call(Method::DELETE, &at(&south), None, &[("if-match", "\"1\"")]).await;
    problem(&removed, 404, "not_found");
    let asked = ours.post("/api/v1/energy/optimizations", json!({ "site_id": south["id"] })).await;
    problem(&asked, 404, "not_found");
    let none = json!({ "site_id": nqba_core::new_id() });
    let none = ours.post("/api/v1/energy/optimizations", none).await;
    assert_eq!(asked.json()["errors"], none.json()["errors"], "as if there were none");

    let (analyst, _) = founder.user("analyst", "unit:energy").await;
    analyst.get(&at(&north)).await.expect(200);
    problem(&analyst.post(SITES, site("East", Value::Null)).await, 403, "forbidden");
    problem(&analyst.get("/api/v1/audit/records").await, 403, "forbidden");
    // In another unit nothing is known of this one.
    let (stranger, _) = founder.user("unit_manager", "unit:finance").await;
    problem(&stranger.get(SITES).await, 404, "not_found");
    let (nobody, _) = founder.user("", "").await;
    problem(&nobody.get(SITES).await, 404, "not_found");
    problem(&nobody.get("/api/v1/identity/users").await, 403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_key_does_a_machines_work_until_it_is_revoked() {
    const KEYS: &str = "/api/v1/identity/api-keys";
    let (_place, server, founder) = demo().await;
    let expires_at = (nqba_core::now_us() + chrono::TimeDelta::days(30)).to_rfc3339();
    let new =
        json!({ "name": "meter", "roles": [{ "role": "service", "scope": "unit:energy" }], "expires_at": expires_at });
    let made = founder.post(KEYS, new.clone()).await.expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.json();
    let meter = server.api().with(made["secret"].as_str().unwrap());
    let sites = meter.get(SITES).await.expect(200).json();
    let site = sites["items"][0]["id"].as_str().unwrap();
    let series = json!({ "channel": "load", "unit": "kW", "start": "2030-01-01T00:00:00Z", "step_s": 900, "values": [1.0, 2.0] });
    let fed = meter.post(&format!("{SITES}/{site}/readings"), json!({ "series": [series] })).await.expect(200).json();
    assert_eq!(fed["channels"][0]["inserted"], 2);
    let asked = json!({ "site_id": site, "start": "2018-10-10T15:00:00Z" });
    let headers = [("prefer", "wait=20")];
    let run = meter.call(Method::POST, "/api/v1/energy/optimizations", Some(asked), &headers).await.expect(200).json();
    assert_eq!(
        (&run["status"], &run["requested_by"]),
        (&json!("succeeded"), &made["api_key"]["id"]),
        "{}",
        run["error"]
    );
    problem(&meter.post(KEYS, new.clone()).await, 403, "forbidden");
    problem(&meter.post(SITES, json!({})).await, 403, "forbidden");
    // Not even with a role that may.
    let mut strong = new;
    strong["roles"] = json!([{ "role": "founder", "scope": "group" }]);
    let strong_key = founder.post(KEYS, strong.clone()).await.expect(201).json();
    let machine = server.api().with(strong_key["secret"].as_str().unwrap());
    problem(&machine.post(KEYS, strong).await, 403, "forbidden");
    let listed = founder.get(KEYS).await.expect(200);
    assert!(!String::from_utf8_lossy(&listed.body).contains(made["secret"].as_str().unwrap()), "shown once");
    let used = founder.get("/api/v1/audit/records?operation=readings_upload").await.expect(200).json();
    assert_eq!(
        (&used["items"][0]["actor_kind"], &used["items"][0]["actor_id"]),
        (&json!("api_key"), &made["api_key"]["id"])
    );

    founder.delete(&format!("{KEYS}/{}", made["api_key"]["id"].as_str().unwrap())).await.expect(204);
    ends(&meter).await;
    machine.get(ME).await.expect(200);
}
