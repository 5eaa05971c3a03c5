#!/usr/bin/env bash
# Licences, bans and sources of every dependency; advisories too where the advisory database can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-deny >/dev/null 2>&1 || {
    echo "installing cargo-deny (once, some minutes)"
    cargo install --locked --quiet cargo-deny
}
cargo deny --log-level error check licenses bans sources
if ! cargo deny --log-level error check advisories 2>/tmp/nqba-advisories.log; then
    if grep -qiE 'failed to (fetch|clone|resolve)|could not (fetch|connect)|network|dns' /tmp/nqba-advisories.log; then
        echo "advisories: not checked, the advisory database cannot be reached from here"
    else
        cat /tmp/nqba-advisories.log >&2
        exit 1
    fi
fi
