//! For every operation there is: who may, what is on record, what is told of it.

use crate::{
    client::{Api, problem},
    operations::{self, Operation},
    support::{Place, SOON, Server, eventually},
};
use nqba_contracts::roles::{ROLES, knows_unit, scopes_of};
use nqba_core::{Permission, RoleBinding};
use nqba_runtime::web::spec::Access;
use serde_json::Value;

/// Parts that everybody may know of.
const PLATFORM: [&str; 4] = ["identity", "audit", "events", "gateway"];

async fn demo() -> (Place, Server, Api, Vec<Operation>) {
    let place = Place::sqlite();
    let server = place.server().demo().start().await;
    let founder = server.founder().await;
    let all = operations::all(&server.api()).await;
    (place, server, founder, all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_only_what_is_public_is_let_in() {
    let (_place, server, _founder, all) = demo().await;
    let mut public = Vec::new();
    for o in &all {
        for caller in [server.api(), server.api().with("eyJhbGciOiJub25lIn0.e30.")] {
            let answer = o.call(&caller, &o.nowhere(), o.empty(), &[]).await;
            if o.is_public() {
                assert!(answer.status.as_u16() < 500, "{}: {}", o.id(), answer.status);
            } else {
                problem(&answer, 401, "unauthenticated");
            }
        }
        if o.is_public() {
            public.push(o.id());
        }
    }
    public.sort_unstable();
    assert_eq!(public, ["sessions_create", "sessions_refresh", "signing_keys_list"], "what is public is decided here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_a_role_is_let_in_exactly_where_the_matrix_says() {
    let (_place, server, founder, mut all) = demo().await;
    // Ends the session, so it comes last.
    all.sort_by_key(Operation::signs_out);
    let nothing = founder.get("/api/v1/none").await.expect(404).json()["detail"].clone();
    let mut let_in = 0;
    let scopes = ["group", "unit:energy", "unit:finance", "team:energy/north"];
    let held = ROLES.iter().flat_map(|r| scopes.map(|s| (r.name, s))).chain([("", "group")]);
    for (role, scope) in held {
        let (caller, _) = founder.user(role, scope).await;
        let binding = RoleBinding { role: role.to_owned(), scope: scope.parse().unwrap() };
        let roles = if role.is_empty() { vec![] } else { vec![binding] };
        for o in &all {
            let Access::Permission(permission) = &o.spec.access else { continue };
            let answer = o.call(&caller, &o.nowhere(), o.empty(), &[]).await;
            let what = format!("{role}@{scope} {}: {} {}", o.id(), answer.status, answer.json()["detail"]);
            let may = !scopes_of(&roles, permission).is_empty();
            let knows = PLATFORM.contains(&permission.unit()) || knows_unit(&roles, permission.unit());
            let refused = match answer.status.as_u16() {
                403 => true,
                404 => answer.json()["detail"] == nothing,
                status => {
                    assert!(status < 500, "{what}");
                    false
                }
            };
            assert_eq!(refused, !may, "{what}");
            if refused {
                assert_eq!(answer.status == 403, knows, "{what}");
                // The administrators are told what is wanting, others only that it is.
                let told = answer.json()["detail"].as_str().unwrap().contains(permission.as_str());
                let reads_matrix = scopes_of(&roles, &Permission::of("identity:roles:read"));
                assert_eq!(told, knows && reads_matrix.contains(&nqba_core::Scope::Group), "{what}");
            } else {
                let_in += 1;
            }
        }
    }
    assert!(let_in > 200, "{let_in}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_something_leaves_a_record_that_names_it() {
    let (_place, server, founder, mut all) = demo().await;
    all.sort_by_key(Operation::signs_out);
    let (caller, user) = founder.user("founder", "group").await;
    for o in &all {
        let answer = o.call(&caller, &o.nowhere(), o.empty(), &[]).await;
        let (request_id, status) = (answer.header("x-request-id").to_owned(), answer.status.as_u16());
        assert!(status < 500 && !request_id.is_empty(), "{}", o.id());
        let list = format!("/api/v1/audit/records?limit=200&operation={}", o.id());
        let record = async || {
            let page = founder.get(&list).await.expect(200).json();
            page["items"].as_array().unwrap().iter().find(|r| r["request_id"] == request_id.as_str()).cloned()
        };
        if !o.spec.mutating {
            assert_eq!(record().await, None, "{} changes nothing", o.id());
            continue;
        }
        let record = eventually(o.id(), SOON, async || record().await.filter(|r| r["outcome"] != "open")).await;
        let outcome = if status < 400 { "succeeded" } else { "refused" };
        assert_eq!((&record["status"], record["outcome"].as_str()), (&status.into(), Some(outcome)), "{record}");
        assert_eq!(record["method"], o.spec.method.as_str());
        assert_eq!(record["actor_id"], if o.is_public() { Value::Null } else { user["id"].clone() }, "{record}");
    }
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_says_what_it_does_takes_and_answers() {
    let (_place, _server, _founder, all) = demo().await;
    let mut summaries = std::collections::BTreeMap::new();
    for o in &all {
        let words = |v: &Value| v.as_str().is_some_and(|t| t.trim().len() > 5);
        assert!(words(&o.told["summary"]), "{} has no summary", o.id());
        if let Some(other) = summaries.insert(o.told["summary"].as_str().unwrap(), o.id()) {
            panic!("{} and {other} say the same of themselves", o.id());
        }
        assert!(o.told["tags"][0].is_string(), "{} has no tag", o.id());
        let responses = o.told["responses"].as_object().unwrap();
        for (status, response) in responses {
            let described = response["description"].as_str().is_some_and(|t| !t.trim().is_empty());
            assert!(described, "{} {status} says nothing", o.id());
            if status.starts_with(['4', '5']) || status == "default" {
                let content = response["content"].as_object().unwrap();
                assert!(content.contains_key("application/problem+json"), "{} {status} is no problem document", o.id());
            }
        }
        assert!(responses.contains_key("default"), "{} does not tell how it refuses", o.id());
        assert!(responses.keys().any(|s| s.starts_with('2')), "{} does not tell what it answers", o.id());
        for p in o.told["parameters"].as_array().into_iter().flatten() {
            assert!(p["description"].as_str().is_some_and(|t| !t.is_empty()), "{}: {} says nothing", o.id(), p["name"]);
        }
        let named: Vec<_> = o.spec.path.split(['{', '}']).skip(1).step_by(2).collect();
        assert!(named.iter().all(|n| o.has_parameter(n)), "{}: {named:?} are not described", o.id());
        assert!(!o.spec.path.contains('{') || responses.contains_key("404"), "{} names a record and no 404", o.id());
        assert_eq!(o.has_parameter("If-Match"), responses.contains_key("428"), "{}", o.id());
        if o.takes().is_some() {
            assert!(o.example().is_some_and(|e| !e.is_null()), "{} has no example", o.id());
        }
    }
}
