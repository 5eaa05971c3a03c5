//! Probes and the admin listener.

use crate::world::{Setup, World, answer, request};
use axum::body::Body;
use http::Method;
use nqba_core::Error;
use nqba_runtime::Check;
use nqba_testkit::Answer;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tower::ServiceExt;

async fn admin(world: &World, path: &str) -> Answer {
    let asked = request(Method::GET, path).body(Body::empty()).unwrap();
    answer(world.admin.clone().oneshot(asked).await.unwrap()).await
}

#[tokio::test]
async fn readiness_asks_and_outside_tells_one_word() {
    let (broken, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (state, count) = (broken.clone(), asked.clone());
    let check = Check::new("tape-drive:turns", move || {
        count.fetch_add(1, Ordering::SeqCst);
        let broken = state.load(Ordering::SeqCst);
        async move { if broken { Err(Error::internal("the belt is torn")) } else { Ok(()) } }
    });
    let world = Setup::new().check(check).start().await;
    let outside = world.get_bare("/readyz").await.expect(503);
    assert_eq!(outside.header("content-type"), "application/health+json");
    assert_eq!(outside.json(), json!({ "status": "fail" }));
    world.get_bare("/livez").await.expect(200);
    let inside = admin(&world, "/readyz").await.expect(503).json();
    assert_eq!(inside["checks"]["tape-drive:turns"][0]["status"], "fail");
    assert!(inside["checks"]["tape-drive:turns"][0]["output"].as_str().unwrap().contains("belt"));
    assert_eq!(inside["checks"]["gateway-database:answers"][0]["status"], "pass");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "watchers share a run");
    broken.store(false, Ordering::SeqCst);
    crate::world::eventually(std::time::Duration::from_secs(3), || async {
        world.get_bare("/readyz").await.status == 200
    })
    .await;
    world.rt.runtime.stop.cancel();
    assert_eq!(world.get_bare("/readyz").await.expect(503).json()["status"], "fail");
    world.get_bare("/livez").await.expect(200);
}

#[tokio::test]
async fn metrics_are_on_the_admin_listener_only() {
    let world = World::start().await;
    world.get("/api/v1/energy/sites/7", &world.token("founder@group")).await.expect(200);
    let text = String::from_utf8(admin(&world, "/metrics").await.expect(200).body).unwrap();
    let line = text.lines().find(|l| {
        l.starts_with("nqba_http_request_duration_seconds_count")
            && ["route=\"/api/v1/energy/sites/{site_id}\"", "method=\"GET\"", "status_class=\"2xx\"", "unit=\"energy\""]
                .iter()
                .all(|label| l.contains(label))
    });
    assert!(line.is_some(), "{text}");
    assert!(text.contains("nqba_ratelimit_decisions_total{policy=\"read\",decision=\"accepted\"}"), "{text}");
    assert!(text.contains("nqba_http_requests_in_flight 0"), "{text}");
    let gone = admin(&world, "/api/v1/energy/sites").await.expect(404);
    assert_eq!(gone.header("content-type"), "application/problem+json");
}
