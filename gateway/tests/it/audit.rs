//! Records of what changed, or should have.

use crate::world::{World, as_bearer, eventually, request};
use axum::body::Body;
use http::Method;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};
use std::{sync::atomic::Ordering, time::Duration};
use tower::ServiceExt;

const SITES: &str = "/api/v1/energy/sites";

async fn a_change_is_recorded_with_who_what_and_outcome(world: &World) {
    let claims = crate::keys::claims("founder@group");
    let token = world.key.sign(&claims);
    let asked = json!({ "name": "north", "api_key": "k", "nested": { "client_secret": "s" } });
    let answer = world.post("/api/v1/energy/sites?changes", &token, &asked).await.expect(201);
    assert!(!answer.headers.contains_key("x-nqba-audit"), "stays inside");
    let record = world.records().await.remove(0);
    assert_eq!(record["actor_kind"], "user");
    assert_eq!(record["actor_id"], json!(claims.sub));
    assert_eq!((&record["operation"], &record["method"]), (&json!("sites_create"), &json!("POST")));
    assert_eq!((&record["path"], &record["permission"]), (&json!(SITES), &json!("energy:sites:write")));
    assert_eq!((&record["outcome"], &record["status"]), (&json!("succeeded"), &json!(201)));
    assert_eq!(record["request_id"], answer.header("x-request-id"));
    assert_eq!(record["client_ip"], "127.0.0.1");
    assert!(record["duration_ms"].as_f64().unwrap() > 0.0);
    let kept = json!({ "name": "north", "api_key": "[removed]", "nested": { "client_secret": "[removed]" } });
    assert_eq!(record["request"], kept);
    assert_eq!(record["before"], json!({ "name": "old", "secret": "[removed]" }));
    assert_eq!(record["after"], json!({ "name": "new" }));
}
crate::everywhere!(a_change, super::a_change_is_recorded_with_who_what_and_outcome);

async fn every_outcome_is_told_from_the_others(world: &World) {
    let token = world.token("founder@group");
    let large = json!({ "text": "x".repeat(1_990) });
    for (query, body, status) in [
        ("", json!({}), 201),
        ("?status=409", json!({}), 409),
        ("?status=500", json!({}), 500),
        ("?panic", json!({}), 500),
        ("", large, 413),
    ] {
        assert_eq!(world.post(&format!("{SITES}{query}"), &token, &body).await.status, status, "{query}");
    }
    world.get(SITES, &token).await.expect(200);
    world.post("/api/v1/energy/dispatch", &token, &json!({})).await.expect(200);
    let records = world.records().await;
    let told: Vec<_> = records.iter().rev().map(|r| (r["outcome"].as_str().unwrap(), r["status"].clone())).collect();
    let expected = [("succeeded", json!(201)), ("refused", json!(409)), ("failed", json!(500)), ("failed", json!(500))];
    assert_eq!(told, expected, "reads are no changes, and what is refused at the door changes nothing");
}
crate::everywhere!(outcomes, super::every_outcome_is_told_from_the_others);

#[tokio::test]
async fn a_sign_in_is_recorded_without_its_password() {
    let world = World::start().await;
    for password in ["right", "wrong"] {
        let asked = request(Method::POST, "/api/v1/identity/sessions").header("content-type", "application/json");
        let body = json!({ "email": "a@b.c", "password": password }).to_string();
        world.send(asked.body(Body::from(body)).unwrap()).await;
    }
    let records = world.records().await;
    for (record, outcome) in records.iter().rev().zip(["succeeded", "refused"]) {
        assert_eq!((&record["operation"], &record["outcome"]), (&json!("sessions_create"), &json!(outcome)));
        assert_eq!(record["request"], json!({ "email": "[removed]", "password": "[removed]" }));
        assert_eq!((&record["actor_kind"], &record["actor_id"]), (&json!("anonymous"), &Value::Null));
    }
    assert_eq!(records.len(), 2);
}

async fn what_cannot_be_recorded_is_not_done(world: &World) {
    let token = world.token("founder@group");
    world.own_db.begin().await.unwrap();
    let tx = world.own_db.begin().await.unwrap();
    tx.execute_unprepared("ALTER TABLE audit_records RENAME TO elsewhere").await.unwrap();
    tx.commit().await.unwrap();
    let refused = world.post(SITES, &token, &json!({})).await.expect(503);
    assert_eq!(refused.json()["code"], "unavailable");
    assert_eq!(world.unit.calls.load(Ordering::SeqCst), 0, "nothing reached the unit");
    world.get(SITES, &token).await.expect(200);
    let tx = world.own_db.begin().await.unwrap();
    tx.execute_unprepared("ALTER TABLE elsewhere RENAME TO audit_records").await.unwrap();
    tx.commit().await.unwrap();
    world.post(SITES, &token, &json!({})).await.expect(201);
    assert_eq!(world.records().await.len(), 1);
}
crate::everywhere!(refusal, super::what_cannot_be_recorded_is_not_done);

