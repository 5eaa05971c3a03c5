//! Contracts that every operation keeps, by its own description.

use nqba_contracts::{energy, roles::PERMISSIONS};
use nqba_runtime::web::spec::{Access, operations};
use serde::de::DeserializeOwned;
use serde_json::Value;

#[test]
fn every_operation_says_what_it_needs() {
    let spec = nqba_unit_energy::spec();
    let all = operations(&spec).unwrap();
    assert!(all.len() >= 20);
    for op in all {
        let Access::Permission(p) = &op.access else { panic!("{} is open", op.operation_id) };
        assert!(PERMISSIONS.iter().any(|(name, _)| *name == p.as_str()), "{p} is no permission");
        assert!(op.path.starts_with("/api/v1/energy/"), "{}", op.path);
        let reads = matches!(p.verb(), "read" | "run");
        assert_eq!(op.mutating, !reads, "{} with {p}", op.operation_id);
    }
}

/// Whether the example is one of these.
fn fits<T: DeserializeOwned>(example: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(example.clone()).map(drop).map_err(|e| e.to_string())
}

#[test]
fn every_body_has_an_example_that_fits() {
    let spec = serde_json::to_value(nqba_unit_energy::spec()).unwrap();
    let mut seen = 0;
    for (path, item) in spec["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
            let (_, media) = content.iter().next().unwrap();
            let example = &media["example"];
            let id = operation["operationId"].as_str().unwrap();
            let outcome = match id {
                "sites_create" | "sites_update" => fits::<energy::NewSite>(example),
                "assets_create" | "assets_update" => fits::<energy::NewAsset>(example),
                "tariffs_create" => fits::<energy::NewTariff>(example),
                "readings_upload" => fits::<energy::ReadingsUpload>(example),
                "readings_upload_csv" => fits::<String>(example),
                "optimizations_create" => fits::<energy::NewOptimization>(example),
                "dispatch_solve" => fits::<energy::DispatchProblem>(example),
                other => Err(format!("{other} is not known here")),
            };
            outcome.unwrap_or_else(|e| panic!("{id}: {e}"));
            seen += 1;
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn a_change_of_a_record_asks_for_its_version() {
    let spec = serde_json::to_value(nqba_unit_energy::spec()).unwrap();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for method in ["put", "patch", "delete"].iter().filter(|_| path.contains("/sites/{site_id}")) {
            let Some(operation) = item.get(method) else { continue };
            let asks = operation["parameters"].as_array().unwrap().iter().any(|p| p["name"] == "If-Match");
            assert!(asks, "{method} {path}");
        }
    }
}
