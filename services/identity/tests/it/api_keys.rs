//! API keys: shown once, asked about by the gateway, ended.

use crate::support::*;
use http::Method;
use nqba_core::{ActorKind, Ctx};
use nqba_testkit::{Answer, Harness, acting, everywhere};
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/api/v1/identity/api-keys";

fn new(role: &str, days: i64) -> Value {
    let expires_at = nqba_core::now_us() + chrono::TimeDelta::days(days);
    json!({ "name": "meter", "roles": [{ "role": role, "scope": "unit:energy" }], "expires_at": expires_at })
}

fn maker(id: Uuid) -> Ctx {
    user(id, "founder", "identity:api_keys:write")
}

async fn create(h: &Harness, ctx: &Ctx, body: Value) -> Answer {
    h.call(ctx, Method::POST, PATH, Some(body)).await
}

async fn ask(h: &Harness, secret: &str) -> Answer {
    let body = json!({ "token": secret });
    h.call(&system(), Method::POST, "/api/v1/identity/introspections", Some(body)).await
}

async fn listed(h: &Harness) -> Vec<Value> {
    let answer = h.call(&founder("identity:api_keys:read"), Method::GET, PATH, None).await.expect(200);
    answer.json()["items"].as_array().unwrap().clone()
}

everywhere!(a_key_is_shown_once_and_stands_for_its_roles, start, |h| async move {
    let ada = make(&h, "ada@example.com", "founder", "group").await;
    let answer = create(&h, &maker(ada.id), new("service", 30)).await.expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = answer.json();
    let (key, secret) = (&made["api_key"], made["secret"].as_str().unwrap());
    let prefix = key["prefix"].as_str().unwrap();
    assert_eq!(prefix, format!("nqba_live_{}", key["id"].as_str().unwrap().replace('-', "")));
    let random = secret.strip_prefix(&format!("{prefix}_")).unwrap();
    assert_eq!(random.len(), 43);
    assert_eq!(key["created_by"], json!(ada.id));
    let list = listed(&h).await;
    assert_eq!(list, std::slice::from_ref(key));
    assert!(!json!(list).to_string().contains(random));
    let stands = ask(&h, secret).await.expect(200).json();
    assert_eq!((&stands["id"], &stands["expires_at"]), (&key["id"], &key["expires_at"]));
    assert_eq!(stands["roles"], json!([{ "role": "service", "scope": "unit:energy" }]));
    let other = create(&h, &maker(ada.id), new("analyst", 30)).await.expect(201).json();
    let other = other["secret"].as_str().unwrap().rsplit_once('_').unwrap().1.to_owned();
    for bad in [
        format!("{prefix}_{other}"),
        format!("{prefix}_"),
        prefix.to_owned(),
        "nqba_live_".into(),
        format!("nqba_live_{}_{random}", Uuid::now_v7().simple()),
        format!("{secret}A"),
        secret.to_uppercase(),
        String::new(),
        "\u{0}".into(),
    ] {
        ask(&h, &bad).await.expect(401);
    }
});

everywhere!(uses_are_noted_to_the_minute, start, |h| async move {
    let ada = make(&h, "ada@example.com", "founder", "group").await;
    let made = create(&h, &maker(ada.id), new("service", 30)).await.expect(201).json();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(listed(&h).await[0]["last_used_at"], Value::Null);
    ask(&h, secret).await.expect(200);
    let first = listed(&h).await[0]["last_used_at"].clone();
    assert!(first.is_string());
    pass(&h, 40);
    ask(&h, secret).await.expect(200);
    assert_eq!(listed(&h).await[0]["last_used_at"], first);
    pass(&h, 25);
    ask(&h, secret).await.expect(200);
    assert_ne!(listed(&h).await[0]["last_used_at"], first);
});

everywhere!(a_key_ends_when_it_said_or_is_revoked, start, |h| async move {
    let ada = make(&h, "ada@example.com", "founder", "group").await;
    let short = create(&h, &maker(ada.id), new("service", 1)).await.expect(201).json();
    let long = create(&h, &maker(ada.id), new("service", 366)).await.expect(201).json();
    pass(&h, 86_401);
    ask(&h, short["secret"].as_str().unwrap()).await.expect(401);
    ask(&h, long["secret"].as_str().unwrap()).await.expect(200);
    let id: Uuid = long["api_key"]["id"].as_str().unwrap().parse().unwrap();
    let path = format!("{PATH}/{id}");
    h.call(&maker(ada.id), Method::DELETE, &path, None).await.expect(204);
    h.call(&maker(ada.id), Method::DELETE, &path, None).await.expect(404);
    h.call(&maker(ada.id), Method::DELETE, &format!("{PATH}/{}", Uuid::now_v7()), None).await.expect(404);
    ask(&h, long["secret"].as_str().unwrap()).await.expect(401);
    assert_eq!(revocations(&h).await, [(id, None, "key_revoked".into())]);
    let list = listed(&h).await;
    assert_eq!(list.len(), 2, "what has ended stays listed");
    assert!(list[0]["revoked_at"].is_string() && list[1]["revoked_at"].is_null(), "newest first");
});

everywhere!(a_key_never_outlives_its_makers_rights, start, |h| async move {
    let ada = make(&h, "ada@example.com", "founder", "group").await;
    make(&h, "bob@example.com", "founder", "group").await;
    let mut body = new("service", 30);
    body["roles"] = json!([{ "role": "service", "scope": "unit:energy" }, { "role": "auditor", "scope": "group" }]);
    let made = create(&h, &maker(ada.id), body).await.expect(201).json();
    let secret = made["secret"].as_str().unwrap();
    let write = founder("identity:users:write");
    patch(&h, &write, ada.id, json!({ "enabled": false })).await.expect(200);
    ask(&h, secret).await.expect(401);
    patch(&h, &write, ada.id, json!({ "enabled": true })).await.expect(200);
    assert_eq!(ask(&h, secret).await.expect(200).json()["roles"].as_array().unwrap().len(), 2);
    let auditor = json!([{ "role": "auditor", "scope": "group" }]);
    patch(&h, &write, ada.id, json!({ "roles": auditor })).await.expect(200);
    assert_eq!(ask(&h, secret).await.expect(200).json()["roles"], auditor);
    patch(&h, &write, ada.id, json!({ "roles": [] })).await.expect(200);
    ask(&h, secret).await.expect(401);
});

everywhere!(what_a_key_may_not_be_is_named, start, |h| async move {
    let ada = make(&h, "ada@example.com", "founder", "group").await;
    for (field, value, pointer) in [
        ("name", json!(" "), "/name"),
        ("name", json!("x".repeat(121)), "/name"),
        ("name", json!("a\u{0}b"), "/name"),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "/expires_at"),
        ("expires_at", json!("9999-01-01T00:00:00Z"), "/expires_at"),
        ("expires_at", json!("tomorrow"), "/expires_at"),
        ("roles", json!([]), "/roles"),
        ("roles", json!([{ "role": "king", "scope": "group" }]), "/roles/0/role"),
    ] {
        let mut body = new("service", 30);
        body[field] = value.clone();
        let refused = create(&h, &maker(ada.id), body).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{field} = {value}");
    }
    create(&h, &maker(ada.id), new("service", 367)).await.expect(422);
    let architect = acting("architect", "group", "identity:api_keys:write");
    assert_eq!(create(&h, &architect, new("service", 30)).await.expect(403).pointers(), ["/roles/0"]);
    let mut key = maker(ada.id);
    key.actor.kind = ActorKind::ApiKey;
    create(&h, &key, new("service", 30)).await.expect(403);
    assert!(listed(&h).await.is_empty());
});