async fn closing_never_changes_the_answer(world: &World) {
    let token = world.token("founder@group");
    let nothing = json!({});
    let call = world.post("/api/v1/energy/sites?wait_ms=300", &token, &nothing);
    let breaking = async {
        world.unit.begun.notified().await;
        let tx = world.own_db.begin().await.unwrap();
        tx.execute_unprepared("ALTER TABLE audit_records RENAME TO elsewhere").await.unwrap();
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(call, breaking);
    answer.expect(201);
    let tx = world.own_db.begin().await.unwrap();
    tx.execute_unprepared("ALTER TABLE elsewhere RENAME TO audit_records").await.unwrap();
    tx.commit().await.unwrap();
    // The ending was kept and is written now.
    assert_eq!(world.records().await[0]["outcome"], "succeeded");
}
crate::everywhere!(closing, super::closing_never_changes_the_answer);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_breaks_off_is_recorded_all_the_same() {
    let world = World::start().await;
    let asked = as_bearer(request(Method::POST, "/api/v1/energy/sites?wait_ms=200"), &world.token("founder@group"));
    let call = tokio::spawn(world.router.clone().oneshot(asked.body(Body::from("{}")).unwrap()));
    world.unit.begun.notified().await;
    call.abort();
    let record = world.records().await.remove(0);
    assert_eq!((&record["outcome"], &record["status"]), (&json!("succeeded"), &json!(201)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_there_before_its_call_goes_on_and_many_share_a_commit() {
    let world = World::start().await;
    let token = world.token("founder@group");
    let many: Vec<_> = (0..100)
        .map(|_| {
            let asked = as_bearer(request(Method::POST, "/api/v1/energy/sites?wait_ms=400"), &token);
            tokio::spawn(world.router.clone().oneshot(asked.body(Body::from("{}")).unwrap()))
        })
        .collect();
    let auditor = world.token("auditor@group");
    let all_open = || async {
        let page = world.get("/api/v1/audit/records?limit=200&outcome=open", &auditor).await.expect(200).json();
        page["items"].as_array().unwrap().len() == 100
    };
    eventually(Duration::from_secs(5), all_open).await;
    for call in many {
        assert_eq!(call.await.unwrap().unwrap().status(), 201);
    }
    world.end().await;
}

#[tokio::test]
async fn records_are_listed_by_page_and_filter() {
    let world = World::start().await;
    let claims = crate::keys::claims("founder@group");
    let (mine, other) = (world.key.sign(&claims), world.token("founder@group"));
    for i in 0..5 {
        let token = if i % 2 == 0 { &mine } else { &other };
        world.post(SITES, token, &json!({ "i": i })).await.expect(201);
    }
    world.records().await;
    let auditor = world.token("auditor@group");
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = world.get(&format!("/api/v1/audit/records?limit=2{cursor}"), &auditor).await.expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|r| r["request"]["i"].as_u64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [4, 3, 2, 1, 0], "newest first, each once");
    let count = async |filter: &str| {
        let page = world.get(&format!("/api/v1/audit/records?{filter}"), &auditor).await.expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count(&format!("actor_id={}", claims.sub)).await, 3);
    assert_eq!(count("operation=sites_create").await, 5);
    assert_eq!(count("outcome=failed").await, 0);
    for bad in ["outcome=odd", "actor_id=x", "limit=0", "limit=201", "cursor=x", "colour=red"] {
        let refused = world.get(&format!("/api/v1/audit/records?{bad}"), &auditor).await.expect(422);
        assert!(!refused.pointers().is_empty(), "{bad}");
    }
    assert_eq!(world.get("/api/v1/audit/records", &world.token("operator@unit:energy")).await.status, 403);
    assert_eq!(world.get("/api/v1/audit/records", &world.token("council_member@group")).await.status, 403);
}

#[tokio::test]
async fn an_upstream_that_is_away_closes_the_record_too() {
    let world = World::start().await;
    let count = nqba_runtime::db::outbox::Entity::find().all(world.own_db.reader()).await.unwrap().len();
    assert_eq!(count, 0, "records are no events");
    let token = world.token("founder@group");
    let asked = as_bearer(request(Method::DELETE, "/api/v1/identity/users/7"), &token).body(Body::empty()).unwrap();
    world.send(asked).await.expect(204);
    let record = world.records().await.remove(0);
    assert_eq!((&record["path"], &record["request"]), (&json!("/api/v1/identity/users/7"), &Value::Null));
}
