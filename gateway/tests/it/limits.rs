//! Limits: each kind, each by whom it should be, told in headers.

use crate::world::{Setup, World, as_bearer, request};
use axum::{body::Body, extract::ConnectInfo};
use http::Method;
use nqba_testkit::Answer;
use serde_json::json;
use std::net::SocketAddr;

const SITES: &str = "/api/v1/energy/sites";

async fn from(world: &World, ip: &str, method: Method, path: &str, token: Option<&str>) -> Answer {
    let mut asked = request(method, path).header("content-type", "application/json");
    if let Some(token) = token {
        asked = as_bearer(asked, token);
    }
    let peer: SocketAddr = format!("{ip}:4711").parse().unwrap();
    world.send(asked.extension(ConnectInfo(peer)).body(Body::from("{}")).unwrap()).await
}

/// How many of `n` calls are taken.
async fn taken(world: &World, n: usize, ip: &str, method: Method, path: &str, token: Option<&str>) -> usize {
    let mut taken = 0;
    for _ in 0..n {
        taken += usize::from(from(world, ip, method.clone(), path, token).await.status != 429);
    }
    taken
}

#[tokio::test]
async fn each_kind_of_call_has_its_own_limit_per_actor() {
    let world = Setup::new()
        .set("limits.actor_read_per_minute", 5)
        .set("limits.actor_write_per_minute", 4)
        .set("limits.actor_solve_per_minute", 3)
        .start()
        .await;
    let (one, two) = (world.token("founder@group"), world.token("founder@group"));
    for (path, method, quota) in
        [(SITES, Method::GET, 5), (SITES, Method::POST, 4), ("/api/v1/energy/dispatch", Method::POST, 3)]
    {
        assert_eq!(taken(&world, 9, "10.0.0.1", method.clone(), path, Some(&one)).await, quota, "{method} {path}");
        // Another address is the same actor; another actor is another.
        assert_eq!(taken(&world, 2, "10.0.0.2", method.clone(), path, Some(&one)).await, 0);
        assert_eq!(taken(&world, 9, "10.0.0.1", method, path, Some(&two)).await, quota);
    }
}

#[tokio::test]
async fn addresses_are_limited_whoever_calls_and_sign_ins_more_so() {
    let world = Setup::new().set("limits.ip_per_minute", 10).set("limits.sign_in_per_minute", 3).start().await;
    let sign_in = "/api/v1/identity/sessions";
    assert_eq!(taken(&world, 6, "10.0.0.1", Method::POST, sign_in, None).await, 3);
    assert_eq!(taken(&world, 6, "10.0.0.1", Method::GET, SITES, None).await, 4, "six of ten were used");
    assert_eq!(from(&world, "10.0.0.1", Method::GET, "/", None).await.status, 429, "pages count too");
    assert_eq!(from(&world, "10.0.0.1", Method::GET, "/livez", None).await.status, 200, "probes do not");
    assert_eq!(from(&world, "10.0.0.2", Method::POST, sign_in, None).await.status, 401);
    assert_eq!(taken(&world, 11, "[2001:db8::1]", Method::GET, "/", None).await, 10);
    assert_eq!(from(&world, "[2001:db8::2]", Method::GET, "/", None).await.status, 429, "the same network");
    assert_eq!(from(&world, "[2001:db8:0:1::2]", Method::GET, "/", None).await.status, 200);
}

#[tokio::test]
async fn a_refusal_says_which_limit_and_when_to_return() {
    let world = Setup::new().set("limits.actor_read_per_minute", 2).start().await;
    let token = world.token("founder@group");
    let first = world.get(SITES, &token).await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"ip\";q=12000;w=60, \"read\";q=2;w=60");
    assert!(first.header("ratelimit").contains("\"read\";r=1;t="), "{}", first.header("ratelimit"));
    world.get(SITES, &token).await.expect(200);
    let refused = world.get(SITES, &token).await.expect(429);
    let body = refused.json();
    assert_eq!(body["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!(body["violated-policies"], json!(["read"]));
    assert!(refused.header("ratelimit").contains("\"read\";r=0;t="));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
}

#[tokio::test]
async fn headers_can_be_switched_off() {
    let world = Setup::new().set("limits.headers", false).start().await;
    let answer = world.get(SITES, &world.token("founder@group")).await.expect(200);
    assert!(!answer.headers.contains_key("ratelimit") && !answer.headers.contains_key("ratelimit-policy"));
}
