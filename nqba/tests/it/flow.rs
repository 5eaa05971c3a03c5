//! The way of a new user, from the first start to a plan that adds up, and the second start on the same data.

use crate::{
    client::{Api, Stream},
    on_both,
    support::{FOUNDER, Place, SOON},
};
use serde_json::{Value, json};
use std::time::Duration;

const COMPLETED: &str = "com.nqba.energy.optimization.completed.v1";
const OPTIMIZATIONS: &str = "/api/v1/energy/optimizations";

on_both!(a_first_start_leads_to_a_plan_that_adds_up_and_a_second_start_finds_it_there, first_and_second_start);

async fn first_and_second_start(place: Place) {
    let server = place.server().demo().start().await;
    let api = server.founder().await;
    let password = server.password().unwrap();
    let sites = api.get("/api/v1/energy/sites").await.expect(200).json();
    assert_eq!(sites["items"].as_array().unwrap().len(), 2);
    let mut runs = Vec::new();
    for site in sites["items"].as_array().unwrap() {
        runs.push(planned(&api, site).await);
    }
    inline(&api).await;
    audited(&api).await;
    let mut followed = Stream::open(&api, None).await;
    let (code, took) = server.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "nothing but a live stream was under way, yet the end took {took:?}");
    assert_eq!(followed.next(SOON).await, None, "the stream was ended in order");

    let server = place.server().demo().start().await;
    assert!(server.took < Duration::from_secs(5), "the second start took {:?}", server.took);
    assert_eq!(server.password(), None, "the password is shown once");
    let api = server.api().sign_in(FOUNDER, &password).await;
    for run in runs {
        let path = format!("{OPTIMIZATIONS}/{}", run["id"].as_str().unwrap());
        assert_eq!(api.get(&path).await.expect(200).json(), run, "the run is as it was");
    }
    let sites = api.get("/api/v1/energy/sites").await.expect(200).json();
    assert_eq!(sites["items"].as_array().unwrap().len(), 2, "the demo is loaded once");
}

