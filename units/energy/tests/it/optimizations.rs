//! Optimisations of stored sites, from the request to the event that says so.

use crate::support::*;
use http::Method;
use nqba_testkit::{Answer, Harness, acting, everywhere};
use serde_json::{Value, json};

const PATH: &str = "/optimizations";

async fn ask(h: &Harness, body: Value, headers: &[(&str, &str)]) -> Answer {
    let ctx = manager("energy:optimizations:write");
    h.call_with(&ctx, Method::POST, &format!("{BASE}{PATH}"), Some(body), headers).await
}

async fn planned(h: &Harness, body: Value) -> Value {
    let run = ask(h, body, &[("prefer", "wait=30")]).await.expect(200).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    run
}

everywhere!(a_stored_site_gets_a_plan_and_its_savings, start, |h| async {
    let site = ready(&h, "Depot").await;
    let asked = ask(&h, json!({"site_id": site["id"]}), &[]).await.expect(202);
    let path = asked.header("location").to_owned();
    assert_eq!(path, format!("{BASE}{PATH}/{}", id(&asked.json())));
    h.settle().await;
    let run = get(&h, "energy:optimizations:read", path.strip_prefix(BASE).unwrap()).await.expect(200).json();
    assert_eq!(
        (&run["status"], &run["attempts"], &run["progress_ratio"]),
        (&json!("succeeded"), &json!(1), &json!(1.0))
    );
    // The last whole local day of the readings, filled in.
    assert_eq!(run["request"]["start"], "2026-01-12T23:00:00Z");
    let result = &run["result"];
    assert_eq!((&result["start"], &result["step_s"]), (&json!("2026-01-12T23:00:00Z"), &json!(900)));
    assert_eq!(result["import_price_per_kwh"][32], 0.4, "08:00 in Berlin");
    // 100 kW for 24 h: 1200 kWh at 0.2 and 1200 at 0.4; the battery (half full, 100 kWh, lossless) moves what the
    // prices allow: up to full before 08:00, empty by 20:00, half full again by midnight: 100 kWh out of the dear hours.
    let dispatch = &result["dispatch"];
    close(&dispatch["baselines"]["none"]["cost"]["total"], 720.0);
    close(&dispatch["cost"]["total"], 700.0);
    close(&dispatch["savings"]["vs_none"], 20.0);
    assert_eq!(dispatch["sites"][0]["id"], site["id"]);
    let battery = &dispatch["sites"][0]["assets"][1];
    assert_eq!(result["asset_names"][battery["id"].as_str().unwrap()], "Battery");
    close(&run["summary"]["cost_total"], 700.0);
    let list = get(&h, "energy:optimizations:read", PATH).await.expect(200).json();
    assert_eq!((&list["items"][0]["result"], &list["items"][0]["summary"]), (&Value::Null, &run["summary"]));
    let completed = h.events("com.nqba.energy.optimization.completed.v1").await;
    let requested = h.events("com.nqba.energy.optimization.requested.v1").await;
    assert_eq!((completed.len(), requested.len()), (1, 1));
    assert_eq!(completed[0].correlationid, requested[0].correlationid, "one chain of cause");
    assert_eq!(completed[0].causationid, Some(requested[0].id));
    close(&completed[0].data["savings_vs_none"], 20.0);
});

