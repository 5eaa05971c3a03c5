//! Readings: written, written again, read at any resolution.

use crate::support::*;
use http::Method;
use nqba_testkit::{Harness, everywhere};
use serde_json::{Value, json};

async fn depot(h: &Harness) -> String {
    format!("/sites/{}", id(&made(h, "energy:sites:write", "/sites", site("Depot")).await))
}

fn load(start: &str, values: Value) -> Value {
    json!({"series": [{"channel": "load", "unit": "kW", "start": start, "step_s": 900, "values": values}]})
}

async fn feed(h: &Harness, site: &str, body: Value) -> Value {
    let answer = post(h, "energy:readings:write", &format!("{site}/readings"), body).await.expect(200).json();
    answer["channels"][0].clone()
}

everywhere!(writing_again_replaces_and_the_report_says_so, start, |h| async {
    let site = depot(&h).await;
    let first = feed(&h, &site, load("2026-01-31T23:30:00Z", json!([1.0, 2.0, null, 4.0]))).await;
    assert_eq!((&first["received"], &first["inserted"], &first["gaps"]), (&json!(3), &json!(3), &json!(1)));
    // Late, overlapping, before and after what is there.
    let second = feed(&h, &site, load("2026-01-31T23:15:00Z", json!([0.5, 1.0, 2.5, 3.0]))).await;
    let counts = ["inserted", "updated", "unchanged", "duplicates", "gaps"].map(|k| second[k].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 1, 0, 0]);
    let channel = get(&h, "energy:readings:read", &format!("{site}/channels")).await.json()["items"][0].clone();
    assert_eq!((&channel["count"], &channel["gaps"]), (&json!(5), &json!(0)));
    assert_eq!((&channel["first"], &channel["last"]), (&json!("2026-01-31T23:15:00Z"), &json!("2026-02-01T00:15:00Z")));
    let read = get(&h, "energy:readings:read", &format!("{site}/readings")).await.expect(200).json();
    assert_eq!(read["series"][0]["values"], json!([0.5, 1.0, 2.5, 3.0, 4.0]));
    assert_eq!(read["last_reading_at"], "2026-02-01T00:15:00Z");
    h.settle().await;
    assert_eq!(h.events("com.nqba.energy.readings.received.v1").await.len(), 2);
});

everywhere!(nothing_new_is_no_event, start, |h| async {
    let site = depot(&h).await;
    for _ in 0..2 {
        feed(&h, &site, load("2026-01-31T23:30:00Z", json!([1.0, 2.0]))).await;
    }
    feed(&h, &site, load("2026-01-31T23:30:00Z", json!([null, null]))).await;
    h.settle().await;
    assert_eq!(h.events("com.nqba.energy.readings.received.v1").await.len(), 1);
    let read = get(&h, "energy:readings:read", &format!("{site}/readings")).await.json();
    assert_eq!(read["series"][0]["values"], json!([1.0, 2.0]), "a gap removes nothing");
});

everywhere!(series_are_read_at_any_resolution, start, |h| async {
    let site = depot(&h).await;
    let values: Vec<Value> = (0..96 * 3).map(|t| if t == 5 { Value::Null } else { json!(f64::from(t % 4)) }).collect();
    feed(&h, &site, load("2026-01-01T00:00:00Z", json!(values))).await;
    let read = |query: &'static str| {
        let (h, site) = (h.clone(), site.clone());
        async move { get(&h, "energy:readings:read", &format!("{site}/readings?{query}")).await }
    };
    let hours = read("resolution_s=3600").await.expect(200).json()["series"][0].clone();
    assert_eq!((hours["values"].as_array().unwrap().len(), &hours["step_s"]), (72, &json!(3600)));
    assert_eq!(hours["values"][0], 1.5);
    assert_eq!(hours["values"][1], 5.0 / 3.0, "the mean of what was measured");
    let part = read("channel=load&from=2026-01-01T01:00:00Z&to=2026-01-01T02:00:00Z").await.expect(200).json();
    assert_eq!(part["series"][0]["values"], json!([0.0, null, 2.0, 3.0]));
    let none = read("from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z").await.expect(200).json();
    assert_eq!(none["series"][0]["values"], json!([]));
    for (bad, pointer) in [
        ("channel=pv", "?channel"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "?to"),
        ("from=yesterday", "?from"),
        ("resolution_s=1000", "?resolution_s"),
        ("from=1990-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&resolution_s=900", "?resolution_s"),
        ("step=900", "?step"),
    ] {
        assert_eq!(read(bad).await.expect(422).pointers(), [pointer], "{bad}");
    }
});

