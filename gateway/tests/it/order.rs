//! Who are you, may you, and only then what you said.

use crate::world::{World, as_bearer, request};
use axum::body::Body;
use http::Method;
use serde_json::json;
use std::sync::atomic::Ordering;

async fn code(world: &World, method: Method, path: &str, token: Option<&str>, body: &'static str) -> (u16, String) {
    let mut asked = request(method, path).header("content-type", "application/json");
    if let Some(token) = token {
        asked = as_bearer(asked, token);
    }
    let answer = world.send(asked.body(Body::from(body)).unwrap()).await;
    (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_order_of_answers() {
    let world = World::start().await;
    let analyst = world.token("analyst@unit:energy");
    let stranger = world.token("analyst@unit:finance");
    let broken = "{ this is no JSON";
    let sites = "/api/v1/energy/sites";
    let case = |status: u16, code: &str| (status, code.to_owned());
    let ask = async |method: Method, path: &str, token: Option<&str>| code(&world, method, path, token, broken).await;
    assert_eq!(ask(Method::POST, sites, None).await, case(401, "unauthenticated"));
    assert_eq!(ask(Method::POST, sites, Some("x")).await, case(401, "unauthenticated"));
    assert_eq!(ask(Method::POST, sites, Some(&analyst)).await, case(403, "forbidden"));
    assert_eq!(ask(Method::POST, sites, Some(&stranger)).await, case(404, "not_found"));
    assert_eq!(ask(Method::GET, "/api/v1/energy/sites/7", Some(&stranger)).await, case(404, "not_found"));
    assert_eq!(ask(Method::GET, "/api/v1/identity/users", Some(&analyst)).await, case(403, "forbidden"));
    assert_eq!(world.unit.calls.load(Ordering::SeqCst), 0, "nothing reached the unit");
}

#[tokio::test]
async fn paths_and_methods_that_there_are_not() {
    let world = World::start().await;
    let token = world.token("founder@group");
    for path in ["/api", "/api/", "/api/v1", "/api/v1/energy", "/api/v1/energy/sites/", "/api/v2/energy/sites"] {
        let gone = world.get(path, &token).await.expect(404);
        assert_eq!(gone.json()["code"], "not_found", "{path}");
        assert_eq!(gone.header("content-type"), "application/problem+json");
    }
    // Between services only: from outside it is not there.
    let inner = world.post("/api/v1/identity/introspections", &token, &json!({ "token": "x" })).await;
    assert_eq!(inner.status, 404);
    assert_eq!(world.get("/api/v1/identity/introspections", &token).await.status, 404);
    let put = as_bearer(request(Method::PUT, "/api/v1/energy/sites"), &token).body(Body::empty()).unwrap();
    let put = world.send(put).await.expect(405);
    assert_eq!((put.header("allow"), put.json()["code"].as_str()), ("GET, POST, HEAD", Some("method_not_allowed")));
    let head = as_bearer(request(Method::HEAD, "/api/v1/energy/sites"), &token).body(Body::empty()).unwrap();
    let head = world.send(head).await.expect(200);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn the_reason_is_for_administrators() {
    let world = World::start().await;
    let detail = async |scope: &str| {
        let answer = world.get("/api/v1/identity/users", &world.token(scope)).await.expect(403);
        answer.json()["detail"].as_str().unwrap().to_owned()
    };
    assert!(detail("council_member@group").await.contains("identity:users:read"));
    let plain = detail("operator@unit:energy").await;
    assert!(!plain.contains("identity:users:read") && plain.contains("administrator"), "{plain}");
}

async fn a_public_operation_is_called_by_nobody(world: &World) {
    let asked = as_bearer(request(Method::POST, "/api/v1/identity/sessions/refresh"), "expired-or-whatever");
    let asked = asked.header("cookie", "__Host-nqba_refresh=x").header("x-csrf-protection", "1");
    let told = world.send(asked.body(Body::empty()).unwrap()).await.expect(200).json();
    assert_eq!(told["ctx"]["actor"]["kind"], "anonymous");
    assert_eq!(told["headers"]["cookie"], "__Host-nqba_refresh=x");
    assert_eq!(told["headers"]["authorization"], json!(null));
    // Nobody else's cookie goes on.
    let asked = as_bearer(request(Method::GET, "/api/v1/energy/sites"), &world.token("founder@group"));
    let asked = asked.header("cookie", "__Host-nqba_refresh=x").header("idempotency-key", "i1");
    let told = world.send(asked.body(Body::empty()).unwrap()).await.expect(200).json();
    assert_eq!((&told["headers"]["cookie"], &told["headers"]["authorization"]), (&json!(null), &json!(null)));
    assert_eq!(told["headers"]["idempotency-key"], "i1");
}
crate::everywhere!(a_public_operation, super::a_public_operation_is_called_by_nobody);
