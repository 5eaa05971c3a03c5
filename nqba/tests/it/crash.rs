//! A server that ends during a solve, in whatever way: the job is taken up again, and ends once.

use crate::{
    client::{Api, Event, Stream},
    on_both,
    support::{FOUNDER, Place, SOON, Server, eventually},
};
use serde_json::{Value, json};
use std::time::Duration;

const OPTIMIZATIONS: &str = "/api/v1/energy/optimizations";
/// The solver is kept busy for this long: the gap asked for is never reached.
const SOLVE_S: u64 = 6;

on_both!(a_job_survives_a_kill_and_ends_once, killed);
on_both!(a_job_survives_a_stop_and_ends_once, stopped);
on_both!(a_running_job_is_cancelled, cancelled);

async fn killed(place: Place) {
    let (server, api, password) = begun(&place).await;
    let id = solving(&api, SOLVE_S).await;
    server.kill();
    taken_up_again(&place, &id, &password).await;
}

async fn stopped(place: Place) {
    let (server, api, password) = begun(&place).await;
    let id = solving(&api, SOLVE_S).await;
    let mut stream = Stream::open(&api, None).await;
    let (code, took) = server.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(4), "the drain time is 1 s; the end took {took:?}");
    while stream.next(SOON).await.is_some() {}
    taken_up_again(&place, &id, &password).await;
}

async fn cancelled(place: Place) {
    let (_server, api, _) = begun(&place).await;
    let id = solving(&api, 30).await;
    let mut stream = Stream::open(&api, None).await;
    let path = format!("{OPTIMIZATIONS}/{id}");
    api.delete(&path).await.expect(200);
    stream.until("com.nqba.energy.optimization.cancelled.v1", &id, Duration::from_secs(5)).await;
    let run = api.get(&path).await.expect(200).json();
    assert_eq!((&run["status"], &run["result"]), (&json!("cancelled"), &Value::Null));
    assert!(run["ended_at"].is_string());
    api.delete(&path).await.expect(409);
    // Its worker is free: more runs than workers come to their end.
    let sites = api.get("/api/v1/energy/sites").await.json();
    for _ in 0..3 {
        let quick = json!({ "site_id": sites["items"][0]["id"] });
        let headers = [("prefer", "wait=30")];
        let run = api.call(http::Method::POST, OPTIMIZATIONS, Some(quick), &headers).await.expect(200).json();
        assert_eq!(run["status"], "succeeded");
    }
}

async fn begun(place: &Place) -> (Server, Api, String) {
    let server = place.server().demo().env("NQBA_HTTP__DRAIN_TIMEOUT_S", "1").start().await;
    let api = server.founder().await;
    let password = server.password().unwrap();
    (server, api, password)
}

/// Starts anew on the same data; the job must end there, by a second attempt, and only once.
async fn taken_up_again(place: &Place, id: &str, password: &str) {
    let server = place.server().demo().start().await;
    let api = server.api().sign_in(FOUNDER, password).await;
    let path = format!("{OPTIMIZATIONS}/{id}");
    let run = eventually("the job ends", Duration::from_secs(40), async || {
        let run = api.get(&path).await.expect(200).json();
        (run["status"] != "queued" && run["status"] != "running").then_some(run)
    })
    .await;
    assert_eq!((&run["status"], &run["attempts"]), (&json!("succeeded"), &json!(2)), "{}", run["error"]);
    assert!(run["started_at"].as_str() < run["ended_at"].as_str());
    let events: Vec<Event> = history(&api).await.into_iter().filter(|e| e.subject() == id).collect();
    let ends: Vec<_> = events.iter().map(Event::kind).filter(|k| !k.contains("progressed")).collect();
    let asked = "com.nqba.energy.optimization.requested.v1";
    assert_eq!(ends, [asked, "com.nqba.energy.optimization.completed.v1"], "it ends once");
    let metrics = Api::new(&server.admin).get("/metrics").await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("nqba_bus_deliveries_total"));
}

