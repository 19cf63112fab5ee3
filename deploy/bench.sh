#!/usr/bin/env bash
# How much CPU the gateway spends on a request, beside the least that C needs with the same libraries.
#   bash deploy/bench.sh [small|small-redis|hit-redis|hit]...     all four without arguments
#
# The yardsticks (C programs, a mock model, a load driver, ratio.py) are not part of this repository: they are looked
# for in ../shared/bench, or where UNDERSTUDY_BENCH says. Needs gcc and python3 for them, and redis-server for the paths
# with Redis. Uses the fixed ports 16379, 18080, 18081, 18200 and 19000 of loopback; stops only what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

bench=${UNDERSTUDY_BENCH:-../shared/bench}
[ -f "$bench/ratio.py" ] || die "no yardsticks in $bench: set UNDERSTUDY_BENCH to the directory that holds ratio.py.
Without them there is nothing to compare with; the gateway itself is not affected."
bench=$(cd "$bench" && pwd)
paths=("$@")
[ ${#paths[@]} -gt 0 ] || paths=(small small-redis hit-redis hit)
for path in "${paths[@]}"; do
  case "$path" in small | small-redis | hit-redis | hit) ;; *) die "unknown path '$path': small, small-redis, hit-redis or hit" ;; esac
done

say "Build"
need_swift
need_packages "${build_packages[@]}" gcc python3 redis-server curl
swift build -c release --product understudy
bin=$(swift build -c release --show-bin-path)
for port in 16379 18080 18081 18200 19000; do
  if port_taken "$port"; then die "port $port is taken; the yardsticks need it"; fi
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

# measure PATH BUDGET MEMORY REDIS ARGUMENTS...: one gateway of its own, then ratio.py.
measure() {
  local path=$1 budget=$2 memory=$3 redis=$4
  shift 4
  say "$path (budget: ratio <= $budget)"
  rm -rf "$run"
  mkdir -p "$run/config"
  sed -e "s|memory: 8MiB|memory: $memory|" -e "s|\.\./var/bench|..|" \
    ${redis:+-e "s|# redis: .*|redis: $redis|"} config/bench.yaml >"$run/config/bench.yaml"
  if [ -n "$redis" ]; then
    redis-server --port 16379 --bind 127.0.0.1 --save '' --appendonly no --maxmemory 256mb \
      --maxmemory-policy allkeys-lru >"$run/redis.log" 2>&1 &
    pids+=($!)
    local tries
    for ((tries = 0; tries < 100; tries++)); do port_taken 16379 && break; sleep 0.1; done
  fi
  "$bin/understudy" serve --config "$run/config/bench.yaml" >"$run/gateway.log" 2>&1 &
  pids+=($!)
  wait_for http://127.0.0.1:18080/health/live "${pids[-1]}" "the gateway"
  # evhello, the floor of hits, answers with conf/answer.json of the directory it is started in.
  mkdir -p "$run/conf"
  printf '%01024d' 0 >"$run/conf/answer.json"
  (cd "$run" && python3 "$bench/ratio.py" "$@" --url http://127.0.0.1:18080/v1/chat/completions --pid "${pids[-1]}" --model bench)
  stop_all "${pids[@]}"
  pids=()
}

for path in "${paths[@]}"; do
  case "$path" in
    small) measure "$path" 0.90 8MiB "" small ;;
    small-redis) measure "$path" 1.20 8MiB redis://127.0.0.1:16379/0 small ;;
    # Nothing is kept in the process, so every hit comes from Redis.
    hit-redis) measure "$path" 1.05 0MiB redis://127.0.0.1:16379/0 hit --floor redis ;;
    hit) measure "$path" 0.75 8MiB "" hit --floor hello ;;
  esac
done
