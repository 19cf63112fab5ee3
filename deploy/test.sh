#!/usr/bin/env bash
# Everything that has to pass, in one command: bash deploy/test.sh
#
# Installs what is missing, builds, runs the tests, the acceptance clients (the OpenAI SDK's newest release and 2.x,
# langchain, litellm), the review page in a browser, the sanitizers over what touches C or threads, and the demo. Stops
# at the first failure. On two cores, from an empty clone, it takes about forty minutes. `.ci/run` runs this with CI=true,
# where a warning is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/packages.sh

began=$SECONDS
step() { say "$1   ($(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s)"; }
trap 'status=$?; [ $status -eq 0 ] || printf "\nfailed after %s s\n" $((SECONDS - began)) >&2' EXIT

step "What this needs"
need_swift
need_packages "${build_packages[@]}" curl ca-certificates openssl \
  redis-server `# tests talk to a real one, on a socket of their own` \
  postgresql `# the same` \
  prometheus `# promtool reads the metrics` \
  chromium `# the review page, in a real browser` \
  nginx-light `# speaks HTTP/2 to the gateway in front of the simulated models` \
  python3 python3-venv `# the OpenAI SDK, langchain and litellm; lark; Playwright and axe` \
  git `# the example's backend asks it who wrote what`
need_safe_libevent

step "OpenAI SDK: newest and 2.x, and what applications are built with"
venvs=()
for packages in "openai" "openai<3" "langchain-openai litellm"; do
  venv=.build/venv-$(printf %s "$packages" | tr -c 'a-z0-9\n' -)
  [ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
  read -ra names <<<"$packages"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "${names[@]}"
  "$venv/bin/python" -c 'import openai; print("openai", openai.__version__)'
  venvs+=("$venv/bin/python")
done

step "Build"
swift build --build-tests
bin=$(swift build --show-bin-path)

# A process for each room: the children, signals and limits of one room's tests are not in the way of another's.
# Suites that fail are run once more, alone: a machine that others use may stop everything for seconds, and what fails then
# and never again is named in the summary, for somebody to look into. What fails twice fails here.
total=0 unsteady=()
run_tests() {
  local log=.build/tests.log room=$1 suites count
  shift
  if ! swift test --disable-xctest --filter "^$room\\." "$@" | tee "$log"; then
    printf '\n%s: what failed:\n' "$room"
    grep -E '^✘ |recorded an issue' "$log" || true
    suites=$(sed -n 's/^✘ Suite \([A-Za-z0-9]*\) failed.*/\1/p' "$log" | grep -vx SystemTests | sort -u | paste -sd'|')
    [ -n "$suites" ] || die "$room failed"
    say "$room once more, alone: $suites"
    swift test --disable-xctest --filter "^${room%%\\*}\\.(.*/)?($suites)/" "$@" | tee "$log.again" || die "$room failed twice: $suites"
    grep -qE 'Test run with [1-9][0-9]* test.* passed' "$log.again" || die "$room: no test of $suites ran again"
    unsteady+=("$room: $suites")
    count=$(sed -n 's/.*Test run with \([0-9]*\) tests.* failed.*/\1/p' "$log" | tail -n 1)
  else
    count=$(sed -n 's/.*Test run with \([0-9]*\) tests.* passed.*/\1/p' "$log" | tail -n 1)
  fi
  [ "${count:-0}" -gt 0 ] || die "no test of $room ran"
  total=$((total + count))
}

step "Grammars: what lark says"
venv=.build/venv-lark
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "lark<2"
export UNDERSTUDY_GRAMMAR_CASES=$PWD/.build/grammar-cases.jsonl
"$venv/bin/python" deploy/acceptance/grammars.py "$UNDERSTUDY_GRAMMAR_CASES"

step "Statistics: what scipy and scikit-learn say"
venv=.build/venv-scipy
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "scipy<2" "scikit-learn<2"
export UNDERSTUDY_STATISTICS_CASES=$PWD/.build/statistics-cases.jsonl
"$venv/bin/python" deploy/acceptance/references.py "$UNDERSTUDY_STATISTICS_CASES"

step "Tests"
for room in Tests/*Tests; do run_tests "$(basename "$room")" --skip-build; done

# About a minute of them: grammars, schemas, patterns and answers that nobody wrote, ten seconds of each kind.
step "Fuzz"
UNDERSTUDY_FUZZ_SECONDS=10 run_tests 'JudgmentTests\..*PropertyTests/.*' --skip-build

step "The simulator's questions"
asked=$("$bin/understudy-sim" questions --count 200 --seed 7)
[ "$(sort -u <<<"$asked" | wc -l)" -eq 200 ] || die "not 200 different questions"
[ "$asked" = "$("$bin/understudy-sim" questions --count 200 --seed 7)" ] || die "one seed, two lists of questions"
[ "$asked" != "$("$bin/understudy-sim" questions --count 200 --seed 8)" ] || die "two seeds, the same questions"

step "The example's backend: in plain HTTP, and with the OpenAI SDK"
for python in /usr/bin/python3 "${venvs[@]:0:2}"; do
  "$python" -B -m unittest discover --start-directory deploy/examples/codesearch
done

step "Acceptance: the OpenAI SDK against a gateway"
bash deploy/acceptance/run.sh "$bin" "${venvs[@]}"

step "Review page, in Chromium"
venv=.build/venv-browser
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade playwright axe-playwright-python
bash deploy/acceptance/review/run.sh "$bin" "$PWD/$venv/bin/python"

step "Acceptance: training files, held against the provider's rules"
bash deploy/acceptance/training.sh "$bin" "${venvs[@]:0:2}"

step "The page Models, in Chromium: a turn that outlives its gateway"
"$venv/bin/python" -B deploy/acceptance/models "$bin"

step "Acceptance: the cycle, killed, with another format, with a bad model"
/usr/bin/python3 -B deploy/acceptance/cycle "$bin"

# The rooms that touch C or threads. A build of its own each: sanitized code cannot be mixed with other.
# Foundation's Process, which tests start children with, keeps a few bytes of each; that is not ours to mend.
printf 'leak:libFoundation.so\n' >.build/leaks.supp
export LSAN_OPTIONS="suppressions=$PWD/.build/leaks.supp:print_suppressions=0"
# Harvest is not among them: under the thread sanitizer its stores take a few dozen candidates a second, and its tests of
# kill -9 and of full spools bring thousands.
sanitized=(LoopTests HTTPServerTests HTTPClientTests CacheTests)
step "The address sanitizer"
flags=(--sanitize address --scratch-path .build/address)
swift build --build-tests "${flags[@]}"
for room in "${sanitized[@]}"; do run_tests "$room" --skip-build "${flags[@]}"; done

step "The thread sanitizer"
# It does not see into Synchronization.Mutex: Sources/Loop/Lock.swift.
flags=(--sanitize thread --scratch-path .build/thread -Xswiftc -DTHREAD_SANITIZER)
swift build --build-tests "${flags[@]}"
for room in "${sanitized[@]}"; do run_tests "$room" --skip-build "${flags[@]}"; done

step "Demo"
bash deploy/demo.sh --once

step "All passed"
for suites in "${unsteady[@]}"; do echo "unsteady, passed when run again: $suites"; done
echo "$total passed, 0 failed"
