//! API keys: asked about once, remembered for a moment, dropped when revoked.

use crate::world::{World, eventually};
use nqba_contracts::identity::{Introspected, RoleBinding};
use nqba_core::{new_id, now_us};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};
use uuid::Uuid;

const SITES: &str = "/api/v1/energy/sites";

fn known(world: &World, token: &str, role: &str) -> Uuid {
    let roles = vec![RoleBinding { role: role.to_owned(), scope: "unit:energy".to_owned() }];
    let id = new_id();
    let expires_at = now_us() + chrono::TimeDelta::days(1);
    world.identity.api_keys.lock().unwrap().insert(token.to_owned(), Introspected { id, roles, expires_at });
    id
}

async fn a_key_acts_until_it_is_revoked(world: &World) {
    let token = "nqba_live_a_secret";
    let id = known(world, token, "service");
    let told = world.get(SITES, token).await.expect(200).json();
    assert_eq!(told["ctx"]["actor"], json!({ "id": id, "kind": "api_key", "session": null }));
    assert_eq!(told["ctx"]["scopes"], json!(["unit:energy"]));
    world.get(SITES, token).await.expect(200);
    assert_eq!(world.identity.introspected.load(Ordering::SeqCst), 1, "remembered");
    world.identity.api_keys.lock().unwrap().remove(token);
    world.revoke(id, None).await;
    let took = eventually(Duration::from_secs(1), || async { world.get(SITES, token).await.status == 401 }).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
crate::everywhere!(a_key, super::a_key_acts_until_it_is_revoked);

#[tokio::test]
async fn an_unknown_key_is_refused_and_not_asked_about_at_every_call() {
    let world = World::start().await;
    for _ in 0..5 {
        assert_eq!(world.get(SITES, "nqba_live_b_wrong").await.status, 401);
    }
    assert_eq!(world.identity.introspected.load(Ordering::SeqCst), 1);
    let long = format!("nqba_live_{}", "x".repeat(600));
    assert_eq!(world.get(SITES, &long).await.status, 401);
    assert_eq!(world.identity.introspected.load(Ordering::SeqCst), 1, "no key of ours is that long");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_roles_of_a_key_hold_when_they_are_told() {
    let world = World::start().await;
    let token = "nqba_live_c_secret";
    let id = known(&world, token, "analyst");
    let denied = world.post(SITES, token, &json!({})).await;
    assert_eq!(denied.status, 403);
    let roles = vec![RoleBinding { role: "unit_manager".into(), scope: "unit:energy".into() }];
    world.identity.api_keys.lock().unwrap().get_mut(token).unwrap().roles = roles;
    world.revoke(id, None).await;
    let changed = || async { world.post(SITES, token, &json!({})).await.status == 201 };
    eventually(Duration::from_secs(1), changed).await;
    world.end().await;
}
