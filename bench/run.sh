#!/usr/bin/env bash
# Measures what bench/README.md tells of: engine, API, gateway beside a bare server, start, memory, first page.
# Servers listen on loopback, live in a temporary folder, and are ended by their process id.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
port=${BENCH_PORT:-18080}
api="http://127.0.0.1:$port"
folder=$(mktemp -d /tmp/nqba-bench-XXXXXX)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

scripts/setup.sh build bench
echo "── building"
cargo build --release --locked --quiet -p nqba
cargo build --release --locked --quiet -p nqba-unit-energy --example bare_server
cargo build --release --locked --quiet -p nqba-engine-energy --example bench_dispatch

echo; echo "── engine, one call"
"$target/release/examples/bench_dispatch"

# Limits are lifted, not switched off: each call is still counted.
export NQBA_LIMITS__IP_PER_MINUTE=100000000 NQBA_LIMITS__ACTOR_READ_PER_MINUTE=100000000
export NQBA_LIMITS__ACTOR_WRITE_PER_MINUTE=100000000 NQBA_LIMITS__ACTOR_SOLVE_PER_MINUTE=100000000

start() {
    "$target/release/nqba" serve --demo --listen "127.0.0.1:$port" --admin-listen "127.0.0.1:$((port + 1))" \
        --data-dir "$folder/data" >"$folder/out" 2>"$folder/log" &
    server=$!
    pids+=("$server")
    until curl -fs "$api/readyz" >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.02
    done
}
milliseconds() { date +%s%3N; }

start
password=$(awk '$1 == "Password" {print $2}' "$folder/out")
kill -TERM "$server"
wait "$server" || true

echo; echo "── start on an existing database, and memory"
before=$(milliseconds)
start
echo "start to ready: $(($(milliseconds) - before)) ms (asked every 20 ms)"

token=$(curl -fs "$api/api/v1/identity/sessions" -H 'content-type: application/json' \
    -d "{\"email\":\"founder@demo.example\",\"password\":\"$password\"}" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
sleep 5
memory() { awk '/^VmRSS/ {printf "%.0f MB resident", $2 / 1024}' "/proc/$server/status"; }
echo "idle after a sign-in: $(memory)"

quantiles() {
    sort -n | awk '{v[NR] = $1} END {printf "p50 %.1f ms, p95 %.1f ms, worst %.1f ms of %d\n",
        1000 * v[int((NR + 1) / 2)], 1000 * v[int(NR * 0.95) ? int(NR * 0.95) : 1], 1000 * v[NR], NR}'
}
ask() {
    curl -fs -o "$folder/answer" -w '%{time_total}\n' "$api/api/v1/energy/optimizations" \
        -H "authorization: Bearer $token" -H 'content-type: application/json' -H 'prefer: wait=30' -d "$1"
}
echo; echo "── a stored optimisation through the API: authorise, queue, solve, baselines, store, event, answer"
steel=01933000-0000-7000-8000-000000000101
house=01933000-0000-7000-8000-000000000102
for _ in 1 2 3; do ask "{\"site_id\":\"$steel\"}" >/dev/null; done
for case in "$steel 24 steel works, a day at 15 min:" "$house 24 house, a day at 1 h:" "$house 168 house, a week at 1 h:"; do
    read -r site hours name <<<"$case"
    printf '%-38s' "$name"
    for _ in $(seq 100); do ask "{\"site_id\":\"$site\",\"hours\":$hours}"; done | quantiles
done

"$target/release/examples/bare_server" "$folder/data" "127.0.0.1:$((port + 2))" >/dev/null &
pids+=($!)
bare="http://127.0.0.1:$((port + 2))"
until curl -fs "$bare/api/v1/energy/sites/$steel" >/dev/null; do sleep 0.05; done
load() {
    wrk -t1 -c200 -d6s --latency -H "authorization: Bearer $token" "$1" >"$folder/wrk"
    if grep -q 'Non-2xx' "$folder/wrk"; then grep 'Non-2xx' "$folder/wrk" >&2; exit 1; fi
    awk '/Requests\/sec/ {rps = $2} /99%/ {p99 = $2} END {print rps, p99}' "$folder/wrk"
}
compare() {
    echo; echo "── GET of $1, 200 connections, as many calls as go, in turns: bare server, gateway"
    for turn in 1 2 3; do
        read -r bare_rps bare_p99 <<<"$(load "$bare$2")"
        read -r our_rps our_p99 <<<"$(load "$api$2")"
        awk -v b="$bare_rps" -v o="$our_rps" -v bp="$bare_p99" -v op="$our_p99" -v t="$turn" 'BEGIN {
            printf "turn %d: bare %.0f/s (p99 %s), gateway %.0f/s (p99 %s), ratio %.2f\n", t, b, bp, o, op, o / b}'
    done
    echo "at 5,000 calls a second on 200 connections: $(hey -c 200 -q 25 -z 6s -H "authorization: Bearer $token" "$api$2" |
        awk '/Requests\/sec/ {rps = $2} /50% in/ {p50 = $3} /99% in/ {p99 = $3} /\[200\]/ {n = $2}
            END {printf "%.0f/s, p50 %.1f ms, p99 %.1f ms, %d answers of 200", rps, 1000 * p50, 1000 * p99, n}')"
}
compare "a tariff (remembered by the unit: it never changes)" /api/v1/energy/tariffs/01933000-0000-7000-8000-000000000001
compare "a site (from the database each time)" "/api/v1/energy/sites/$steel"
echo
echo "after the load: $(memory)"

if [ -d dashboard/node_modules ]; then
    echo; echo "── first page in Chromium, 1440 × 900, cold cache"
    node dashboard/scripts/lcp.mjs "$api"
fi
