# Sourced by demo.sh --cycle: from an empty store and a route without a small model to one in service, twice.
#
# Each turn makes examples with the simulated large model, trains the simulated small one on them for real, measures it on
# inputs that it has not seen, and puts it into service where it meets the bar. Then the same 200 questions are asked as
# before: the share that large has to answer falls.

turn() { # NUMBER EXAMPLES
  say "Turn $1: understudy cycle code-search --count $2"
  "$bin/understudy" cycle code-search --config "$run/cycle.yaml" --count "$2" --at-once 64 --budget 500 --yes --json \
    >"$run/turn$1.json" 2>"$run/turn$1.log" || { tail -n 5 "$run/turn$1.log"; die "turn $1 put nothing into service"; }
  grep -vE '^  ([0-9]+ of|asked a)' "$run/turn$1.log" | tail -n 40
  sleep 2 # a gateway looks twice a second
}

ask_again() { # the share that large answers, in permille, is in `share`
  /usr/bin/python3 -B deploy/demo/fallback_share.py "http://127.0.0.1:$port/v1" "$run/questions.jsonl" | tee "$run/share"
  share=$(sed -n 's/^fallback \([0-9]*\)\.\([0-9]\)%.*/\1\2/p' "$run/share")
}

"$bin/understudy-sim" questions --count 200 --seed 99 --json >"$run/questions.jsonl"
say "Before: there is no small model"
ask_again
shares=("$share")
turn 1 4000
ask_again
shares+=("$share")
turn 2 5000
ask_again
shares+=("$share")

say "What came of it"
/usr/bin/python3 -B - "$run" <<'PYTHON'
import json
import sys

turns = []
for number in (1, 2):
    with open(f"{sys.argv[1]}/turn{number}.json", encoding="utf-8") as file:
        turns.append(json.load(file))
names = ["model", "examples", "similarity", "similarity_low", "accepted", "accepted_low", "served", "fallback"]
names += ["price_ratio", "latency_ratio", "evaluated_on", "cost", "promoted"]
for name in names:
    values = [turn[name] for turn in turns]
    cells = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in values]
    print(f"{name:16}{cells[0]:48}{cells[1]}")
PYTHON
echo "fallback, of the same 200 questions, in thousandths: ${shares[*]}"
[ "${shares[0]}" -gt "${shares[1]}" ] && [ "${shares[1]}" -gt "${shares[2]}" ] || die "the share of fallbacks did not fall each time"
