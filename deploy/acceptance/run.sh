#!/usr/bin/env bash
# The OpenAI SDK as acceptance client, against a real gateway before a simulated provider.
#   bash deploy/acceptance/run.sh BIN PYTHON...    BIN: the directory of the two executables; each PYTHON has `openai`;
#                                                  one that has `litellm` and `langchain-openai` runs those instead
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/packages.sh

bin=${1:?usage: run.sh BIN PYTHON...}
shift
begin_run

sim_port=$(free_port 9100)
port=$(free_port 8180)
admin_port=$(free_port $((port + 1)))
export ACCEPTANCE_BASE_URL=http://127.0.0.1:$port/v1 ACCEPTANCE_SIM_URL=http://127.0.0.1:$sim_port
ACCEPTANCE_KEY=all-$(openssl rand -hex 16)
ACCEPTANCE_NARROW_KEY=narrow-$(openssl rand -hex 16)
export ACCEPTANCE_KEY ACCEPTANCE_NARROW_KEY
sha256() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

"$bin/understudy-sim" --port "$sim_port" --script deploy/acceptance/models.json >"$run/sim.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$sim_port/health" "${pids[0]}" "the simulated provider"

# Every client finds a gateway that has cached nothing.
for python in "$@"; do
  here=$(mktemp -d -p "$run")
  sed -e "s|listen: 127.0.0.1:8080|listen: 127.0.0.1:$port|" -e "s|admin: 127.0.0.1:8081|admin: 127.0.0.1:$admin_port|" \
    -e "s|base_url: http://127.0.0.1:9000|base_url: http://127.0.0.1:$sim_port|" deploy/acceptance/gateway.yaml >"$here/gateway.yaml"
  printf '{{input}}' >"$here/question.mustache"
  cat >"$here/keys.yaml" <<END
- { name: all, sha256: $(sha256 "$ACCEPTANCE_KEY") }
- { name: narrow, sha256: $(sha256 "$ACCEPTANCE_NARROW_KEY"), routes: [sure] }
END
  "$bin/understudy" serve --config "$here/gateway.yaml" >"$run/gateway.log" 2>&1 &
  pids+=($!)
  wait_for "http://127.0.0.1:$port/health/ready" "${pids[-1]}" "the gateway"
  clients=(chat_sync chat_async legacy streams errors)
  if "$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("litellm") is None)'; then
    clients=(frameworks)
  fi
  for client in "${clients[@]}"; do
    LITELLM_LOCAL_MODEL_COST_MAP=true PYTHONDONTWRITEBYTECODE=1 timeout 120 "$python" "deploy/acceptance/$client.py"
  done
  if command -v promtool >/dev/null; then
    curl -fsS "http://127.0.0.1:$admin_port/metrics" >"$run/metrics.txt"
    found=$(promtool check metrics <"$run/metrics.txt" 2>&1) || { echo "$found"; die "promtool rejects the metrics"; }
    [ -z "$found" ] || { echo "$found"; die "promtool warns"; }
    echo "promtool check metrics: $(grep -c '^understudy_' "$run/metrics.txt") series, no warning"
  fi
  stop_all "${pids[-1]}"
  unset 'pids[-1]'
done
