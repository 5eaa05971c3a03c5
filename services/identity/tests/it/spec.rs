//! The description: complete, true to the types, and kept by every handler.

use crate::support::*;
use nqba_contracts::identity::{Introspection, NewApiKey, NewSession, NewUser, PasswordChange, UserPatch};
use nqba_runtime::web::spec::{Access, methods, operations};
use nqba_testkit::{acting, everywhere};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Each operation's id with its example body.
fn examples() -> Vec<(String, Option<Value>)> {
    let spec = nqba_identity::spec();
    let mut found = Vec::new();
    for item in spec.paths.paths.values() {
        for (_, operation) in methods(item) {
            let told = serde_json::to_value(operation).unwrap();
            let example = told.pointer("/requestBody/content/application~1json/example").cloned();
            assert_eq!(told.get("requestBody").is_some(), example.is_some(), "{told}");
            found.push((told["operationId"].as_str().unwrap().to_owned(), example));
        }
    }
    found
}

#[test]
fn every_operation_says_what_it_is_and_needs() {
    let spec = nqba_identity::spec();
    let all = operations(&spec).unwrap();
    assert_eq!(all.len(), 18);
    for operation in &all {
        assert!(operation.path.starts_with("/api/v1/identity/"), "{}", operation.path);
        if let Access::Permission(p) = &operation.access {
            assert!(nqba_contracts::roles::PERMISSIONS.iter().any(|(n, _)| *n == p.as_str()), "{p} is none");
        }
    }
    let open: Vec<_> = all.iter().filter(|o| o.access == Access::Public).map(|o| o.operation_id.as_str()).collect();
    assert_eq!(open.len(), 3, "{open:?}");
    for item in spec.paths.paths.values() {
        for (_, operation) in methods(item) {
            assert!(operation.summary.as_deref().is_some_and(|s| !s.is_empty()), "{:?}", operation.operation_id);
        }
    }
}

#[test]
fn every_example_fits_its_type() {
    fn fits<T: DeserializeOwned>(example: Value) -> Result<(), serde_json::Error> {
        serde_json::from_value::<T>(example).map(|_| ())
    }
    let mut seen = 0;
    for (id, example) in examples() {
        let Some(example) = example else { continue };
        let outcome = match id.as_str() {
            "sessions_create" => fits::<NewSession>(example),
            "me_change_password" => fits::<PasswordChange>(example),
            "users_create" => fits::<NewUser>(example),
            "users_update" => fits::<UserPatch>(example),
            "api_keys_create" => fits::<NewApiKey>(example),
            "introspections_create" => fits::<Introspection>(example),
            other => panic!("{other} has a body that this test does not know"),
        };
        outcome.unwrap_or_else(|e| panic!("{id}: {e}"));
        seen += 1;
    }
    assert_eq!(seen, 6);
}

everywhere!(a_handler_relies_on_its_permission_and_no_other, start, |h| async move {
    let bodies = examples();
    let mut asked = 0;
    for operation in operations(&nqba_identity::spec()).unwrap() {
        let id = uuid::Uuid::now_v7().to_string();
        let path = operation.path.replace("{user_id}", &id).replace("{session_id}", &id).replace("{api_key_id}", &id);
        h.call_bare(operation.method.clone(), &path).await.expect(401);
        let Access::Permission(needed) = &operation.access else { continue };
        let body = bodies.iter().find(|(id, _)| *id == operation.operation_id).unwrap().1.clone();
        let other = if needed.as_str() == "identity:roles:read" { "energy:sites:read" } else { "identity:roles:read" };
        let refused =
            h.call_with(&acting("founder", "group", other), operation.method, &path, body, &[("if-match", "*")]).await;
        assert_eq!(refused.status, 403, "{}", operation.operation_id);
        asked += 1;
    }
    assert_eq!(asked, 14);
    h.call(&nobody(), http::Method::GET, "/api/v1/identity/users", None).await.expect(403);
});
