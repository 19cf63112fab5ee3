#!/usr/bin/env bash
# The gateway at work on this machine, in one command: bash deploy/demo.sh
#
# Installs what is missing (Debian packages), builds, starts a simulated provider and the gateway on loopback, and lets
# the worked example (config/code-search) search this repository: each question, the line of the search language that it
# became, who answered and why, and what was found. Then how streams come, and what was kept for training. Stays up
# until Ctrl-C; --once ends it there. --cycle trains a small model instead, twice, and shows what comes of it (some
# minutes). Stops only what it started; leaves its files under var/demo/.
#
#   UNDERSTUDY_PORT, UNDERSTUDY_ADMIN_PORT, UNDERSTUDY_SIM_PORT   ports to use (else 8080, 8081, 9000 or the next free)
#   UNDERSTUDY_REDIS                                              redis://host:port/db (else 127.0.0.1:6379 if one answers)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

once=false settings=understudy.yaml
case "${1:-}" in
  "") ;;
  --once) once=true ;;
  --cycle) settings=cycle.yaml ;;
  *) echo "usage: bash deploy/demo.sh [--once | --cycle]" >&2; exit 2 ;;
esac

say "What this needs"
need_swift
need_packages "${build_packages[@]}" curl ca-certificates python3 `# the example's backend`
need_safe_libevent

say "Building (release; the first time takes some minutes)"
swift build -c release --product understudy --static-swift-stdlib
swift build -c release --product understudy-sim --static-swift-stdlib
bin=$(swift build -c release --show-bin-path)

# The port from the environment if it is given (then it must be free), else the usual one or the next free.
choose_port() {
  local given=${!1:-}
  if [ -z "$given" ]; then free_port "$2"; return; fi
  if port_taken "$given"; then die "$1=$given, but something listens there already"; fi
  echo "$given"
}
sim_port=$(choose_port UNDERSTUDY_SIM_PORT 9000)
port=$(choose_port UNDERSTUDY_PORT 8080)
[ "$port" != "$sim_port" ] || port=$(free_port $((port + 1)))
admin_port=$(choose_port UNDERSTUDY_ADMIN_PORT 8081)
while [ "$admin_port" = "$port" ] || [ "$admin_port" = "$sim_port" ]; do admin_port=$(free_port $((admin_port + 1))); done

# A Redis is used where one answers; nothing depends on it.
redis_answers() {
  local reply
  exec 3<>"/dev/tcp/$1/$2" || return 1
  printf 'PING\r\n' >&3
  IFS= read -r -t 1 reply <&3
  [ "${reply%$'\r'}" = "+PONG" ]
}
redis=${UNDERSTUDY_REDIS:-}
if [ -z "$redis" ] && (redis_answers 127.0.0.1 6379) 2>/dev/null; then redis=redis://127.0.0.1:6379/0; fi
# The cycle's settings name none.
[ $settings = understudy.yaml ] || redis=

say "Starting"
run=var/demo
rm -rf "$run"
mkdir -p "$(dirname "$run")"
cp -r config/code-search "$run"
rm -rf "$run/var"
sed -i \
  -e "s|listen: 127.0.0.1:8080|listen: 127.0.0.1:$port|" -e "s|admin: 127.0.0.1:8081|admin: 127.0.0.1:$admin_port|" \
  -e "s|base_url: http://127.0.0.1:9000|base_url: http://127.0.0.1:$sim_port|" \
  -e "s|environment: demo\b|environment: demo-$(date +%s)-$$|" \
  ${redis:+-e "s|# redis: .*|redis: $redis|"} \
  "$run/$settings"

