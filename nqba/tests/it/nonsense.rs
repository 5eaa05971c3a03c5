//! Whatever is sent, no operation answers that the fault is ours.

use crate::{
    client::{Answer, Api},
    on_both,
    operations::{self, Operation},
    support::Place,
};
use serde_json::{Value, json};

on_both!(no_nonsense_is_our_fault, nonsense);
on_both!(no_changed_example_is_our_fault, changed_examples);

const QUERIES: [&str; 14] = [
    "?",
    "?&&==&",
    "?limit=-1",
    "?limit=0",
    "?limit=99999999999999999999",
    "?limit=1&limit=2",
    "?cursor=%FF%00%zz",
    "?cursor=AAAA",
    "?cursor=eyJhIjoxfQ",
    "?channel=%00&from=yesterday&to=&resolution_s=0",
    "?from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&resolution_s=60",
    "?from=+262142-01-01T00:00:00Z&to=-262143-01-01T00:00:00Z",
    "?site_id=%27%20OR%201%3D1--&operation=%00&outcome=x&actor_id=7",
    "?last_event_id=9223372036854775807&type=%00,*,&subject=%F0%9F%92%A9",
];
const CSV_QUERIES: [&str; 5] = [
    "?time_column=%00",
    "?time_zone=Mars/Olympus",
    "?step_s=0",
    "?step_s=4294967295",
    "?map=a&map=a:b&map=a:b:c:d&map=::&map=%00:%00:%00",
];
const IDS: [&str; 9] = [
    "0",
    "%00",
    "%FF",
    "..%2F..",
    "%27%20OR%201%3D1--",
    "%F0%9F%92%A9",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{id}",
];
const HEADERS: [(&str, &str); 16] = [
    ("if-match", "*"),
    ("if-match", "garbage"),
    ("if-match", "W/\"1\", \"2\""),
    ("if-match", "\"99999999999999999999\""),
    ("if-none-match", "\"-1\""),
    ("idempotency-key", ""),
    ("idempotency-key", "\u{e9}"),
    ("idempotency-key", "a b,c"),
    ("prefer", "wait=-1"),
    ("prefer", "wait=99999999999999999999"),
    ("traceparent", "00-zz-zz-zz"),
    ("accept-encoding", "br;q=1.5, *;q=-1, gzip;;"),
    ("accept", "application/xml"),
    ("range", "bytes=5-1"),
    ("expect", "nothing"),
    ("x-forwarded-for", "not, an, address"),
];

/// Fails when the answer says that the fault is ours; what is refused is refused in the house's form.
fn sane(o: &Operation, what: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    let told = String::from_utf8_lossy(&answer.body[..answer.body.len().min(600)]);
    let what: String = what.chars().take(600).collect();
    assert!(status < 500, "{} {what}: {status} {told}", o.id());
    if status >= 400 {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{} {what}: {status} {told}", o.id());
    }
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let mut noise = Vec::new();
    let mut state = 0x9e37_79b9_u32;
    for _ in 0..4096 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        noise.push(state.to_le_bytes()[0]);
    }
    let mut all = vec![("application/json", noise.clone()), ("text/csv", noise.clone()), ("", noise)];
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "\"text\"",
        "0",
        "-0",
        "1e400",
        "{\"\":null}",
        "[[[[]]]]",
        "\u{feff}{}",
        "{\"a\":\"\\ud800\"}",
    ] {
        all.push(("application/json", text.into()));
    }
    for text in
        ["", "\n", ",,,\n", "time,a\n", "time,a\nx,y\n", "time;a\n2026-01-01;1,5\n", "\"", "time,time\n1,1\n", "\u{0}"]
    {
        all.push(("text/csv", text.into()));
    }
    for kind in
        ["", "text/plain", "application/xml", "multipart/form-data", "application/json; charset=utf-16", "*/*", ";"]
    {
        all.push((kind, b"{}".to_vec()));
    }
    all
}

async fn world(place: &Place) -> (crate::support::Server, Api, Vec<Operation>) {
    let mut setup = place.server().demo();
    for class in ["IP", "ACTOR_READ", "ACTOR_WRITE", "ACTOR_SOLVE"] {
        setup = setup.env(&format!("NQBA_LIMITS__{class}_PER_MINUTE"), "1000000");
    }
    let server = setup.start().await;
    let founder = server.founder().await;
    let all = operations::all(&founder).await;
    (server, founder, all)
}

