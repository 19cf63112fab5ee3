#!/usr/bin/env bash
# What the gateway costs, measured beside what it is compared with, in one run.
#   bash deploy/bench.sh [PATH]...     all of them without arguments, about 15 minutes
#
#   small, small-redis     CPU a request that the small model answers, beside the least that C needs with the same libraries
#   grammar                the same with the example's grammar on, and what the grammar takes of it
#   early-abort            the same, judged while it streams, beside the C program that relays that stream
#   hit-redis, hit         CPU a cached answer
#   stream                 CPU a stream that passes through, beside C and nginx
#   first-token            time added to a stream's first token, and pauses of 512 streams at once, beside nginx
#                          (HELD=yes: the pauses only)
#   fallback               what a fallback costs beyond the large model alone, by where small's answer turns bad
#   leaving                500 clients that leave at random moments: what outlives them
#   stalled                200 readers of endless streams that stop reading: what they cost
#   latency                time added to one request after the other
#   memory                 resident memory on the way to a million requests
#   store                  a million candidates in SQLite and in PostgreSQL: ingest, lists, filters, counts (STORE_COUNT=N)
#
# The yardsticks (C programs, a mock model, a load driver, ratio.py) are not part of this repository: they are looked
# for in ../shared/bench, or where UNDERSTUDY_BENCH says. Only `fallback`, `leaving`, `stalled` and `store` do without.
# Needs gcc and python3 for them, and redis-server for the paths with Redis. An nginx that is not installed is unpacked
# from Debian's package into var/nginx, not installed. Uses the fixed ports 16379, 18080, 18081, 18200, 18300, 19000 and
# 19001 of loopback; stops only what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh
scripts=$PWD/deploy/bench

known=(small small-redis grammar early-abort hit-redis hit stream first-token fallback leaving stalled latency memory store)
paths=("$@")
[ ${#paths[@]} -gt 0 ] || paths=("${known[@]}")
for path in "${paths[@]}"; do
  case " ${known[*]} " in *" $path "*) ;; *) die "unknown path '$path': ${known[*]}" ;; esac
done
bench=${UNDERSTUDY_BENCH:-../shared/bench}
yardsticks=no simulator=no
for path in "${paths[@]}"; do
  case "$path" in fallback | leaving | stalled) simulator=yes ;; store) ;; *) yardsticks=yes ;; esac
done
if [ $yardsticks = yes ]; then
  [ -f "$bench/ratio.py" ] || die "no yardsticks in $bench: set UNDERSTUDY_BENCH to the directory that holds ratio.py.
Without them there is nothing to compare with; the gateway itself is not affected; 'fallback', 'leaving', 'stalled' and 'store' need none."
  UNDERSTUDY_BENCH=$(cd "$bench" && pwd)
  export UNDERSTUDY_BENCH
fi

say "Build"
need_swift
need_packages "${build_packages[@]}" gcc python3 redis-server curl
swift build -c release --product understudy --static-swift-stdlib
if [ $simulator = yes ]; then swift build -c release --product understudy-sim --static-swift-stdlib; fi
bin=$(swift build -c release --show-bin-path)
for port in 16379 18080 18081 18200 18300 19000 19001; do
  if port_taken "$port"; then die "port $port is taken; it is needed here"; fi
done

