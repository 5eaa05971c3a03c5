//! What the description gives as examples works when it is sent, and what was made that way can be read and removed.

use crate::{
    client::{Answer, Api},
    on_both,
    operations::{self, Operation},
    support::{FOUNDER, Place, SOON, eventually},
};
use http::Method;
use serde_json::{Value, json};
use std::collections::HashMap;

on_both!(every_example_works, examples);

async fn examples(place: Place) {
    let server = place.server().demo().start().await;
    let founder = server.founder().await;
    let mut all = operations::all(&founder).await;
    // What makes comes before what changes; then reading, then removing. Last what ends the caller's own ways in.
    let turn = |o: &Operation| match o.spec.method {
        _ if o.signs_out() => 9,
        _ if o.id() == "me_change_password" => 8,
        Method::POST => 1,
        Method::PUT | Method::PATCH => 2,
        Method::GET => 3,
        // From the inside out: an asset before its site.
        _ => 7 - o.spec.path.matches('{').count().min(3),
    };
    all.sort_by_key(turn);
    let mut ids = HashMap::from([("session_id".to_owned(), other_session(&server.api(), &founder, &server).await)]);
    for o in all.iter().filter(|o| o.id() != "sessions_refresh") {
        let path = o.path(|name| ids.get(name).unwrap_or_else(|| panic!("{} before any {name}", o.id())).clone());
        let answer = send(o, &founder, &path, server.password().as_deref().unwrap()).await;
        let told = String::from_utf8_lossy(&answer.body);
        let status = answer.status.as_u16();
        // What has ended cannot be cancelled.
        let fine = answer.status.is_success() || (o.id() == "optimizations_cancel" && status == 409);
        assert!(fine, "{}: {status} {told}", o.id());
        let documented = o.told["responses"].as_object().unwrap().contains_key(&status.to_string());
        assert!(documented, "{} answers {status}, which it does not tell of", o.id());
        remember(o, &answer, &mut ids);
        if o.id() == "optimizations_create" {
            ended(&founder, &answer.json()).await;
        }
    }
    assert!(ids.len() >= 6, "{ids:?}");
}

async fn other_session(api: &Api, founder: &Api, server: &crate::support::Server) -> String {
    api.sign_in(FOUNDER, &server.password().unwrap()).await;
    let sessions = founder.get("/api/v1/identity/sessions").await.expect(200).json();
    let other = sessions["items"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    other["id"].as_str().unwrap().to_owned()
}

/// Sends the operation's example as it stands, but for what no example can know.
async fn send(o: &Operation, api: &Api, path: &str, password: &str) -> Answer {
    let body = o.example().cloned().map(|mut example| {
        match o.id() {
            "sessions_create" => example["password"] = json!(password),
            "me_change_password" => example["current_password"] = json!(password),
            // A written date does not stay in the future.
            "api_keys_create" => example["expires_at"] = json!(nqba_core::now_us() + chrono::TimeDelta::days(90)),
            _ => {}
        }
        match example {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        }
    });
    let tag = if o.has_parameter("If-Match") {
        Some(api.get(path).await.expect(200).header("etag").to_owned())
    } else {
        None
    };
    let headers: Vec<_> = tag.iter().map(|t| ("if-match", t.as_str())).collect();
    o.call(api, path, body.map(|b| (o.takes().unwrap(), b)), &headers).await
}

/// The id of what was made, under the name by which other paths ask for it.
fn remember(o: &Operation, answer: &Answer, ids: &mut HashMap<String, String>) {
    let made = answer.json();
    let (name, id) = match o.id() {
        "sites_create" => ("site_id", &made["id"]),
        "assets_create" => ("asset_id", &made["id"]),
        "tariffs_create" => ("tariff_id", &made["id"]),
        "users_create" => ("user_id", &made["id"]),
        "api_keys_create" => ("api_key_id", &made["api_key"]["id"]),
        "optimizations_create" => ("id", &made["id"]),
        _ => return,
    };
    ids.insert(name.to_owned(), id.as_str().unwrap().to_owned());
}

async fn ended(api: &Api, run: &Value) {
    let path = format!("/api/v1/energy/optimizations/{}", run["id"].as_str().unwrap());
    let run = eventually("the run ends", SOON, async || {
        Some(api.get(&path).await.expect(200).json()).filter(|r| !r["ended_at"].is_null())
    })
    .await;
    assert_eq!(run["status"], "succeeded", "{}", run["error"]);
}