/// Asks for a plan, follows it on the stream, and reads it.
async fn planned(api: &Api, site: &Value) -> Value {
    let mut stream = Stream::open(api, None).await;
    assert!(stream.headers["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let asked = api.post(OPTIMIZATIONS, json!({ "site_id": site["id"] })).await.expect(202);
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(asked.header("location"), format!("{OPTIMIZATIONS}/{id}"));
    let events = stream.until(COMPLETED, &id, SOON).await;
    assert!(events.is_sorted_by(|a, b| a.id < b.id), "{events:?}");
    let of_run: Vec<_> = events.iter().filter(|e| e.subject() == id).collect();
    assert_eq!(of_run[0].kind(), "com.nqba.energy.optimization.requested.v1");
    assert!(of_run.iter().all(|e| e.data["correlationid"] == of_run[0].data["correlationid"]), "one chain");
    drop(stream);

    // Who comes back gets what came after, once, and nothing else.
    let mut again = Stream::open(api, Some(events[0].id)).await;
    assert_eq!(again.until(COMPLETED, &id, SOON).await, events[1..]);
    let name = format!("Marker {id}");
    let grid = json!({ "import_max_kw": 1.0, "export_max_kw": 0.0 });
    let marker = json!({ "name": name, "time_zone": "UTC", "currency": "EUR", "grid": grid, "step_s": 900 });
    let marker = api.post("/api/v1/energy/sites", marker).await.expect(201);
    let made = marker.json()["id"].as_str().unwrap().to_owned();
    let next = again.next(SOON).await.unwrap();
    assert_eq!((next.kind(), next.subject()), ("com.nqba.energy.site.changed.v1", made.as_str()), "nothing twice");
    let path = format!("/api/v1/energy/sites/{made}");
    api.call(http::Method::DELETE, &path, None, &[("if-match", marker.header("etag"))]).await.expect(204);

    let run = api.get(asked.header("location")).await.expect(200).json();
    let told = &of_run.last().unwrap().data["data"];
    assert_eq!((&told["cost_total"], &told["site_id"]), (&run["summary"]["cost_total"], &site["id"]));
    adds_up(api, site, &run).await;
    run
}

/// The cost, from the plan's own series and the tariff.
async fn adds_up(api: &Api, site: &Value, run: &Value) {
    let (result, dispatch) = (&run["result"], &run["result"]["dispatch"]);
    let tariff = api.get(&format!("/api/v1/energy/tariffs/{}", site["tariff_id"].as_str().unwrap())).await.json();
    let plan = &dispatch["sites"][0];
    let (import, export) = (numbers(&plan["import_kw"]), numbers(&plan["export_kw"]));
    let (dear, back) = (numbers(&result["import_price_per_kwh"]), numbers(&result["export_price_per_kwh"]));
    let hours = result["step_s"].as_f64().unwrap() / 3600.0;
    assert_eq!(import.len() as f64 * hours, 24.0);
    let energy: f64 = (0..import.len()).map(|t| hours * (dear[t] * import[t] - back[t] * export[t])).sum();
    let peak = import.iter().copied().fold(run["request"]["peak_so_far_kw"].as_f64().unwrap(), f64::max);
    let demand = tariff["demand_charge_per_kw_month"].as_f64().unwrap() * peak;
    let assets = api.get(&format!("/api/v1/energy/sites/{}/assets", site["id"].as_str().unwrap())).await.json();
    let wear: f64 = plan["assets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["type"] == "battery")
        .map(|a| {
            let stored =
                assets["items"].as_array().unwrap().iter().find(|s| s["id"] == a["id"]).expect("ids are the site's");
            let per_kwh = stored["spec"]["wear_cost_per_kwh_discharged"].as_f64().unwrap();
            hours * per_kwh * numbers(&a["discharge_kw"]).iter().sum::<f64>()
        })
        .sum();
    let cost = &dispatch["cost"];
    for (part, sum) in [("energy", energy), ("demand", demand), ("wear", wear), ("total", energy + demand + wear)] {
        close(&cost[part], sum, part);
    }
    close(&dispatch["objective"], energy + demand + wear, "objective");
    let total = |baseline: &str| dispatch["baselines"][baseline]["cost"]["total"].as_f64().unwrap();
    let plan_total = cost["total"].as_f64().unwrap();
    close(&dispatch["savings"]["vs_none"], total("none") - plan_total, "savings against no control");
    close(&dispatch["savings"]["vs_rule"], total("rule") - plan_total, "savings against the rule");
    assert!(plan_total <= total("rule") * (1.0 + 1e-4) && total("rule") <= total("none") * (1.0 + 1e-9), "{dispatch}");
    assert_eq!(
        (&run["status"], &dispatch["status"], &run["attempts"]),
        (&json!("succeeded"), &json!("optimal"), &json!(1))
    );
}

fn numbers(series: &Value) -> Vec<f64> {
    series.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn close(told: &Value, sum: f64, what: &str) {
    let told = told.as_f64().unwrap();
    assert!((told - sum).abs() <= 1e-6 * sum.abs().max(1.0), "{what}: told {told}, summed {sum}");
}

/// A problem given inline, by hand: 40 kWh moved from dear hours to cheap ones as far as the battery goes.
async fn inline(api: &Api) {
    let site = json!({
        "id": "s", "grid": { "import_max_kw": 100.0, "export_max_kw": 0.0, "import_price_per_kwh": [0.1, 0.4], "export_price_per_kwh": [0.0, 0.0] },
        "assets": [
            { "type": "load", "id": "l", "demand_kw": [20.0, 30.0] },
            { "type": "battery", "id": "b", "charge_max_kw": 20.0, "discharge_max_kw": 20.0, "soc_min_kwh": 0.0, "soc_max_kwh": 40.0,
              "eta_charge": 1.0, "eta_discharge": 1.0, "soc_initial_kwh": 0.0, "soc_final_op": ">=", "soc_final_kwh": 0.0 },
        ],
    });
    let problem = json!({ "step_hours": 1.0, "steps": 2, "currency": "EUR", "sites": [site] });
    let solved = api.post("/api/v1/energy/dispatch", problem).await.expect(200).json();
    close(&solved["objective"], 0.1 * 40.0 + 0.4 * 10.0, "objective");
    close(&solved["savings"]["vs_none"], 0.1 * 20.0 + 0.4 * 30.0 - 8.0, "savings");
}

/// What was changed is on record; what was only computed is not.
async fn audited(api: &Api) {
    let me = api.get("/api/v1/identity/me").await.json();
    let asked = api.get("/api/v1/audit/records?operation=optimizations_create").await.expect(200).json();
    let records = asked["items"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    for r in records {
        assert_eq!((&r["outcome"], &r["status"], &r["actor_id"]), (&json!("succeeded"), &json!(202), &me["id"]), "{r}");
        assert!(r["request"]["site_id"].is_string() && r["permission"] == "energy:optimizations:write", "{r}");
    }
    let inline = api.get("/api/v1/audit/records?operation=dispatch_solve").await.expect(200).json();
    assert_eq!(inline["items"], json!([]));
    let signed_in = api.get("/api/v1/audit/records?operation=sessions_create").await.expect(200).json();
    assert_eq!(signed_in["items"][0]["request"]["password"], "[removed]");
}