run=var/bench
pids=()
finish() {
  local status=$?
  trap - EXIT
  [ ${#pids[@]} -eq 0 ] || stop_all "${pids[@]}"
  if [ "$status" -ne 0 ] && [ -s "$run/gateway.log" ]; then
    echo "--- the end of $run/gateway.log" >&2
    tail -n 20 "$run/gateway.log" >&2
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

# serve WHAT MEMORY [REDIS]: a gateway of its own, with an empty cache and store; its process id is in `gateway`.
serve() {
  local memory=$2 redis=${3:-}
  say "$1   (load $(cut -d' ' -f1 /proc/loadavg))"
  rm -rf "$run"
  mkdir -p "$run/config" "$run/conf"
  cp -r config/code-search "$run/config/"
  # evhello, the floor of hits, answers with conf/answer.json of the directory it is started in.
  printf '%01024d' 0 >"$run/conf/answer.json"
  sed -e "s|memory: 8MiB|memory: $memory|" -e "s|\.\./var/bench|..|" \
    ${redis:+-e "s|# redis: .*|redis: $redis|"} config/bench.yaml >"$run/config/bench.yaml"
  if [ -n "$redis" ]; then
    redis-server --port 16379 --bind 127.0.0.1 --save '' --appendonly no --maxmemory 256mb \
      --maxmemory-policy allkeys-lru >"$run/redis.log" 2>&1 &
    pids+=($!)
    local tries
    for ((tries = 0; tries < 100; tries++)); do port_taken 16379 && break; sleep 0.1; done
  fi
  "$bin/understudy" serve --config "$run/config/bench.yaml" >"$run/access.log" 2>"$run/gateway.log" &
  gateway=$!
  pids+=("$gateway")
  wait_for http://127.0.0.1:18080/health/live "$gateway" "the gateway"
}

# simulate SCRIPT: the simulated provider, with the models that deploy/bench/SCRIPT prints.
simulate() {
  python3 "$scripts/$1" script >"$run/script.json"
  "$bin/understudy-sim" --port 19001 --script "$run/script.json" >"$run/sim.log" 2>&1 &
  pids+=($!)
  wait_for http://127.0.0.1:19001/health "$!" "the simulated provider"
}

# ratio ARGUMENTS...: CPU beside the C floor.
ratio() {
  (cd "$run" && python3 "$UNDERSTUDY_BENCH/ratio.py" "$@" --url http://127.0.0.1:18080/v1/chat/completions --pid "$gateway")
}

# The nginx that is installed, or Debian's, unpacked; nothing if it cannot be had.
find_nginx() {
  PATH=$PATH:/usr/sbin command -v nginx && return
  local at=var/nginx
  if [ ! -x "$at/usr/sbin/nginx" ]; then
    mkdir -p "$at"
    (cd "$at" && apt-get -q download nginx && dpkg-deb -x nginx_*.deb .) >"$at/log" 2>&1 || true
  fi
  if [ -x "$at/usr/sbin/nginx" ]; then echo "$PWD/$at/usr/sbin/nginx"; else echo "no nginx: measured without" >&2; fi
}

# measure_stores: a SQLite file, then a PostgreSQL of its own with the settings it comes with.
measure_stores() {
  say "store   (load $(cut -d' ' -f1 /proc/loadavg))"
  need_packages postgresql
  local where programs as=() count=${STORE_COUNT:-1000000}
  programs=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
  where=$(mktemp -d /tmp/understudy-store-XXXXXX)
  # The server does not run as root.
  if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid=postgres --regid=postgres --clear-groups); chown postgres "$where"; fi
  say "SQLite"
  mkdir -p var/bench
  rm -f var/bench/store.db*
  "$bin/understudy" store measure --on "sqlite:$PWD/var/bench/store.db" --count "$count"
  du -h var/bench/store.db | cut -f1 | sed 's/^/size of the file: /'
  rm -f var/bench/store.db*
  say "PostgreSQL"
  (cd / && "${as[@]}" "$programs/initdb" -D "$where/data" -U postgres -A trust -E UTF8 --locale=C >"$where/log" 2>&1)
  (cd / && exec "${as[@]}" "$programs/postgres" -D "$where/data" -k "$where" -c listen_addresses= >>"$where/log" 2>&1) &
  pids+=($!)
  local tries
  for ((tries = 0; tries < 100; tries++)); do [ -S "$where/.s.PGSQL.5432" ] && break; sleep 0.1; done
  "$bin/understudy" store measure --on "postgresql://postgres@/postgres?host=$where" --count "$count"
  stop_all "${pids[@]}"
  pids=()
  rm -rf "$where"
}

redis=redis://127.0.0.1:16379/0
for path in "${paths[@]}"; do
  case "$path" in
    small) serve "$path (budget: ratio <= 0.90)" 8MiB; ratio small --model bench ;;
    small-redis) serve "$path (budget: ratio <= 1.20)" 8MiB $redis; ratio small --model bench ;;
    grammar)
      serve "$path (budget: ratio as small's)" 8MiB
      # A mock that answers in the example's language, built where no other path finds it.
      mkdir -p "$run/dsl/tmp"
      cp "$UNDERSTUDY_BENCH"/* "$run/dsl/"
      sed -i 's/tok\[12\]={[^}]*}/tok[12]={"kind",":","function"," recur","sive",":true"," sort",":-","duration"," limit",":1","0"}/' \
        "$run/dsl/mock_upstream.c"
      grep -q '"function"," recur"' "$run/dsl/mock_upstream.c" || die "the mock model's answer is written otherwise than this knows"
      UNDERSTUDY_BENCH=$PWD/$run/dsl TMPDIR=$PWD/$run/dsl/tmp python3 "$scripts/grammar.py" --pid "$gateway"
      ;;
    early-abort)
      serve "$path (budget: ratio <= 1.00)" 8MiB
      ratio small --model early-abort --body "$UNDERSTUDY_BENCH/chat_stream.json"
      ;;
    # Nothing is kept in the process, so every hit comes from Redis.
    hit-redis)
      serve "$path (budget: ratio <= 1.05)" 0MiB $redis
      (cd "$run" && python3 "$scripts/prime.py")
      ratio hit --floor redis --model bench
      ;;
    hit) serve "$path (budget: ratio <= 0.75)" 8MiB; ratio hit --floor hello --model bench ;;
    stream) serve "$path" 8MiB; python3 "$scripts/streams.py" cpu --pid "$gateway" --nginx "$(find_nginx)" ;;
    first-token)
      serve "$path (budget: added p99 <= nginx's, no pause over 40 ms)" 8MiB
      python3 "$scripts/streams.py" time --pid "$gateway" --nginx "$(find_nginx)" ${HELD:+--held}
      ;;
    fallback)
      serve "$path" 8MiB
      simulate fallback.py
      python3 "$scripts/fallback.py" measure
      ;;
    leaving | stalled)
      serve "$path" 8MiB
      simulate readers.py
      python3 "$scripts/readers.py" "$path" --pid "$gateway"
      ;;
    store) measure_stores ;;
    latency) serve "$path (budget: p99 added <= 110 us)" 8MiB; python3 "$scripts/latency.py" ;;
    memory) serve "$path (budget: 48 MiB)" 8MiB; python3 "$scripts/memory.py" --pid "$gateway" ;;
  esac
  [ ${#pids[@]} -eq 0 ] || stop_all "${pids[@]}"
  pids=()
done
