//! Inline dispatch: solved to a known optimum, refused by field, explained when it cannot be met.

use crate::support::*;
use http::Method;
use nqba_testkit::everywhere;
use serde_json::{Value, json};

/// Four hours, cheap then dear, a load and a battery: by hand the battery moves 40 kWh (38 kWh out at 0.95 · 0.95).
fn problem() -> Value {
    json!({
        "step_hours": 1.0, "steps": 4, "currency": "EUR",
        "sites": [{"id": "s1", "grid": {
                "import_max_kw": 100.0, "export_max_kw": 0.0,
                "import_price_per_kwh": [0.1, 0.1, 0.4, 0.4], "export_price_per_kwh": [0.0, 0.0, 0.0, 0.0]},
            "assets": [
                {"type": "load", "id": "load", "demand_kw": [20.0, 20.0, 30.0, 30.0]},
                {"type": "battery", "id": "battery", "charge_max_kw": 20.0, "discharge_max_kw": 20.0, "soc_min_kwh": 0.0,
                 "soc_max_kwh": 40.0, "eta_charge": 1.0, "eta_discharge": 1.0, "soc_initial_kwh": 0.0,
                 "soc_final_op": ">=", "soc_final_kwh": 0.0}]}],
    })
}

async fn solve(h: &nqba_testkit::Harness, body: Value) -> nqba_testkit::Answer {
    h.call(&manager("energy:dispatch:run"), Method::POST, &format!("{BASE}/dispatch"), Some(body)).await
}

everywhere!(a_problem_is_solved_to_its_known_optimum, start, |h| async {
    let plan = solve(&h, problem()).await.expect(200).json();
    // Without the battery 4 + 24 = 28; with it 8 + 8 = 16.
    assert_eq!(plan["status"], "optimal");
    close(&plan["objective"], 16.0);
    close(&plan["cost"]["total"], 16.0);
    close(&plan["baselines"]["none"]["cost"]["total"], 28.0);
    close(&plan["savings"]["vs_none"], 12.0);
    assert!(plan["savings"]["vs_rule"].as_f64().unwrap() > -1e-6, "no rule beats the optimum");
    let battery = &plan["sites"][0]["assets"][1];
    assert_eq!(battery["id"], "battery");
    close(&battery["soc_kwh"][3], 0.0);
    close(&plan["sites"][0]["import_kw"][2], 10.0);
});

everywhere!(every_malformed_problem_names_its_field, start, |h| async {
    let asset = "/sites/0/assets/1";
    let cases = [
        ("/sites/0/assets/1/soc_max_kwh", json!(-1.0), "/sites/0/assets/1/soc_max_kwh"),
        ("/sites/0/assets/1/charge_max_kw", json!(-1.0), "/sites/0/assets/1/charge_max_kw"),
        ("/sites/0/assets/1/eta_charge", json!(0.0), "/sites/0/assets/1/eta_charge"),
        ("/sites/0/assets/1/eta_discharge", json!(1.5), "/sites/0/assets/1/eta_discharge"),
        ("/sites/0/assets/0/demand_kw", json!([1.0]), "/sites/0/assets/0/demand_kw"),
        ("/sites/0/assets/0/demand_kw/2", json!("NaN"), "/sites/0/assets/0/demand_kw/2"),
        ("/sites/0/assets/1/type", json!("flywheel"), "/sites/0/assets/1/type"),
        ("/sites/0/assets/1/id", json!("load"), "/sites/0/assets/1/id"),
        ("/steps", json!(1_000_000), "/steps"),
        ("/steps", json!(-1), "/steps"),
        ("/step_hours", json!(0.0), "/step_hours"),
        ("/currency", json!("€"), "/currency"),
        ("/time_limit_s", json!(0.0), "/time_limit_s"),
        ("/time_limit_s", json!(1e6), "/time_limit_s"),
        ("/mip_rel_gap", json!(-1.0), "/mip_rel_gap"),
        ("/sites", json!([]), "/sites"),
    ];
    for (at, value, pointer) in cases {
        let mut body = problem();
        match body.pointer_mut(at) {
            Some(slot) => *slot = value,
            None => body[&at[1..]] = value,
        }
        assert_eq!(solve(&h, body).await.expect(422).pointers()[0], pointer, "{at}");
    }
    let mut unknown = problem();
    unknown.pointer_mut(asset).unwrap()["colour"] = json!("red");
    assert_eq!(solve(&h, unknown).await.expect(422).pointers(), ["/sites/0/assets/1/colour"]);
    let mut vehicle = problem();
    let ev = json!({"type": "ev", "id": "van", "arrive_step": 3, "depart_step": 1, "charge_max_kw": 11.0, "eta_charge": 1.0, "energy_required_kwh": 1.0});
    vehicle["sites"][0]["assets"].as_array_mut().unwrap().push(ev);
    assert_eq!(solve(&h, vehicle).await.expect(422).pointers(), ["/sites/0/assets/2/depart_step"]);
});

everywhere!(what_cannot_hold_together_is_told, start, |h| async {
    let mut body = problem();
    let ev = json!({"type": "ev", "id": "van", "arrive_step": 0, "depart_step": 2, "charge_max_kw": 11.0, "eta_charge": 1.0, "energy_required_kwh": 42.0});
    body["sites"][0]["assets"].as_array_mut().unwrap().push(ev);
    let refused = solve(&h, body).await.expect(422).json();
    assert_eq!(refused["code"], "infeasible");
    let violation = &refused["violations"][0];
    assert_eq!((violation["asset"].as_str(), violation["unit"].as_str()), (Some("van"), Some("kWh")));
    close(&violation["amount"], 20.0);
    assert!(violation["message"].as_str().unwrap().contains("van"), "{violation}");
});

everywhere!(a_repeated_problem_gets_the_same_bytes, start, |h| async {
    let ctx = manager("energy:dispatch:run");
    let send = |body: Value| {
        let (h, ctx) = (h.clone(), ctx.clone());
        async move {
            h.call_with(&ctx, Method::POST, &format!("{BASE}/dispatch"), Some(body), &[("idempotency-key", "k")]).await
        }
    };
    let (first, again) = (send(problem()).await.expect(200), send(problem()).await.expect(200));
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let mut other = problem();
    other["steps"] = json!(5);
    send(other).await.expect(422);
});
