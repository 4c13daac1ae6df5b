#!/usr/bin/env bash
# Puts keyway-cms under load (wrk, 2 threads, 16 connections) while a plugin in the path of each request is replaced again and again, in
# turns by one of two libraries, and the same load without. The plugin counts requests, in a state that each library hands to the next;
# keyway-cms follows the files of its folder of extensions by itself. Fails when a request failed, a library did not take over or a count
# was lost; prints p50 and p99 of both. Needs wrk (a Debian package). Usage: benches/reload.sh [ROUNDS [SECONDS [RELOADS]]]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-10} reloads=${3:-20}
if ! command -v wrk >/dev/null; then
  echo "skipped: wrk is not installed; on Debian it is the package wrk"
  exit 0
fi
built=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
cargo build --release --locked -p keyway-cms --bin keyway-cms
library=libkeyway_tests_visits.so
for release in 1 2; do
  feature=$([ "$release" = 1 ] || echo --features=later)
  cargo rustc --release --locked -p keyway-tests-visits --lib --crate-type cdylib ${feature:+"$feature"} -- --cfg keyway_native
  cp "$built/$library" "$work/$release.so"
done

# An installer's way: whole under another name, then in its place.
serving=$work/extensions/test.visits
install -d -m 755 "$work/extensions" "$serving"
put() { # release
  install -m 644 "$work/$1.so" "$serving/.new"
  mv "$serving/.new" "$serving/$library"
}

cat >"$work/site.toml" <<'END'
[host.native.watch]
debounce = "50ms"
cool-down = "1ms"
END
put 1
address=127.0.0.1:47803
"$built/keyway-cms" --listen "$address" --data "$work/data" --content docs --config "$work/site.toml" \
  --extensions "$work/extensions" >"$work/log" 2>&1 &
for _ in $(seq 100); do curl -fso /dev/null "http://$address/" && break || sleep 0.1; done

# Each asking is a request too; the file that it is noted in can be written by several at a time.
: >"$work/asked"
header() { # name
  echo >>"$work/asked"
  curl -fsI "http://$address/" | tr -d '\r' | awk -v name="$1:" 'tolower($1) == name { print $2 }'
}
[ "$(header x-release)" = 1 ] || { cat "$work/log"; echo "the library does not serve"; exit 1; }

# One run of wrk: requests, failed ones, and p50 and p99 in microseconds.
measure() {
  wrk -t2 -c16 -d"${seconds}s" --latency "http://$address/write-a-host" | awk '
    function micros(value, unit) { unit = value; gsub(/[0-9.]/, "", unit); sub(/[a-z]+$/, "", value)
                                   return value * (unit == "s" ? 1000000 : unit == "ms" ? 1000 : 1) }
    /^ +50%/ { middle = micros($2) }
    /^ +99%/ { late = micros($2) }
    /requests in/ { requests = $1 }
    /Socket errors/ { gsub(",", ""); failed += $4 + $6 + $8 + $10 }
    /Non-2xx/ { failed += $NF }
    END { print requests + 0, failed + 0, middle, late }'
}

# Replaces the library again and again while wrk runs, and waits each time until the new one serves.
replace_in_turns() {
  local release turn tries
  release=$(header x-release)
  for turn in $(seq "$reloads"); do
    release=$((3 - release))
    put "$release"
    tries=0
    until [ "$(header x-release)" = "$release" ]; do
      tries=$((tries + 1))
      if [ "$tries" = 400 ]; then
        echo "release $release did not take over in turn $turn" >>"$work/failed"
        return
      fi
      sleep 0.05
    done
    echo >>"$work/served"
  done
}

lost=0
: >"$work/served"
for round in $(seq "$rounds"); do
  for kind in quiet reloading; do
    before=$(header x-visits)
    asked=$(wc -l <"$work/asked")
    turns=
    if [ $kind = reloading ]; then
      replace_in_turns &
      turns=$!
    fi
    read -r requests failed middle late < <(measure)
    is_over=
    if [ -n "$turns" ]; then
      # Whether the reloads took longer than the load: the rest of them is not under load.
      kill -0 "$turns" 2>/dev/null && is_over="; wrk ended before the last reload, give it more seconds"
      wait "$turns"
    fi
    after=$(header x-visits)
    # Each request is counted once; those that wrk gave up at its end, at most one for each connection, may have been served.
    counted=$((after - before - ($(wc -l <"$work/asked") - asked) - requests))
    if [ "$counted" -lt 0 ] || [ "$counted" -gt 16 ]; then lost=$((lost + 1)); fi
    printf '%s %d: %d requests, %d failed, %d counted beyond them, p50 %.0f µs, p99 %.0f µs%s\n' \
      "$kind" "$round" "$requests" "$failed" "$counted" "$middle" "$late" "$is_over"
    echo "$requests $failed $middle $late" >>"$work/$kind"
  done
done

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
for kind in quiet reloading; do
  printf '%-10s %10d requests   p50 %6.0f µs   p99 %6.0f µs   (medians of %d rounds of %d s)\n' "$kind" \
    "$(cut -d' ' -f1 "$work/$kind" | median)" "$(cut -d' ' -f3 "$work/$kind" | median)" \
    "$(cut -d' ' -f4 "$work/$kind" | median)" "$rounds" "$seconds"
done
failed=$(awk '{ failed += $2 } END { print failed }' "$work/quiet" "$work/reloading")
echo "$(wc -l <"$work/served") reloads: $failed requests failed, $lost rounds whose count does not fit"
if [ -s "$work/failed" ]; then cat "$work/failed"; tail -20 "$work/log"; exit 1; fi
[ "$failed" = 0 ] && [ "$lost" = 0 ]
