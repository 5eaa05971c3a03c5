//! The house's order: arrows between crates, a header on every file, lengths, no leftovers.

#![allow(clippy::unwrap_used, reason = "tests fail loudly")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Folder → crates of ours that it may depend on. Anything else is refused.
const ARROWS: &[(&str, &[&str])] = &[
    ("engines/energy", &["nqba-core"]),
    ("platform/core", &[]),
    ("platform/contracts", &["nqba-core"]),
    ("platform/runtime", &["nqba-core"]),
    ("platform/testkit", &["nqba-core", "nqba-contracts", "nqba-runtime"]),
    ("services/identity", &["nqba-core", "nqba-contracts", "nqba-runtime"]),
    ("units/energy", &["nqba-core", "nqba-contracts", "nqba-runtime", "nqba-engine-energy"]),
    ("gateway", &["nqba-core", "nqba-contracts", "nqba-runtime"]),
    ("nqba", &["nqba-core", "nqba-contracts", "nqba-runtime", "nqba-gateway", "nqba-identity", "nqba-unit-energy"]),
    ("xtask", &["nqba-testkit"]),
];

fn manifest(folder: &str) -> toml::Table {
    fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap().parse().unwrap()
}

#[test]
fn every_crate_keeps_to_its_arrows() {
    let members = manifest(".")["workspace"]["members"].as_array().unwrap().clone();
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for member in members {
        let member = member.as_str().unwrap();
        let allowed = arrows.get(member).unwrap_or_else(|| panic!("{member} has no arrows here"));
        let manifest = manifest(member);
        let dependencies = manifest.get("dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
        for name in dependencies.keys().filter(|n| n.starts_with("nqba")) {
            assert!(allowed.contains(&name.as_str()), "{member} may not depend on {name}");
        }
        let dev = manifest.get("dev-dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
        for name in dev.keys().filter(|n| n.starts_with("nqba")) {
            let fine = name == "nqba-testkit" || allowed.contains(&name.as_str());
            assert!(fine, "{member} may not depend on {name}, not even in tests");
        }
    }
}

#[test]
fn engines_know_neither_async_nor_io() {
    for folder in ["engines/energy"] {
        let manifest = manifest(folder);
        for name in manifest["dependencies"].as_table().unwrap().keys() {
            let banned = ["tokio", "axum", "hyper", "sea-orm", "reqwest", "tracing", "chrono"];
            assert!(!banned.contains(&name.as_str()), "{folder} may not depend on {name}");
        }
    }
}

fn sources(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = ["target", "node_modules", "dist", ".git", "data", "test-results"];
            if path.is_dir() {
                if !skipped.contains(&name.to_str().unwrap_or_default()) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    let bare: Vec<_> =
        sources("rs").into_iter().filter(|p| !fs::read_to_string(p).unwrap().trim_start().starts_with("//!")).collect();
    assert!(bare.is_empty(), "without a `//!` header: {bare:#?}");
}

#[test]
fn no_file_is_too_long_to_know() {
    const LIMIT: usize = 700;
    let generated = |p: &Path| p.ends_with("schema.d.ts");
    let long: Vec<_> = ["rs", "ts", "tsx"]
        .iter()
        .flat_map(|e| sources(e))
        .filter(|p| !generated(p))
        .map(|p| (fs::read_to_string(&p).unwrap().lines().count(), p))
        .filter(|(lines, _)| *lines > LIMIT)
        .collect();
    assert!(long.is_empty(), "longer than {LIMIT} lines: {long:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two halves, so that this file does not find itself.
    let markers = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];
    let left: Vec<_> = ["rs", "ts", "tsx"]
        .iter()
        .flat_map(|e| sources(e))
        .filter(|p| {
            let text = fs::read_to_string(p).unwrap();
            let words = |m: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == m);
            markers.iter().any(|m| words(m))
        })
        .collect();
    assert!(left.is_empty(), "leftover markers in {left:#?}");
}

#[test]
fn http_status_is_decided_in_one_file() {
    let only = ["platform/runtime/src/web/problem.rs"];
    let wrong: Vec<_> = sources("rs")
        .into_iter()
        .filter(|p| !p.components().any(|c| c.as_os_str() == "tests"))
        .filter(|p| fs::read_to_string(p).unwrap().contains("Code::Conflict =>"))
        .filter(|p| !only.iter().any(|o| p.ends_with(o)) && !p.ends_with("platform/core/src/error.rs"))
        .filter(|p| fs::read_to_string(p).unwrap().contains("StatusCode::CONFLICT"))
        .collect();
    assert!(wrong.is_empty(), "a second mapping of errors to HTTP: {wrong:#?}");
}
