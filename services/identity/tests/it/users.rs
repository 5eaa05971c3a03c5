//! Users: made, read, changed; who may grant what.

use crate::support::*;
use http::Method;
use nqba_contracts::identity::UserChanged;
use nqba_core::{Ctx, Event};
use nqba_runtime::web::audit;
use nqba_testkit::{Answer, Harness, acting, everywhere};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/identity/users";

fn write() -> Ctx {
    founder("identity:users:write")
}

fn read() -> Ctx {
    founder("identity:users:read")
}

fn new(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD })
}

async fn create(h: &Harness, ctx: &Ctx, body: Value) -> Answer {
    h.call(ctx, Method::POST, PATH, Some(body)).await
}

everywhere!(a_user_is_made_listed_read_and_signs_in, start, |h| async move {
    let body = json!({
        "email": " Ada@Example.com ", "display_name": " Ada L. ", "password": PASSWORD,
        "roles": [{ "role": "operator", "scope": "unit:energy" }, { "role": "operator", "scope": "unit:energy" }],
    });
    let made = create(&h, &write(), body).await.expect(201);
    let ada = made.json();
    let path = format!("{PATH}/{}", ada["id"].as_str().unwrap());
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"v1\""));
    assert_eq!((&ada["email"], &ada["display_name"]), (&json!("Ada@Example.com"), &json!("Ada L.")));
    assert_eq!(ada["roles"], json!([{ "role": "operator", "scope": "unit:energy" }]));
    assert_eq!((&ada["enabled"], &ada["version"], &ada["last_sign_in_at"]), (&json!(true), &json!(1), &Value::Null));
    let found = h.call(&read(), Method::GET, &path, None).await.expect(200);
    assert_eq!((found.json(), found.header("etag")), (ada.clone(), "\"v1\""));
    let bob = create(&h, &write(), new("bob@example.com")).await.expect(201).json();
    assert_eq!((&bob["display_name"], &bob["roles"]), (&json!("bob"), &json!([])));
    let page = h.call(&read(), Method::GET, &format!("{PATH}?limit=1"), None).await.expect(200).json();
    assert_eq!(page["items"], json!([ada]));
    let next = format!("{PATH}?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let page = h.call(&read(), Method::GET, &next, None).await.expect(200).json();
    assert_eq!((&page["items"], &page["next_cursor"]), (&json!([bob]), &Value::Null));
    h.call(&read(), Method::GET, &format!("{PATH}?limit=0"), None).await.expect(422);
    h.call(&read(), Method::GET, &format!("{PATH}/{}", uuid::Uuid::now_v7()), None).await.expect(404);
    sign_in(&h, "bob@example.com", PASSWORD).await.expect(201);
    h.settle().await;
    let events = h.events(UserChanged::TYPE).await;
    let changes: Vec<_> = events.iter().map(|e| e.data::<UserChanged>().unwrap()).collect();
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|c| c.change == "created" && c.enabled));
    assert_eq!(json!(changes[0].user_id), ada["id"]);
});

everywhere!(what_does_not_hold_is_named, start, |h| async move {
    let refused = |field: &'static str, value: Value, pointer: &'static str| {
        let h = h.clone();
        async move {
            let mut body = new("ada@example.com");
            body[field] = value.clone();
            let answer = create(&h, &write(), body).await.expect(422);
            assert_eq!(answer.pointers(), [pointer], "{field} = {value}: {}", answer.json());
        }
    };
    for email in ["", "ada", "@example.com", "ada@example", "a@b@c.de", "a da@example.com", "ada@exa\u{0}mple.com"] {
        refused("email", json!(email), "/email").await;
    }
    refused("email", json!(format!("{}@example.com", "a".repeat(250))), "/email").await;
    for password in ["", "too short", "passwordpassword", "x Ada.Lovelace@Example.com", &"long enough ".repeat(11)] {
        let body = json!({ "email": "ada.lovelace@example.com", "password": password });
        assert_eq!(create(&h, &write(), body).await.expect(422).pointers(), ["/password"], "{password}");
    }
    let body = json!({ "email": "ada.lovelace@example.com", "password": "we all greet Ada.Lovelace today" });
    let told = create(&h, &write(), body).await.expect(422).json();
    assert_eq!(told["errors"][0]["code"], "contains_name");
    refused("password", json!("my ADA@example.com!!"), "/password").await;
    for name in ["", "  ", "a\u{0}b", "a\nb", &"x".repeat(121)] {
        refused("display_name", json!(name), "/display_name").await;
    }
    refused("roles", json!([{ "role": "king", "scope": "group" }]), "/roles/0/role").await;
    refused("roles", json!([{ "role": "analyst", "scope": "unit:" }]), "/roles/0/scope").await;
    refused("roles", json!(vec![json!({ "role": "analyst", "scope": "group" }); 33]), "/roles").await;
    refused("surprise", json!(1), "/surprise").await;
    let both = json!({ "email": "x", "password": "y" });
    assert_eq!(create(&h, &write(), both).await.expect(422).pointers(), ["/email", "/password"]);
    let listed = h.call(&read(), Method::GET, PATH, None).await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
});

