#!/usr/bin/env bash
# The whole suite: Rust tests on SQLite and PostgreSQL, then the pages in Chromium against the binary just built.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

echo "── building the tests"
cargo build --locked --workspace --all-targets --quiet
echo "── Rust tests, with one PostgreSQL server for the run"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$target/debug/xtask" with-postgres -- cargo nextest run --locked --workspace --no-fail-fast 2>&1 | tee "$log"
echo "── documentation tests"
cargo test --locked --workspace --doc --quiet
echo "── pages in Chromium"
"$target/debug/xtask" with-demo "$target/debug/nqba" -- npm --prefix dashboard run --silent e2e
echo "── in short"
grep -E '^ *Summary' "$log" | tail -1
