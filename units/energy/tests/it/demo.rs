//! The demo group: loads once, and its plans save money on real data.

use crate::support::*;
use nqba_testkit::everywhere;
use serde_json::json;

everywhere!(the_demo_loads_once_and_plans, start, |h| async {
    let said = nqba_unit_energy::demo::seed(&h.db).await.unwrap();
    assert!(said.starts_with("2 sites"), "{said}");
    let again = nqba_unit_energy::demo::seed(&h.db).await.unwrap();
    assert!(again.contains("already"), "{again}");
    let sites = get(&h, "energy:sites:read", "/sites").await.expect(200).json();
    let sites = sites["items"].as_array().unwrap().clone();
    assert_eq!(sites.len(), 2);
    for site in sites {
        let channels = get(&h, "energy:readings:read", &format!("/sites/{}/channels", id(&site))).await.json();
        assert!(channels["items"].as_array().unwrap().iter().all(|c| c["gaps"] == 0), "{channels}");
        let ctx = manager("energy:optimizations:write");
        let body = Some(json!({"site_id": site["id"]}));
        let headers = [("prefer", "wait=30")];
        let run = h.call_with(&ctx, http::Method::POST, &format!("{BASE}/optimizations"), body, &headers).await;
        let run = run.expect(200).json();
        assert_eq!(run["status"], "succeeded", "{run}");
        let dispatch = &run["result"]["dispatch"];
        assert_eq!(dispatch["status"], "optimal");
        let saved = |key: &str| dispatch["savings"][key].as_f64().unwrap();
        assert!(saved("vs_none") > 0.0 && saved("vs_rule") > -1e-6, "{}", dispatch["savings"]);
        assert!(dispatch["baselines"]["rule"]["feasible"].as_bool().unwrap());
    }
});
