//! What the tests say often.

use http::Method;
use nqba_core::Ctx;
use nqba_testkit::{Answer, Harness, acting};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "/api/v1/energy";

pub(crate) async fn start(rt: &nqba_runtime::Runtime) -> nqba_core::Result<nqba_runtime::Service> {
    nqba_unit_energy::start(rt).await
}

/// A manager of the whole unit, for an operation with this permission.
pub(crate) fn manager(permission: &'static str) -> Ctx {
    acting("unit_manager", "unit:energy", permission)
}

pub(crate) fn site(name: &str) -> Value {
    json!({
        "name": name, "time_zone": "Europe/Berlin", "currency": "EUR",
        "grid": {"import_max_kw": 250.0, "export_max_kw": 100.0}, "step_s": 900,
    })
}

pub(crate) async fn post(h: &Harness, permission: &'static str, path: &str, body: Value) -> Answer {
    h.call(&manager(permission), Method::POST, &format!("{BASE}{path}"), Some(body)).await
}

pub(crate) async fn get(h: &Harness, permission: &'static str, path: &str) -> Answer {
    h.call(&manager(permission), Method::GET, &format!("{BASE}{path}"), None).await
}

/// Makes a record and answers it.
pub(crate) async fn made(h: &Harness, permission: &'static str, path: &str, body: Value) -> Value {
    post(h, permission, path, body).await.expect(201).json()
}

pub(crate) fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

/// A site with two prices, a load of 100 kW, a battery, and two days of readings from 2026-01-12 in Berlin.
pub(crate) async fn ready(h: &Harness, name: &str) -> Value {
    let tariff = json!({
        "name": format!("{name} prices"), "currency": "EUR",
        "import": {"type": "time_of_use", "default_price_per_kwh": 0.2, "windows": [
            {"name": "day", "from_time": "08:00", "to_time": "20:00", "price_per_kwh": 0.4}]},
    });
    let tariff = made(h, "energy:tariffs:write", "/tariffs", tariff).await;
    let mut new = site(name);
    new["tariff_id"] = tariff["id"].clone();
    let site = made(h, "energy:sites:write", "/sites", new).await;
    let assets = format!("/sites/{}/assets", id(&site));
    let load = json!({"name": "Load", "spec": {"type": "load", "channel": "load"}});
    made(h, "energy:sites:write", &assets, load).await;
    made(h, "energy:sites:write", &assets, battery("Battery")).await;
    let readings = json!({"series": [{
        "channel": "load", "unit": "kW", "start": "2026-01-11T23:00:00Z", "step_s": 900, "values": vec![100.0; 192],
    }]});
    post(h, "energy:readings:write", &format!("/sites/{}/readings", id(&site)), readings).await.expect(200);
    site
}

pub(crate) fn battery(name: &str) -> Value {
    json!({"name": name, "spec": {
        "type": "battery", "charge_max_kw": 50.0, "discharge_max_kw": 50.0, "soc_min_kwh": 0.0, "soc_max_kwh": 100.0,
        "eta_charge": 1.0, "eta_discharge": 1.0,
    }})
}

pub(crate) fn close(a: &Value, b: f64) {
    let a = a.as_f64().unwrap_or(f64::NAN);
    assert!((a - b).abs() < 1e-4, "{a} is not {b}");
}
