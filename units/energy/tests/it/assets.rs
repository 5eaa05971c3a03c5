//! Assets: every kind comes back, references hold, names are kept while they are used.

use crate::support::*;
use http::Method;
use nqba_testkit::everywhere;
use serde_json::{Value, json};

fn every_kind() -> Vec<Value> {
    let spec = |name: &str, spec: Value| json!({"name": name, "spec": spec});
    vec![
        spec("Load", json!({"type": "load", "channel": "load"})),
        spec("Roof", json!({"type": "pv", "channel": "pv", "curtailable": true, "peak_kw": 99.0})),
        spec(
            "Battery",
            json!({"type": "battery", "charge_max_kw": 5.0, "discharge_max_kw": 5.0, "soc_min_kwh": 1.0, "soc_max_kwh": 10.0, "eta_charge": 0.95, "eta_discharge": 0.95, "wear_cost_per_kwh_discharged": 0.02}),
        ),
        spec(
            "Van",
            json!({"type": "ev", "arrive_time": "18:00", "depart_time": "07:00", "charge_max_kw": 11.0, "charge_min_kw": 4.0, "eta_charge": 0.9, "energy_required_kwh": 30.0}),
        ),
        spec(
            "Diesel",
            json!({"type": "generator", "power_min_kw": 10.0, "power_max_kw": 50.0, "fuel_cost_per_kwh": 0.3, "start_cost": 5.0, "min_up_minutes": 60, "min_down_minutes": 30, "carbon_kg_per_kwh": 0.7}),
        ),
        spec(
            "Tank",
            json!({"type": "thermal_storage", "capacity_kwh": 20.0, "loss_per_hour": 0.01, "demand_channel": "heat"}),
        ),
        spec("Pump", json!({"type": "heat_source", "power_max_kw": 4.0, "cop": 3.2, "tank": "Tank"})),
        spec(
            "Wash",
            json!({"type": "job", "profile_kw": [2.0, 1.0], "earliest_start_time": "06:00", "latest_end_time": "22:00", "after": null}),
        ),
        spec(
            "Dry",
            json!({"type": "job", "profile_kw": [3.0], "earliest_start_time": "06:00", "latest_end_time": "22:00", "after": "Wash"}),
        ),
    ]
}

everywhere!(every_kind_comes_back_as_it_went, start, |h| async {
    let site = made(&h, "energy:sites:write", "/sites", site("Depot")).await;
    let path = format!("/sites/{}/assets", id(&site));
    for new in every_kind() {
        let asset = made(&h, "energy:sites:write", &path, new.clone()).await;
        assert_eq!(asset["name"], new["name"]);
        for (key, value) in new["spec"].as_object().unwrap() {
            assert_eq!(&asset["spec"][key], value, "{key} of {}", new["name"]);
        }
        let one = get(&h, "energy:sites:read", &format!("{path}/{}", id(&asset))).await.expect(200);
        assert_eq!(one.json(), asset);
    }
    let list = get(&h, "energy:sites:read", &path).await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), every_kind().len());
    let read = get(&h, "energy:sites:read", &format!("/sites/{}", id(&site))).await.json();
    assert_eq!(read["asset_count"], every_kind().len());
});

everywhere!(figures_that_cannot_be_are_named, start, |h| async {
    let site = made(&h, "energy:sites:write", "/sites", site("Depot")).await;
    let path = format!("/sites/{}/assets", id(&site));
    made(&h, "energy:sites:write", &path, every_kind()[5].clone()).await;
    made(&h, "energy:sites:write", &path, every_kind()[7].clone()).await;
    let cases = [
        (2, "charge_max_kw", json!(-1.0), "/spec/charge_max_kw"),
        (2, "eta_charge", json!(0.0), "/spec/eta_charge"),
        (2, "eta_discharge", json!(1.01), "/spec/eta_discharge"),
        (2, "soc_min_kwh", json!(11.0), "/spec/soc_min_kwh"),
        (2, "soc_max_kwh", json!("ten"), "/spec/soc_max_kwh"),
        (2, "type", json!("flywheel"), "/spec/type"),
        (3, "arrive_time", json!("25:00"), "/spec/arrive_time"),
        (3, "charge_min_kw", json!(12.0), "/spec/charge_min_kw"),
        (6, "tank", json!("Barrel"), "/spec/tank"),
        (6, "cop", json!(0.0), "/spec/cop"),
        (7, "profile_kw", json!([]), "/spec/profile_kw"),
        (7, "profile_kw", json!([1.0, -2.0]), "/spec/profile_kw/1"),
        (8, "after", json!("Iron"), "/spec/after"),
        (0, "channel", json!("Load!"), "/spec/channel"),
        (0, "colour", json!("red"), "/spec/colour"),
    ];
    for (kind, key, value, pointer) in cases {
        let mut new = every_kind()[kind].clone();
        new["spec"][key] = value;
        let refused = post(&h, "energy:sites:write", &path, new).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{key}");
    }
});

everywhere!(what_others_refer_to_stays, start, |h| async {
    let site = made(&h, "energy:sites:write", "/sites", site("Depot")).await;
    let path = format!("/sites/{}/assets", id(&site));
    let mut ids = Vec::new();
    for new in every_kind() {
        ids.push(id(&made(&h, "energy:sites:write", &path, new).await));
    }
    let ctx = manager("energy:sites:write");
    let call = |method: Method, n: usize, body: Option<Value>| {
        let (h, ctx) = (h.clone(), ctx.clone());
        let path = format!("{BASE}{path}/{}", ids[n]);
        async move { h.call_with(&ctx, method, &path, body, &[("if-match", "*")]).await }
    };
    let (tank, pump, wash) = (5, 6, 7);
    call(Method::DELETE, tank, None).await.expect(409);
    let mut renamed = every_kind()[tank].clone();
    renamed["name"] = json!("Barrel");
    call(Method::PUT, tank, Some(renamed)).await.expect(409);
    let mut circular = every_kind()[wash].clone();
    circular["spec"]["after"] = json!("Dry");
    assert_eq!(call(Method::PUT, wash, Some(circular)).await.expect(422).pointers(), ["/spec/after"]);
    let mut twice = every_kind()[wash].clone();
    twice["name"] = json!("Van");
    call(Method::PUT, wash, Some(twice)).await.expect(409);
    call(Method::DELETE, pump, None).await.expect(204);
    call(Method::DELETE, tank, None).await.expect(204);
});

everywhere!(an_asset_of_another_site_is_not_found, start, |h| async {
    let (a, b) = (
        made(&h, "energy:sites:write", "/sites", site("A")).await,
        made(&h, "energy:sites:write", "/sites", site("B")).await,
    );
    let asset = made(&h, "energy:sites:write", &format!("/sites/{}/assets", id(&a)), battery("Battery")).await;
    get(&h, "energy:sites:read", &format!("/sites/{}/assets/{}", id(&b), id(&asset))).await.expect(404);
    get(&h, "energy:sites:read", &format!("/sites/{}/assets/7", id(&a))).await.expect(404);
    let path = format!("/sites/{}/assets/{}", id(&a), id(&asset));
    let ctx = manager("energy:sites:read");
    let same = h.call_with(&ctx, Method::GET, &format!("{BASE}{path}"), None, &[("if-none-match", "\"v1\"")]).await;
    assert!(same.expect(304).body.is_empty());
});
