//! The caller: who it is, what it may do, its own password.

use crate::support::*;
use http::Method;
use nqba_contracts::roles::{PERMISSIONS, role, scopes_of};
use nqba_core::{Actor, ActorKind, Ctx, Permission};
use nqba_testkit::{Answer, Harness, acting, everywhere};
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/api/v1/identity/me";

async fn change(h: &Harness, ctx: &Ctx, present: &str, new: &str) -> Answer {
    let body = json!({ "current_password": present, "new_password": new });
    h.call(ctx, Method::PUT, &format!("{PATH}/password"), Some(body)).await
}

everywhere!(one_reads_who_one_is_and_every_permission_one_holds, start, |h| async move {
    let ada = make(&h, "ada@example.com", "operator", "team:energy/north").await;
    let mut ctx = acting("operator", "team:energy/north", "identity:self:read");
    ctx.actor = Actor { id: ada.id, kind: ActorKind::User, session: Some(Uuid::now_v7()) };
    let me = h.call(&ctx, Method::GET, PATH, None).await.expect(200).json();
    assert_eq!((&me["id"], &me["kind"], &me["email"]), (&json!(ada.id), &json!("user"), &json!("ada@example.com")));
    assert_eq!(me["roles"], json!([{ "role": "operator", "scope": "team:energy/north" }]));
    let told: Vec<_> = me["permissions"].as_array().unwrap().iter().map(|p| p["permission"].clone()).collect();
    let held = PERMISSIONS.iter().filter(|(p, _)| !scopes_of(&ctx.roles, &Permission::of(p)).is_empty());
    assert_eq!(told, held.map(|(p, _)| json!(p)).collect::<Vec<_>>());
    assert_eq!(told.len(), role("operator").unwrap().permissions().count());
    assert_eq!(me["permissions"][0]["scopes"], json!(["team:energy/north"]));

    let expires_at = nqba_core::now_us() + chrono::TimeDelta::days(1);
    let key = json!({ "name": "meter", "roles": [{ "role": "service", "scope": "group" }], "expires_at": expires_at });
    let maker = user(ada.id, "founder", "identity:api_keys:write");
    let made = h.call(&maker, Method::POST, "/api/v1/identity/api-keys", Some(key)).await.expect(201).json();
    let mut ctx = acting("service", "group", "identity:self:read");
    let id = made["api_key"]["id"].as_str().unwrap().parse().unwrap();
    ctx.actor = Actor { id, kind: ActorKind::ApiKey, session: None };
    let me = h.call(&ctx, Method::GET, PATH, None).await.expect(200).json();
    assert_eq!((&me["kind"], &me["email"], &me["display_name"]), (&json!("api_key"), &Value::Null, &json!("meter")));
    ctx.actor.id = Uuid::now_v7();
    h.call(&ctx, Method::GET, PATH, None).await.expect(404);
});

everywhere!(a_new_password_holds_and_ends_every_other_session, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let here = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let there = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let (s, t) = (claims(&h, &here).await.sid, claims(&h, &there).await.sid);
    let mut ctx = user(ada.id, "analyst", "identity:self:write");
    ctx.actor.session = Some(s);
    let new = "eleven brown kettles by the harbour";
    assert_eq!(change(&h, &ctx, "wrong", new).await.expect(422).pointers(), ["/current_password"]);
    for bad in ["short", "passwordpassword", &"x ".repeat(80)] {
        assert_eq!(change(&h, &ctx, PASSWORD, bad).await.expect(422).pointers(), ["/new_password"]);
    }
    refresh(&h, &token(&there)).await.expect(200);
    change(&h, &ctx, PASSWORD, new).await.expect(204);
    assert_eq!(revocations(&h).await, [(ada.id, Some(t), "password_changed".into())]);
    let mut present = token(&there);
    for _ in 0..2 {
        refresh(&h, &present).await.expect(401);
        present.push('x');
    }
    refresh(&h, &token(&here)).await.expect(200);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(401);
    sign_in(&h, "ada@example.com", new).await.expect(201);
    let key = user(Uuid::now_v7(), "analyst", "identity:self:write");
    change(&h, &key, PASSWORD, new).await.expect(404);
});

everywhere!(guessing_the_present_password_is_counted_as_a_failed_sign_in, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let ctx = user(ada.id, "analyst", "identity:self:write");
    for _ in 0..10 {
        change(&h, &ctx, "wrong", "eleven brown kettles by the harbour").await.expect(422);
    }
    change(&h, &ctx, PASSWORD, "eleven brown kettles by the harbour").await.expect(429);
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(429);
    pass(&h, 901);
    change(&h, &ctx, PASSWORD, "eleven brown kettles by the harbour").await.expect(204);
});