everywhere!(an_address_is_taken_in_any_case_also_by_who_asks_at_once, start, |h| async move {
    create(&h, &write(), new("ada@example.com")).await.expect(201);
    let again = create(&h, &write(), new(" ADA@example.com")).await.expect(409);
    assert_eq!((again.pointers(), &again.json()["errors"][0]["code"]), (vec!["/email".to_owned()], &json!("taken")));
    let racers: Vec<_> = ["bob@example.com", "Bob@example.com", "BOB@example.com"]
        .map(|email| {
            let h = h.clone();
            tokio::spawn(async move { create(&h, &write(), new(email)).await })
        })
        .into();
    let mut made = 0;
    for racer in racers {
        let answer = racer.await.unwrap();
        if answer.status == 201 {
            made += 1;
        } else {
            assert_eq!(answer.expect(409).pointers(), ["/email"]);
        }
    }
    assert_eq!(made, 1);
});

everywhere!(a_repeated_creation_gets_the_same_bytes, start, |h| async move {
    let (key, body) = ([("idempotency-key", "k1")], new("ada@example.com"));
    let post = |body: Value| {
        let h = h.clone();
        async move { h.call_with(&write(), Method::POST, PATH, Some(body), &key).await }
    };
    let twins = (tokio::spawn(post(body.clone())), tokio::spawn(post(body.clone())));
    let (one, two) = (twins.0.await.unwrap().expect(201), twins.1.await.unwrap().expect(201));
    assert_eq!(one.body, two.body);
    let replayed = |a: &Answer| a.header("idempotency-replayed") == "true";
    assert!(replayed(&one) != replayed(&two));
    let later = post(body).await.expect(201);
    assert!(replayed(&later));
    assert_eq!((later.header("etag"), later.header("location")), (one.header("etag"), one.header("location")));
    assert_eq!(later.body, one.body);
    assert_eq!(post(new("bob@example.com")).await.expect(422).json()["code"], "idempotency_mismatch");
    let listed = h.call(&read(), Method::GET, PATH, None).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
});

everywhere!(nobody_grants_or_takes_more_than_one_holds, start, |h| async move {
    let grant = |who: &'static str, role: &str, scope: &str, email: &str| {
        let mut body = new(email);
        body["roles"] = json!([{ "role": role, "scope": scope }]);
        let (h, ctx) = (h.clone(), acting(who, "group", "identity:users:write"));
        async move { create(&h, &ctx, body).await }
    };
    for (role, scope) in [("founder", "group"), ("founder", "unit:energy"), ("operator", "unit:energy")] {
        let refused = grant("architect", role, scope, "a@example.com").await.expect(403);
        assert_eq!(refused.pointers(), ["/roles/0"], "{role}");
    }
    let auditor = grant("architect", "auditor", "group", "b@example.com").await.expect(201).json();
    let founder = make(&h, "f@example.com", "founder", "group").await;
    make(&h, "g@example.com", "founder", "group").await;
    let architect = acting("architect", "group", "identity:users:write");
    for body in [json!({ "enabled": false }), json!({ "roles": [] })] {
        patch(&h, &architect, founder.id, body).await.expect(403);
    }
    let same = json!({ "display_name": "F", "enabled": true, "roles": [{ "role": "founder", "scope": "group" }] });
    let kept = patch(&h, &architect, founder.id, same).await.expect(200).json();
    assert_eq!((&kept["display_name"], &kept["version"]), (&json!("F"), &json!(2)));
    let id = auditor["id"].as_str().unwrap().parse().unwrap();
    let more = json!({ "roles": [{ "role": "auditor", "scope": "group" }, { "role": "founder", "scope": "group" }] });
    assert_eq!(patch(&h, &architect, id, more).await.expect(403).pointers(), ["/roles/1"]);
    patch(&h, &architect, id, json!({ "roles": [] })).await.expect(200);
    assert!(revocations(&h).await.iter().all(|(subject, ..)| *subject == id), "an unchanged list revokes nothing");
});

