//! What every answer carries.

use crate::world::{World, as_bearer, request};
use axum::body::Body;
use http::Method;
use serde_json::json;

const PLAN: &str = "/api/v1/energy/plan";

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let world = World::start().await;
    let token = world.token("founder@group");
    for path in ["/", "/api/v1/energy/sites", "/api/v1/nothing", "/openapi.json", "/livez", "/readyz", PLAN] {
        let answer = world.get(path, &token).await;
        let policy = answer.header("content-security-policy");
        for rule in ["default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "object-src 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(!answer.header("permissions-policy").is_empty() && !answer.header("referrer-policy").is_empty());
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
    }
    let refused = world.get_bare("/api/v1/energy/sites").await.expect(401);
    assert_eq!(refused.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn answers_are_kept_by_nobody_unless_they_have_a_tag() {
    let world = World::start().await;
    let token = world.token("founder@group");
    assert_eq!(world.get("/api/v1/energy/sites", &token).await.header("cache-control"), "no-store");
    assert_eq!(world.get(PLAN, &token).await.header("cache-control"), "private, no-cache");
    assert_eq!(world.get("/", &token).await.header("cache-control"), "", "a page says its own");
}

async fn json_is_compressed_and_pages_are_left_alone(world: &World) {
    let token = world.token("founder@group");
    let asked = async |path: &str, coding: &str| {
        let asked = as_bearer(request(Method::GET, path), &token).header("accept-encoding", coding);
        world.send(asked.body(Body::empty()).unwrap()).await.expect(200)
    };
    let plain = world.get(PLAN, &token).await.expect(200);
    assert_eq!((plain.header("content-encoding"), plain.header("etag")), ("", "\"v3\""));
    for coding in ["gzip", "br"] {
        let small = asked(PLAN, coding).await;
        assert_eq!(small.header("content-encoding"), coding);
        assert!(small.body.len() * 3 < plain.body.len(), "{} of {}", small.body.len(), plain.body.len());
        assert_eq!((small.header("etag"), small.header("vary")), ("W/\"v3\"", "accept-encoding"));
    }
    assert_eq!(asked(PLAN, "identity").await.header("content-encoding"), "");
    assert_eq!(asked("/", "gzip").await.header("content-encoding"), "");
    // The tag that compression made weak still names the version to change.
    let put = as_bearer(request(Method::PUT, "/api/v1/energy/sites/7"), &token).header("if-match", "W/\"v3\"");
    let told = world.send(put.body(Body::empty()).unwrap()).await.expect(200).json();
    assert_eq!(told, json!({ "if_match": "\"v3\"" }));
}
crate::everywhere!(compression, super::json_is_compressed_and_pages_are_left_alone);

#[tokio::test]
async fn what_is_no_part_of_the_api_is_a_page() {
    let world = World::start().await;
    for path in ["/", "/energy/sites/7", "/apiary", "/%61pi/v1/energy/sites", "/metrics"] {
        let page = world.get_bare(path).await.expect(200);
        assert_eq!(page.header("content-type"), "text/html", "{path}");
    }
}
