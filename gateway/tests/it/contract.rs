//! One description of the whole API.

use crate::{
    units::{energy_spec, identity_spec, spec},
    world::{World, as_bearer, request},
};
use axum::body::Body;
use http::Method;
use nqba_gateway::aggregate;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

fn with_schemas(mut document: Value, schemas: Value) -> OpenApi {
    document["components"] = json!({ "schemas": schemas });
    serde_json::from_value(document).unwrap()
}

fn one(path: &str, id: &str) -> Value {
    let read = json!({});
    serde_json::to_value(spec(&[("get", path, id, "energy:sites:read", "read", read)])).unwrap()
}

#[test]
fn descriptions_become_one() {
    let merged = aggregate(vec![nqba_gateway::spec(), identity_spec(), energy_spec()]).unwrap();
    let merged = serde_json::to_value(merged).unwrap();
    assert_eq!((&merged["info"]["title"], &merged["openapi"]), (&json!("NQBA"), &json!("3.1.0")));
    assert_eq!(merged["servers"], json!([{ "url": "/" }]));
    let bearer = &merged["components"]["securitySchemes"]["bearer"];
    assert_eq!((&bearer["type"], &bearer["scheme"]), (&json!("http"), &json!("bearer")));
    let tags: Vec<_> = merged["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(tags, ["audit", "events", "test"]);
    let paths = merged["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/v1/audit/records") && paths.contains_key("/api/v1/energy/sites/{site_id}"));
    assert!(!paths.contains_key("/api/v1/identity/introspections"), "between services only");
    let refused = &paths["/api/v1/energy/sites"]["post"]["responses"]["default"]["content"];
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    assert_eq!(refused["application/problem+json"], problem);
    for name in ["Problem", "ProblemField", "AuditRecord", "Page_AuditRecord"] {
        assert!(merged["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn two_that_claim_the_same_are_refused() {
    let parse = |v: Value| serde_json::from_value::<OpenApi>(v).unwrap();
    let refused = |a: OpenApi, b: OpenApi| aggregate(vec![a, b]).err().unwrap().to_string();
    let path = refused(parse(one("/api/v1/a", "a_read")), parse(one("/api/v1/a", "b_read")));
    assert!(path.contains("/api/v1/a"), "{path}");
    let id = refused(parse(one("/api/v1/a", "a_read")), parse(one("/api/v1/b", "a_read")));
    assert!(id.contains("a_read"), "{id}");
    let schema = |kind: &str| json!({ "Thing": { "type": kind } });
    let (a, b) = (one("/api/v1/a", "a_read"), one("/api/v1/b", "b_read"));
    let text = refused(with_schemas(a.clone(), schema("string")), with_schemas(b.clone(), schema("integer")));
    assert!(text.contains("Thing"), "{text}");
    aggregate(vec![with_schemas(a, schema("string")), with_schemas(b, schema("string"))]).unwrap();
}

#[test]
fn schemas_of_inner_operations_stay_inside() {
    let refer = |name: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } })
    };
    let document = spec(&[
        ("post", "/api/v1/a", "inner", "internal", "read", refer("Inner")),
        ("post", "/api/v1/b", "outer", "public", "read", refer("Outer")),
    ]);
    let schemas = json!({
        "Inner": { "type": "object", "properties": { "x": { "$ref": "#/components/schemas/Shared" }, "y": { "$ref": "#/components/schemas/Deep" } } },
        "Outer": { "type": "object", "properties": { "x": { "$ref": "#/components/schemas/Shared" } } },
        "Shared": { "type": "string" }, "Deep": { "type": "string" }, "Loose": { "type": "string" },
    });
    let merged = aggregate(vec![with_schemas(serde_json::to_value(document).unwrap(), schemas)]).unwrap();
    let names: Vec<_> = merged.components.unwrap().schemas.into_keys().collect();
    assert_eq!(names, ["Loose", "Outer", "Problem", "ProblemField", "Shared"]);
}

#[tokio::test]
async fn the_description_is_served_once_per_version() {
    let world = World::start().await;
    let served = world.get_bare("/openapi.json").await.expect(200);
    assert_eq!(served.json()["info"]["title"], "NQBA");
    let tag = served.header("etag").to_owned();
    let again = request(Method::GET, "/openapi.json").header("if-none-match", &tag).body(Body::empty()).unwrap();
    let again = world.send(again).await.expect(304);
    assert!(again.body.is_empty());
    let small = request(Method::GET, "/openapi.json").header("accept-encoding", "br").body(Body::empty()).unwrap();
    let small = world.send(small).await.expect(200);
    assert!(small.body.len() < served.body.len() / 2);
    let weak = small.header("etag").to_owned();
    let again = as_bearer(request(Method::GET, "/openapi.json"), "x").header("if-none-match", weak);
    world.send(again.body(Body::empty()).unwrap()).await.expect(304);
}
