#!/usr/bin/env bash
# Holds keyway-cms against the same site served by a plain axum program (host-app/examples/plain_site.rs): requests per second and p99
# of both, in turns, and their ratios. Needs wrk (a Debian package). Usage: benches/http.sh [ROUNDS [SECONDS]]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-4}
if ! command -v wrk >/dev/null; then
  echo "skipped: wrk is not installed; on Debian it is the package wrk"
  exit 0
fi
cargo build --release --locked -p keyway-cms --bin keyway-cms --example plain_site
built=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
ours=127.0.0.1:47801 plain=127.0.0.1:47802
"$built/keyway-cms" --listen "$ours" --data "$work/data" --content docs >"$work/ours.log" 2>&1 &
"$built/examples/plain_site" docs "${plain##*:}" >"$work/plain.log" 2>&1 &
for address in "$ours" "$plain"; do
  for _ in $(seq 50); do curl -fso /dev/null "http://$address/" && continue 2 || sleep 0.1; done
  cat "$work"/*.log
  echo "no answer from $address"
  exit 1
done

# One run of wrk: requests per second and p99 in microseconds.
measure() { # address path header
  wrk -t1 -c16 -d"${seconds}s" --latency -H "$3" "http://$1$2" | awk '
    /99%/ { value = $2; unit = value; gsub(/[0-9.]/, "", unit); sub(/[a-z]+$/, "", value)
            p99 = value * (unit == "s" ? 1000000 : unit == "ms" ? 1000 : 1) }
    /Requests\/sec/ { rate = $2 }
    /Non-2xx/ { failed = 1 }
    END { if (failed) print "0 0"; else print rate, p99 }'
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

compare() { # name path header
  local round
  : >"$work/rate"; : >"$work/p99"; : >"$work/absolute"
  for round in $(seq "$rounds"); do
    read -r rate_ours p99_ours < <(measure "$ours" "$2" "$3")
    read -r rate_plain p99_plain < <(measure "$plain" "$2" "$3")
    awk "BEGIN { print $rate_ours / $rate_plain }" >>"$work/rate"
    awk "BEGIN { print $p99_ours / $p99_plain }" >>"$work/p99"
    echo "$rate_ours" >>"$work/absolute"
  done
  printf '%-34s %9.0f requests/s   %5.2f x plain   p99 %5.2f x plain\n' "$1" \
    "$(median <"$work/absolute")" "$(median <"$work/rate")" "$(median <"$work/p99")"
}

tag=$(curl -fsI "http://$ours/write-a-host" | tr -d '\r' | awk 'tolower($1) == "etag:" { $1 = ""; print substr($0, 2) }')
compare "a page" /write-a-host "accept-encoding: identity"
compare "a page, gzip" /write-a-host "accept-encoding: gzip"
compare "a page that the browser has" /write-a-host "if-none-match: $tag"
compare "the style sheet" /theme.css "accept-encoding: identity"
compare "a search as JSON" "/search.json?q=permission" "accept-encoding: identity"
