#!/usr/bin/env bash
# The review page in Debian's Chromium, against a real gateway before a simulated provider.
#   bash deploy/acceptance/review/run.sh BIN PYTHON [SHOTS]
#     BIN: the directory of the two executables; PYTHON has `playwright` and `axe-playwright-python`;
#     ONLY=SCENARIO,... in the environment: these alone
#     SHOTS: a directory for pictures of the page, at two widths and in both themes, instead of the tests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
. deploy/packages.sh

bin=${1:?usage: run.sh BIN PYTHON [SHOTS]}
python=${2:?usage: run.sh BIN PYTHON [SHOTS]}
shots=${3:-}
here=deploy/acceptance/review
begin_run
export PYTHONDONTWRITEBYTECODE=1

sim_port=$(free_port 9200)
port=$(free_port 8280)
admin_port=$(free_port $((port + 1)))
count=220
"$python" "$here/fill.py" models "$count" >"$run/models.json"
"$bin/understudy-sim" --port "$sim_port" --script "$run/models.json" >"$run/sim.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$sim_port/health" "${pids[0]}" "the simulated provider"

# serve NAME [LINE]: a gateway with a store of its own; LINE is one more under `server:`.
serve() {
  mkdir -p "$run/$1"
  cp "$here/facts.json" "$here/search.mustache" "$run/$1/"
  sed -e "s|listen: 127.0.0.1:8080|listen: 127.0.0.1:$port|" -e "s|admin: 127.0.0.1:8081|admin: 127.0.0.1:$admin_port|" \
    -e "s|base_url: http://127.0.0.1:9000|base_url: http://127.0.0.1:$sim_port|" -e "s|^server:|server:\n  ${2:-drain: 1s}|" \
    "$here/gateway.yaml" >"$run/$1/understudy.yaml"
  "$bin/understudy" serve --config "$run/$1/understudy.yaml" >"$run/$1.log" 2>&1 &
  pids+=($!)
  wait_for "http://127.0.0.1:$port/health/ready" "${pids[-1]}" "the gateway"
}

mkdir -p "$run/open/spool"
"$python" "$here/fill.py" spool "$run/open/spool"
serve open
"$python" "$here/fill.py" requests "http://127.0.0.1:$port" "$count"
admin=http://127.0.0.1:$admin_port
if [ -n "$shots" ]; then
  timeout 300 "$python" "$here/review.py" "$admin" --shots "$shots"
  exit 0
fi
timeout 900 "$python" "$here/review.py" "$admin" ${ONLY:+--only "$ONLY"}
stop_all "${pids[-1]}"
unset 'pids[-1]'

token=$(openssl rand -hex 16)
serve locked "admin_token: $token"
timeout 120 "$python" "$here/review.py" "$admin" --login "$token"
