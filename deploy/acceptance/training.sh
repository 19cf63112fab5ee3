#!/usr/bin/env bash
# Training files from end to end, without a gateway: examples are imported, exported in both dialects, held against the
# provider's rules, uploaded, and forgotten again. Before that the SDK drives the simulator's files, jobs and batches.
#   bash deploy/acceptance/training.sh BIN PYTHON...    BIN: the directory of the executables; each PYTHON has `openai`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. deploy/packages.sh

bin=${1:?usage: training.sh BIN PYTHON...}
python=${2:?usage: training.sh BIN PYTHON...}
shift
run=$(mktemp -d)
pids=()
finish() {
  [ ${#pids[@]} -eq 0 ] || stop_all "${pids[@]}"
  rm -rf "$run"
}
trap finish EXIT
cp config/code-search/* "$run"
cat >"$run/sim.json" <<'END'
{"training": {"model": {"shutdown_date": "2027-01-06"},
              "faults": [{"job": "slow", "epoch_ms": 60000, "contains": "\"slow\""}]}}
END
sim_port=$(free_port 9100)
"$bin/understudy-sim" --port "$sim_port" --script "$run/sim.json" >"$run/sim.log" 2>&1 &
pids+=($!)
wait_for "http://127.0.0.1:$sim_port/health" "${pids[0]}" "the simulated provider"
for each in "$@"; do timeout 120 "$each" deploy/acceptance/fine_tuning.py "http://127.0.0.1:$sim_port/v1"; done

understudy() { "$bin/understudy" candidates "$@" --config "$run/understudy.yaml"; }

"$python" deploy/acceptance/training_file.py --self-test
"$python" - "$run" <<'END'
import csv, itertools, json, sys
kinds, places = ["function", "method", "class", "struct", "enum"], ["Cache", "Loop", "JSON", "Gateway", "Harvest"]
sorts = [("longest", "sort:-lines"), ("slowest", "sort:-duration"), ("newest", "sort:changed")]
pairs = [(f"the {word} {kind}s in {place}", f"kind:{kind} path:Sources/{place}/* {sort}")
         for kind, place, (word, sort) in itertools.product(kinds, places, sorts)]
half = len(pairs) // 2
with open(f"{sys.argv[1]}/chat.jsonl", "w") as file:
    for asked, said in pairs[:half]:
        messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        file.write(json.dumps({"messages": messages}) + "\n")
with open(f"{sys.argv[1]}/table.csv", "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["input", "output"])
    rows.writerows(pairs[half:])
with open(f"{sys.argv[1]}/wrong.csv", "w", newline="") as file:
    csv.writer(file).writerows([["input", "output"], ["one", "kind:function"], ["two", "not the language"]])
END
understudy import --route code-search "$run/chat.jsonl"
understudy import --route code-search "$run/table.csv"
! understudy import --route code-search "$run/wrong.csv" || die "an answer that fails the checks was imported"
said=$(understudy import --route code-search "$run/table.csv" 2>&1)
[[ $said == 0\ candidates* ]] || die "a file was imported twice: $said"

for dialect in chat completions; do
  understudy export --route code-search --format "openai-$dialect" -o "$run/$dialect.out.jsonl" --validation 30%
  "$python" deploy/acceptance/training_file.py "$dialect" "$run/$dialect".out*.jsonl
  [ "$(stat -c %a "$run/$dialect.out.jsonl")" = 600 ] || die "a training file that others can read"
done
timeout 60 "$python" deploy/acceptance/training_upload.py "http://127.0.0.1:$sim_port/v1" "$run"/*.out*.jsonl

# A file that was exported is imported as what it was made of: there is nothing new in it.
before=$(understudy list --json --limit 1000 | wc -l)
for dialect in chat completions; do
  said=$(understudy import --route code-search "$run/$dialect.out.jsonl" 2>&1)
  [[ $said == *"0 candidates imported, "* ]] || die "what was exported was imported as something new: $said"
done

id=$(understudy list --json --limit 1 | "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["request_id"])')
said=$(understudy delete --request-id "$id" 2>&1)
[[ $said == *"1 candidates deleted"*"2 lines taken out"* ]] || die "not everything of a request was deleted: $said"
! understudy delete --request-id "$id" || die "what was forgotten was found again"
echo "$before imported, exported in two dialects, and one forgotten"