everywhere!(what_cannot_be_kept_is_refused_whole, start, |h| async {
    let site = depot(&h).await;
    let path = format!("{site}/readings");
    let refuse = |body: Value| {
        let (h, path) = (h.clone(), path.clone());
        async move { post(&h, "energy:readings:write", &path, body).await.expect(422).pointers() }
    };
    assert_eq!(refuse(load("2026-01-01T00:00:00Z", json!([1.0, "NaN"]))).await, ["/series/0/values/1"]);
    assert_eq!(refuse(load("2026-01-01T00:01:00Z", json!([1.0]))).await, ["/series/0/start"]);
    assert_eq!(refuse(json!({"series": []})).await, ["/series"]);
    feed(&h, &site, load("2026-01-01T00:00:00Z", json!([1.0]))).await;
    let mut other = load("2026-01-01T00:00:00Z", json!([1.0]));
    other["series"][0]["unit"] = json!("MW");
    assert_eq!(refuse(other).await, ["/series"], "the channel is in kW");
    let mut two = load("2026-01-02T00:00:00Z", json!([1.0]));
    let bad = json!({"channel": "Pv", "unit": "kW", "start": "2026-01-02T00:00:00Z", "step_s": 900, "values": [1.0]});
    two["series"].as_array_mut().unwrap().push(bad);
    assert_eq!(refuse(two).await, ["/series/1/channel"]);
    let channel = get(&h, "energy:readings:read", &format!("{site}/channels")).await.json();
    assert_eq!(channel["items"][0]["count"], 1, "nothing of a refused upload is stored");
});

everywhere!(a_file_is_taken_or_its_lines_are_named, start, |h| async {
    let site = depot(&h).await;
    let ctx = manager("energy:readings:write");
    let send = |query: &'static str, kind: &'static str, text: &'static str| {
        let (h, ctx, path) = (h.clone(), ctx.clone(), format!("{BASE}{site}/readings/csv?{query}"));
        async move { h.call_raw(&ctx, Method::POST, &path, Some((kind, text.into())), &[("idempotency-key", query)]).await }
    };
    let file = "zeit;Bezug kW\n01.02.2026 00:00;1,5\n01.02.2026 00:15;\n01.02.2026 00:30;2,5\n01.02.2026 00:30;3,5\n";
    let query = "time_column=zeit&map=Bezug%20kW:load:kW";
    let report = send(query, "text/csv", file).await.expect(200).json()["channels"][0].clone();
    let counts = ["received", "inserted", "duplicates", "gaps"].map(|k| report[k].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 1, 1]);
    assert_eq!(report["first"], "2026-01-31T23:00:00Z", "local time of the site");
    let replay = send(query, "text/csv", file).await.expect(200);
    assert_eq!(replay.header("idempotency-replayed"), "true");
    send("step_s=1800", "application/json", file).await.expect(415);
    assert_eq!(send("map=x:load", "text/csv", file).await.expect(422).pointers(), ["?map"]);
    let wrong = "time,load_kw\n2026-02-01T00:00Z,1\n2026-02-01T00:15Z,much\nlater,1\n";
    assert_eq!(send("step_s=900", "text/csv", wrong).await.expect(422).pointers(), ["/lines/3/1", "/lines/4/0"]);
    assert_eq!(send("time_zone=Mars", "text/csv", wrong).await.expect(422).pointers(), ["?time_zone"]);
});