pids=()
log=$run/gateway.log
finish() {
  local status=$?
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || stop_all "${pids[@]}"
  if [ "$status" -ne 0 ] && [ -s "$log" ]; then
    echo "--- the end of $log" >&2
    tail -n 20 "$log" >&2
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 0' INT TERM

"$bin/understudy-sim" --port "$sim_port" >"$run/sim.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$sim_port/health" "${pids[0]}" "the simulated provider"
"$bin/understudy" serve --config "$run/$settings" >"$log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$port/health/ready" "${pids[1]}" "the gateway"
echo "simulated provider on 127.0.0.1:$sim_port, gateway on 127.0.0.1:$port, cache: ${redis:-in the process}"

if [ $settings = cycle.yaml ]; then
  . deploy/demo/cycle.sh
  exit 0
fi

say "Questions about this repository, asked by deploy/examples/codesearch"
questions=(
  "find me my longest recursive functions"
  "functions that call malloc"
  "the 3 most complex methods in Sources/Loop"
  "untested recursive functions"
  "files changed in the last week"
  "structs with more than 100 lines"
  "recursive Python functions"
  "functions slower than 20 ms"
  "find me my longest recursive functions"
)
search=(/usr/bin/python3 -B deploy/examples/codesearch --gateway "http://127.0.0.1:$port/v1" --show 3)
"${search[@]}" "${questions[@]}" | tee "$run/answers.txt" || die "not every question was answered"
for by in "small answered" "large answered" "from the cache"; do
  grep -q "  $by" "$run/answers.txt" || die "nothing in the answers above says '$by'"
done

say "The second route: what the first match is like"
"${search[@]}" --describe characteristics --show 1 "the longest method in Sources/JSON" | tee -a "$run/answers.txt" ||
  die "no characteristics"

say "Streams: judged while they are written"
header() { sed -n "s/^$1: *\(.*\)\r$/\1/pI" "$run/head" | head -n 1; }
# stream QUESTION: asks for a stream; prints what it said, when it came, and whether small was cut off.
stream() {
  local times line
  times=$(curl -sSN -m 20 -o "$run/events" -D "$run/head" -w '%{time_starttransfer} %{time_total}' \
    -H 'content-type: application/json' "http://127.0.0.1:$port/v1/chat/completions" \
    -d "{\"model\":\"code-search\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}")
  grep -q '^data: \[DONE\]' "$run/events" || die "no whole stream for '$1', but: $(head -c 500 "$run/events")"
  printf '%s\n  ' "$1"
  sed -n 's/.*"content": *"\(\([^"\\]\|\\.\)*\)".*/\1/p' "$run/events" | tr -d '\n' | sed 's/\\"/"/g; s/\\\\/\\/g'
  LC_ALL=C awk '{ printf "\n  first event after %.0f ms, last after %.0f ms", $1 * 1000, $2 * 1000 }' <<<"$times"
  printf ', %s events, by %s\n' "$(grep -c '^data: {' "$run/events")" "$(header x-understudy-answered-by)"
  # The log's line is written behind the answer.
  for ((tries = 0; tries < 50; tries++)); do
    line=$(grep -F "$(header x-request-id)" "$log") && break
    sleep 0.1
  done
  sed -n 's/.*"verdict":"\([^"]*\)".*"small_cut_at":\([0-9]*\).*/  small was cut off at token \2: \1/p' <<<"$line"
}
stream "enums ending in Error"
stream "methods in Sources/Cache"

say "Kept for training: every fallback, with both answers"
# A candidate is in the store within a second of its answer.
fallbacks=$(grep -c "  large answered" "$run/answers.txt")
for ((tries = 0; tries < 50; tries++)); do
  "$bin/understudy" candidates list --json --limit 100 --config "$run/understudy.yaml" >"$run/candidates.jsonl"
  [ "$(wc -l <"$run/candidates.jsonl")" -lt "$fallbacks" ] || break
  sleep 0.1
done
[ "$(wc -l <"$run/candidates.jsonl")" -ge "$fallbacks" ] || die "$fallbacks fallbacks, but not as many candidates"
"$bin/understudy" candidates list --config "$run/understudy.yaml"

say "Where to look"
cat <<END
search     ${search[*]} "your question"
endpoint   http://127.0.0.1:$port/v1   (any OpenAI client; the model is "code-search")
           curl http://127.0.0.1:$port/v1/chat/completions -i -H 'content-type: application/json' \\
             -d '{"model":"code-search","messages":[{"role":"user","content":"find me my slowest recursive functions"}]}'
           add "stream":true to it, and -N to curl, to see it come
metrics    http://127.0.0.1:$admin_port/metrics
settings   http://127.0.0.1:$admin_port/admin/v1/config   (from config/code-search/understudy.yaml)
candidates $bin/understudy candidates list --config $run/understudy.yaml
export     $bin/understudy candidates export --format openai-completions --config $run/understudy.yaml
log        $log
END

if $once; then exit 0; fi
printf '\nCtrl-C ends it.\n'
# Ends early, with the log's end, when one of the two does.
wait -n "${pids[@]}" || true
die "the gateway or the simulated provider ended by itself"