async fn nonsense(place: Place) {
    let (server, founder, all) = world(&place).await;
    let site = founder.get("/api/v1/energy/sites").await.expect(200).json()["items"][0]["id"].clone();
    let site = site.as_str().unwrap();
    let bodies = bodies();
    for o in &all {
        // Whoever signs out does it as somebody else each time.
        let throwaway = if o.signs_out() { Some(founder.user("founder", "group").await.0) } else { None };
        let caller = throwaway.as_ref().unwrap_or(&founder);
        let known = o.path(|name| if name == "site_id" { site.to_owned() } else { nqba_core::new_id().to_string() });
        for (kind, bytes) in &bodies {
            let answer = o.call(caller, &known, Some((kind, bytes.clone())), &[]).await;
            sane(o, &format!("{kind} {}", String::from_utf8_lossy(bytes)), &answer);
        }
        sane(o, "no body", &o.call(caller, &known, None, &[]).await);
        let csv = if o.takes() == Some("text/csv") { &CSV_QUERIES[..] } else { &[] };
        for query in QUERIES.iter().chain(csv) {
            let path = format!("{known}{query}");
            let body = if csv.is_empty() {
                o.empty()
            } else {
                Some(("text/csv", b"time,load_kw\n2026-01-31T00:00Z,1\n".to_vec()))
            };
            sane(o, query, &o.call(caller, &path, body, &[]).await);
        }
        for header in HEADERS {
            sane(o, &format!("{header:?}"), &o.call(caller, &known, o.empty(), &[header]).await);
        }
        let long = "x".repeat(20_000);
        sane(o, "a long key", &o.call(caller, &known, o.empty(), &[("idempotency-key", &long)]).await);
        for id in IDS.into_iter().chain([&long[..4000]]).filter(|_| o.spec.path.contains('{')) {
            let path = o.path(|_| id.replace('{', "%7B").replace('}', "%7D"));
            sane(o, id, &o.call(caller, &path, o.empty(), &[("if-match", "\"1\"")]).await);
        }
    }
    quiet(&server, &founder).await;
}

async fn changed_examples(place: Place) {
    let (server, founder, all) = world(&place).await;
    let wrong = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}"),
        json!("é\u{202e}💩'\"\\;--"),
        json!("x".repeat(5000)),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!([]),
        json!({}),
        json!([null]),
    ];
    let site = founder.get("/api/v1/energy/sites").await.expect(200).json()["items"][0].clone();
    let assets = format!("/api/v1/energy/sites/{}/assets", site["id"].as_str().unwrap());
    let asset = founder.get(&assets).await.expect(200).json()["items"][1]["id"].clone();
    let user = founder.user("analyst", "unit:energy").await.1;
    let known = |name: &str| match name {
        "site_id" => site["id"].as_str().unwrap().to_owned(),
        "asset_id" => asset.as_str().unwrap().to_owned(),
        "user_id" => user["id"].as_str().unwrap().to_owned(),
        _ => nqba_core::new_id().to_string(),
    };
    let mut calls = 0;
    for o in all.iter().filter(|o| o.takes() == Some("application/json")) {
        // Changing one's password ends one's sessions.
        let throwaway =
            if o.id() == "me_change_password" { Some(founder.user("founder", "group").await.0) } else { None };
        let caller = throwaway.as_ref().unwrap_or(&founder);
        let path = o.path(known);
        let example = o.example().unwrap();
        for at in pointers(example) {
            for value in &wrong {
                let mut changed = example.clone();
                *changed.pointer_mut(&at).unwrap() = value.clone();
                let bytes = changed.to_string().into_bytes();
                let answer = o.call(caller, &path, Some(("application/json", bytes)), &[("if-match", "*")]).await;
                sane(o, &format!("{at} = {value}"), &answer);
                calls += 1;
            }
        }
    }
    assert!(calls > 500, "{calls}");
    quiet(&server, &founder).await;
}

/// Every place in the value but the elements of long arrays.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(all) => all.iter().take(2).enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        found.extend(pointers(value).into_iter().map(|p| format!("/{key}{p}")));
    }
    found
}

/// Nothing was logged as a fault, and the server still serves.
async fn quiet(server: &crate::support::Server, founder: &Api) {
    founder.get("/api/v1/energy/sites").await.expect(200);
    let said = server.said();
    let loud: Vec<_> = said.lines().filter(|l| l.contains("\"ERROR\"") || l.contains("panicked")).collect();
    assert!(loud.is_empty(), "{loud:#?}");
}