everywhere!(a_change_names_the_version_it_changes, start, |h| async move {
    let ada = make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let path = format!("{PATH}/{}", ada.id);
    let change = |name: &str, at: &str| {
        let (h, path, at, body) = (h.clone(), path.clone(), at.to_owned(), json!({ "display_name": name }));
        async move { h.call_with(&write(), Method::PATCH, &path, Some(body), &[("if-match", &at)]).await }
    };
    h.call(&write(), Method::PATCH, &path, Some(json!({ "display_name": "A" }))).await.expect(428);
    let first = change("A", "\"v1\"").await.expect(200);
    assert_eq!((first.header("etag"), &first.json()["display_name"]), ("\"v2\"", &json!("A")));
    change("B", "\"v1\"").await.expect(412);
    let racers: Vec<_> = ["C", "D", "E"].into_iter().map(|n| tokio::spawn(change(n, "\"v2\""))).collect();
    let mut statuses = Vec::new();
    for racer in racers {
        statuses.push(racer.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412]);
    assert_eq!(change("F", "\"v3\"").await.expect(200).json()["version"], 4);
    assert_eq!(change("  ", "\"v4\"").await.expect(422).pointers(), ["/display_name"]);
    let nowhere = uuid::Uuid::now_v7();
    patch(&h, &write(), nowhere, json!({ "enabled": false })).await.expect(404);
});

everywhere!(whoever_is_disabled_or_loses_a_role_loses_it_at_once, start, |h| async move {
    let ada = make(&h, "ada@example.com", "architect", "group").await;
    sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let expires_at = nqba_core::now_us() + chrono::TimeDelta::days(1);
    let key = json!({ "name": "k", "roles": [{ "role": "auditor", "scope": "group" }], "expires_at": expires_at });
    let maker = user(ada.id, "architect", "identity:api_keys:write");
    let made = h.call(&maker, Method::POST, "/api/v1/identity/api-keys", Some(key)).await.expect(201).json();
    let key: uuid::Uuid = made["api_key"]["id"].as_str().unwrap().parse().unwrap();
    let roles = json!({ "roles": [{ "role": "auditor", "scope": "group" }] });
    let changed = patch(&h, &write(), ada.id, roles.clone()).await.expect(200);
    let told = audit::take(&mut changed.headers.clone()).unwrap();
    assert_eq!(told.before["roles"], json!([{ "role": "architect", "scope": "group" }]));
    assert_eq!(told.after["roles"], roles["roles"]);
    patch(&h, &write(), ada.id, roles).await.expect(200);
    patch(&h, &write(), ada.id, json!({ "enabled": false })).await.expect(200);
    patch(&h, &write(), ada.id, json!({ "enabled": true })).await.expect(200);
    // Order is kept within one subject.
    let revoked = revocations(&h).await;
    for subject in [ada.id, key] {
        let reasons: Vec<_> =
            revoked.iter().filter(|r| r.0 == subject && r.1.is_none()).map(|r| r.2.as_str()).collect();
        assert_eq!(reasons, ["roles_changed", "user_disabled"]);
    }
    assert_eq!(revoked.len(), 4);
});

everywhere!(the_last_founder_stays, start, |h| async move {
    let one = make(&h, "one@example.com", "founder", "group").await;
    let unit = make(&h, "unit@example.com", "founder", "unit:energy").await;
    for body in [json!({ "enabled": false }), json!({ "roles": [] })] {
        patch(&h, &write(), one.id, body).await.expect(409);
    }
    patch(&h, &write(), one.id, json!({ "display_name": "One", "enabled": true })).await.expect(200);
    patch(&h, &write(), unit.id, json!({ "enabled": false })).await.expect(200);
    let two = make(&h, "two@example.com", "founder", "group").await;
    for round in 0..4 {
        let bodies = [json!({ "enabled": false }), json!({ "roles": [] })];
        let pair: Vec<_> = [(one.id, two.id), (two.id, one.id)]
            .into_iter()
            .zip(bodies)
            .map(|((by, of), body)| {
                let h = h.clone();
                tokio::spawn(async move { patch(&h, &user(by, "founder", "identity:users:write"), of, body).await })
            })
            .collect();
        let mut statuses = Vec::new();
        for each in pair {
            statuses.push(each.await.unwrap().status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
        let back = json!({ "enabled": true, "roles": [{ "role": "founder", "scope": "group" }] });
        for id in [one.id, two.id] {
            patch(&h, &write(), id, back.clone()).await.expect(200);
        }
    }
});