everywhere!(what_cannot_be_planned_is_refused_at_once, start, |h| async {
    let site = ready(&h, "Depot").await;
    let cases = [
        (json!({"hours": 0}), "/hours"),
        (json!({"hours": 169}), "/hours"),
        (json!({"start": "2026-01-12T23:01:00Z"}), "/start"),
        (json!({"start": "2026-02-12T23:00:00Z"}), "/start"),
        (json!({"start": "2026-01-13T23:00:00Z"}), "/start"),
        (json!({"objective": "carbon"}), "/objective"),
        (json!({"objective": "comfort"}), "/objective"),
        (json!({"initial_soc_ratio": {"Battery": 1.5}}), "/initial_soc_ratio/Battery"),
        (json!({"initial_soc_ratio": {"Flywheel": 0.5}}), "/initial_soc_ratio/Flywheel"),
        (json!({"time_limit_s": 1e9}), "/time_limit_s"),
        (json!({"mip_rel_gap": 0.5}), "/mip_rel_gap"),
        (json!({"site_id": 7}), "/site_id"),
    ];
    for (extra, pointer) in cases {
        let mut body = json!({"site_id": site["id"]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(ask(&h, body, &[]).await.expect(422).pointers(), [pointer], "{extra}");
    }
    let unknown = json!({"site_id": "01933000-0000-7000-8000-0000000000ff"});
    ask(&h, unknown, &[]).await.expect(404);
    let stranger = acting("operator", "team:energy/north", "energy:optimizations:write");
    let body = Some(json!({"site_id": site["id"]}));
    h.call(&stranger, Method::POST, &format!("{BASE}{PATH}"), body).await.expect(404);
    let bare = made(&h, "energy:sites:write", "/sites", crate::support::site("Bare")).await;
    let refused = ask(&h, json!({"site_id": bare["id"]}), &[]).await.expect(422).json();
    assert!(refused["detail"].as_str().unwrap().contains("no tariff"), "{refused}");
    let list = get(&h, "energy:optimizations:read", PATH).await.expect(200).json();
    assert_eq!(list["items"], json!([]), "nothing was queued");
});

everywhere!(a_requirement_that_cannot_be_met_is_told_by_name, start, |h| async {
    let site = ready(&h, "Depot").await;
    let van = json!({"name": "Van", "spec": {"type": "ev", "arrive_time": "09:00", "depart_time": "10:00", "charge_max_kw": 11.0, "eta_charge": 1.0, "energy_required_kwh": 31.0}});
    made(&h, "energy:sites:write", &format!("/sites/{}/assets", id(&site)), van).await;
    let run = ask(&h, json!({"site_id": site["id"]}), &[("prefer", "wait=30")]).await.expect(200).json();
    assert_eq!((run["status"].as_str(), run["error"]["code"].as_str()), (Some("failed"), Some("infeasible")));
    let violation = &run["error"]["detail"]["violations"][0];
    assert_eq!(violation["asset"], "Van");
    close(&violation["amount"], 20.0);
    h.settle().await;
    assert_eq!(h.events("com.nqba.energy.optimization.failed.v1").await[0].data["code"], "infeasible");
});

everywhere!(daily_assets_stand_once_a_day, start, |h| async {
    let site = ready(&h, "Depot").await;
    let assets = format!("/sites/{}/assets", id(&site));
    for asset in [
        json!({"name": "Van", "spec": {"type": "ev", "arrive_time": "18:00", "depart_time": "06:00", "charge_max_kw": 22.0, "eta_charge": 1.0, "energy_required_kwh": 24.0}}),
        json!({"name": "Wash", "spec": {"type": "job", "profile_kw": [10.0, 10.0], "earliest_start_time": "06:00", "latest_end_time": "12:00"}}),
        json!({"name": "Dry", "spec": {"type": "job", "profile_kw": [10.0], "earliest_start_time": "06:00", "latest_end_time": "12:00", "after": "Wash"}}),
    ] {
        made(&h, "energy:sites:write", &assets, asset).await;
    }
    let run = planned(&h, json!({"site_id": site["id"], "start": "2026-01-11T23:00:00Z", "hours": 48})).await;
    let (result, plan) = (&run["result"], &run["result"]["dispatch"]["sites"][0]);
    let named = |name: &str| -> Vec<&Value> {
        let fits = |a: &&Value| result["asset_names"][a["id"].as_str().unwrap()].as_str().unwrap().starts_with(name);
        plan["assets"].as_array().unwrap().iter().filter(fits).collect()
    };
    let kwh = |a: &Value| a["power_kw"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() / 4.0).sum::<f64>();
    // Cut at both ends: half a session, a whole one, half a session.
    let sessions: Vec<f64> = named("Van").into_iter().map(kwh).collect();
    assert_eq!(sessions.len(), 3);
    for (found, wanted) in sessions.iter().zip([12.0, 24.0, 12.0]) {
        assert!((found - wanted).abs() < 1e-3, "{sessions:?}");
    }
    let starts = |name: &str| named(name).iter().map(|a| a["start_step"].as_u64().unwrap()).collect::<Vec<_>>();
    let (wash, dry) = (starts("Wash"), starts("Dry"));
    assert_eq!((wash.len(), dry.len()), (2, 2));
    assert!(dry[0] >= wash[0] + 2 && dry[1] >= wash[1] + 2 && wash[1] >= 96 + 24, "{wash:?} {dry:?}");
});

everywhere!(short_gaps_are_filled_long_ones_are_told, start, |h| async {
    let site = ready(&h, "Depot").await;
    let readings = format!("/sites/{}/readings", id(&site));
    let pv = |values: Vec<Value>| json!({"series": [{"channel": "pv", "unit": "kWh_per_step", "start": "2026-01-12T22:00:00Z", "step_s": 3600, "values": values}]});
    let mut values = vec![json!(1.0); 26];
    values[5] = Value::Null;
    post(&h, "energy:readings:write", &readings, pv(values)).await.expect(200);
    let roof = json!({"name": "Roof", "spec": {"type": "pv", "channel": "pv"}});
    made(&h, "energy:sites:write", &format!("/sites/{}/assets", id(&site)), roof).await;
    let run = planned(&h, json!({"site_id": site["id"], "start": "2026-01-12T23:00:00Z"})).await;
    assert_eq!(run["result"]["filled_values"], 1);
    close(&run["result"]["dispatch"]["sites"][0]["assets"][2]["used_kw"][20], 1.0);
    let refused = ask(&h, json!({"site_id": site["id"], "start": "2026-01-12T21:00:00Z"}), &[]).await.expect(422);
    assert_eq!(refused.pointers(), ["/start"]);
});

everywhere!(demand_is_charged_above_what_is_charged_anyhow, start, |h| async {
    let tariff = json!({"name": "Demand", "currency": "EUR", "import": {"type": "flat", "price_per_kwh": 0.2}, "demand_charge_per_kw_month": 10.0});
    let tariff = made(&h, "energy:tariffs:write", "/tariffs", tariff).await;
    let mut new = site("Depot");
    new["tariff_id"] = tariff["id"].clone();
    let site = made(&h, "energy:sites:write", "/sites", new).await;
    let assets = format!("/sites/{}/assets", id(&site));
    made(&h, "energy:sites:write", &assets, json!({"name": "Load", "spec": {"type": "load", "channel": "load"}})).await;
    // 31 December to 2 January in Berlin, with a peak on each day.
    let mut values = vec![50.0; 288];
    for (day, peak) in [120.0, 90.0, 80.0].into_iter().enumerate() {
        values[day * 96 + 40] = peak;
    }
    let load = json!({"series": [{"channel": "load", "unit": "kW", "start": "2025-12-30T23:00:00Z", "step_s": 900, "values": values}]});
    post(&h, "energy:readings:write", &format!("/sites/{}/readings", id(&site)), load).await.expect(200);
    let cases = [
        // The second of January: the first is charged anyhow, for 90 kW.
        (json!({}), 90.0, 900.0),
        // The first: the second is charged anyhow, and 90 kW come of the day itself.
        (json!({"start": "2025-12-31T23:00:00Z"}), 80.0, 900.0),
        // All that is measured of January: December tells.
        (json!({"start": "2025-12-31T23:00:00Z", "hours": 48}), 120.0, 1200.0),
        (json!({"peak_so_far_kw": 0.0}), 0.0, 800.0),
    ];
    for (extra, peak, demand) in cases {
        let mut body = json!({"site_id": site["id"]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let run = planned(&h, body).await;
        close(&run["request"]["peak_so_far_kw"], peak);
        close(&run["result"]["dispatch"]["cost"]["demand"], demand);
    }
});

everywhere!(the_same_key_asks_once, start, |h| async {
    let site = ready(&h, "Depot").await;
    let body = json!({"site_id": site["id"]});
    let first = ask(&h, body.clone(), &[("idempotency-key", "k")]).await.expect(202);
    let again = ask(&h, body.clone(), &[("idempotency-key", "k")]).await.expect(202);
    assert_eq!(first.body, again.body);
    let waited = ask(&h, body, &[("idempotency-key", "k"), ("prefer", "respond-async, wait=30")]).await.expect(200);
    assert_eq!((waited.header("idempotency-replayed"), waited.header("preference-applied")), ("true", "wait"));
    assert_eq!(waited.json()["id"], first.json()["id"]);
    h.settle().await;
    let list = get(&h, "energy:optimizations:read", PATH).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let ctx = manager("energy:optimizations:write");
    let path = format!("{BASE}{PATH}/{}", id(&first.json()));
    h.call(&ctx, Method::DELETE, &path, None).await.expect(409);
});

everywhere!(runs_are_seen_within_their_team, start, |h| async {
    let site = ready(&h, "Depot").await;
    let run = planned(&h, json!({"site_id": site["id"]})).await;
    let read = |scope: &'static str| {
        let (h, path) = (h.clone(), format!("{BASE}{PATH}/{}", id(&run)));
        async move { h.call(&acting("operator", scope, "energy:optimizations:read"), Method::GET, &path, None).await }
    };
    read("team:energy/north").await.expect(404);
    let mut moved = site.clone();
    for key in ["id", "asset_count", "last_reading_at", "created_at", "updated_at", "version"] {
        moved.as_object_mut().unwrap().remove(key);
    }
    moved["team"] = json!("north");
    let path = format!("{BASE}/sites/{}", id(&site));
    let ctx = manager("energy:sites:write");
    h.call_with(&ctx, Method::PUT, &path, Some(moved), &[("if-match", "*")]).await.expect(200);
    read("team:energy/north").await.expect(200);
    read("team:energy/south").await.expect(404);
    let list = get(&h, "energy:optimizations:read", &format!("{PATH}?site_id={}", id(&site))).await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let other = acting("operator", "team:energy/south", "energy:optimizations:read");
    let path = format!("{BASE}{PATH}?site_id={}", id(&site));
    h.call(&other, Method::GET, &path, None).await.expect(404);
});
