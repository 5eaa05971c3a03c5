//! What comes from outside is not believed.

use crate::world::{Setup, World, as_bearer, request};
use axum::{body::Body, extract::ConnectInfo};
use http::Method;
use nqba_core::TraceParent;
use serde_json::{Value, json};
use std::net::SocketAddr;

const SITES: &str = "/api/v1/energy/sites";

async fn told(world: &World, peer: &str, headers: &[(&str, &str)]) -> Value {
    let mut asked = as_bearer(request(Method::GET, SITES), &world.token("founder@group"));
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let peer: SocketAddr = peer.parse().unwrap();
    world.send(asked.extension(ConnectInfo(peer)).body(Body::empty()).unwrap()).await.expect(200).json()
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_call_comes_from() {
    let world = Setup::new().set("http.trusted_proxies", json!(["10.0.0.0/8"])).start().await;
    let forged = [
        ("x-forwarded-for", "1.2.3.4, 198.51.100.7"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "1.2.3.4"),
        ("forwarded", "for=1.2.3.4"),
        ("x-nqba-client-ip", "1.2.3.4"),
        ("x-nqba-context", "forged"),
        ("x-nqba-anything", "forged"),
    ];
    let seen = told(&world, "203.0.113.9:1", &forged).await["headers"].clone();
    assert_eq!(seen["x-nqba-client-ip"], "203.0.113.9");
    for name in ["x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "x-nqba-anything"] {
        assert_eq!(seen[name], json!(null), "{name}");
    }
    let seen = told(&world, "10.0.0.1:1", &forged).await["headers"].clone();
    assert_eq!((&seen["x-nqba-client-ip"], &seen["x-forwarded-proto"]), (&json!("198.51.100.7"), &json!("https")));
    assert_eq!(seen["x-nqba-anything"], json!(null));
}

async fn a_trace_goes_on_and_is_answered(world: &World) {
    let token = world.token("founder@group");
    let trace = TraceParent::new();
    let asked = as_bearer(request(Method::GET, SITES), &token).header("traceparent", trace.as_str());
    let answer = world.send(asked.body(Body::empty()).unwrap()).await.expect(200);
    assert_eq!(answer.header("x-request-id"), trace.trace_id());
    let seen = answer.json();
    assert_eq!(seen["ctx"]["request_id"], trace.trace_id());
    let passed: TraceParent = seen["headers"]["traceparent"].as_str().unwrap().parse().unwrap();
    assert!(passed.trace_id() == trace.trace_id() && passed != trace, "a child of it");
    assert_eq!(seen["ctx"]["traceparent"], passed.as_str());

    let asked = as_bearer(request(Method::GET, SITES), &token).header("traceparent", "00-broken");
    let answer = world.send(asked.body(Body::empty()).unwrap()).await.expect(200);
    assert_eq!(answer.header("x-request-id").len(), 32);
    let refused = world.get("/api/v1/energy/nothing", &token).await.expect(404);
    let id = refused.header("x-request-id").to_owned();
    assert_eq!(refused.json()["request_id"], id.as_str());
    assert_eq!(refused.json()["instance"], format!("urn:nqba:request:{id}"));
}
crate::everywhere!(a_trace, super::a_trace_goes_on_and_is_answered);