/// Every event from the beginning up to one of ours.
async fn history(api: &Api) -> Vec<Event> {
    let mut stream = Stream::open(api, Some(0)).await;
    let marker = api.post("/api/v1/energy/sites", site("The end", &Value::Null)).await.expect(201).json();
    let all = stream.until("com.nqba.energy.site.changed.v1", marker["id"].as_str().unwrap(), SOON).await;
    let mut ids: Vec<_> = all.iter().map(|e| e.data["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "nothing comes twice");
    assert!(all.is_sorted_by(|a, b| a.id < b.id));
    all
}

fn site(name: &str, tariff: &Value) -> Value {
    json!({
        "name": name, "time_zone": "UTC", "currency": "EUR", "grid": { "import_max_kw": 900.0, "export_max_kw": 0.0 },
        "step_s": 900, "tariff_id": tariff,
    })
}

/// Asks for a plan that takes all the time it is given, and waits until the solver is at it.
async fn solving(api: &Api, time_limit_s: u64) -> String {
    let import = json!({ "type": "time_of_use", "default_price_per_kwh": 0.2, "windows": [{ "name": "day", "from_time": "07:00", "to_time": "20:00", "price_per_kwh": 0.31 }] });
    let tariff = json!({ "name": "Hard", "currency": "EUR", "import": import, "demand_charge_per_kw_month": 9.5 });
    let tariff = api.post("/api/v1/energy/tariffs", tariff).await.expect(201).json();
    let made = api.post("/api/v1/energy/sites", site("Hard", &tariff["id"])).await.expect(201).json();
    let path = format!("/api/v1/energy/sites/{}", made["id"].as_str().unwrap());
    let load: Vec<f64> = (0..7 * 96).map(|t| 100.0 + f64::from(t * 7919 % 97)).collect();
    let series =
        json!({ "channel": "load", "unit": "kW", "start": "2026-03-02T00:00:00Z", "step_s": 900, "values": load });
    api.post(&format!("{path}/readings"), json!({ "series": [series] })).await.expect(200);
    for (name, spec) in assets() {
        api.post(&format!("{path}/assets"), json!({ "name": name, "spec": spec })).await.expect(201);
    }
    let asked = json!({
        "site_id": made["id"], "start": "2026-03-02T00:00:00Z", "hours": 168, "mip_rel_gap": 0.0, "time_limit_s": time_limit_s,
    });
    let run = api.post(OPTIMIZATIONS, asked).await.expect(202).json();
    let path = format!("{OPTIMIZATIONS}/{}", run["id"].as_str().unwrap());
    eventually("the solver is at it", SOON, async || {
        let run = api.get(&path).await.expect(200).json();
        assert!(run["ended_at"].is_null(), "{run}");
        (run["progress_ratio"].as_f64().unwrap() >= 0.2).then_some(())
    })
    .await;
    run["id"].as_str().unwrap().to_owned()
}

/// Pairs of daily jobs, the second after the first, and vehicles with a least power.
fn assets() -> Vec<(String, Value)> {
    let mut all = vec![("load".to_owned(), json!({ "type": "load", "channel": "load" }))];
    for k in 0..6 {
        let after = (k % 2 == 1).then(|| format!("job {}", k - 1));
        let job = json!({
            "type": "job", "profile_kw": [40 + 7 * k, 25 + 3 * k, 60 - k, 30 + 5 * k], "earliest_start_time": "06:00",
            "latest_end_time": "22:00", "after": after,
        });
        all.push((format!("job {k}"), job));
    }
    for k in 0..4 {
        let ev = json!({
            "type": "ev", "arrive_time": "17:00", "depart_time": "07:00", "charge_max_kw": 22, "charge_min_kw": 6 + k,
            "eta_charge": 0.93, "energy_required_kwh": 41 + 3 * k,
        });
        all.push((format!("ev {k}"), ev));
    }
    all
}
