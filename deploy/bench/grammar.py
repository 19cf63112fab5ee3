"""CPU a request that the small model answers with a line of the example's language: without the grammar, with it, and of
the C floor, in turns; and the time that judging took, by the gateway's own metric, with and without.

    grammar.py --pid PID
"""
import argparse, urllib.request

from yardsticks import FLOOR, GATEWAY, body, build, drive, median, running, upstream

ROUNDS = 5
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pid", type=int, required=True)
pid = parser.parse_args().pid


def metrics(*starts):
    """The values of the samples whose lines begin so."""
    with urllib.request.urlopen("http://127.0.0.1:18081/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return [sum(float(line.split()[-1]) for line in lines if line.startswith(start)) for start in starts]


def judged():
    seconds, count = metrics(
        'understudy_phase_seconds_sum{phase="judge"}', 'understudy_phase_seconds_count{phase="judge"}'
    )
    return seconds * 1e6, count


rows = {"floor": [], "plain": [], "grammar": []}
took = {"plain": [0.0, 0.0], "grammar": [0.0, 0.0]}
with upstream(), running(18200, build("evcurl"), "18200", "http://127.0.0.1:19000") as floor:
    for _ in range(ROUNDS):
        rows["floor"].append(drive(FLOOR, body("chat.json", "bench"), floor, seconds=5))
        for name, route in (("plain", "bench"), ("grammar", "grammar")):
            before = judged()
            rows[name].append(drive(GATEWAY, body("chat.json", route), pid, seconds=5))
            for index, value in enumerate(judged()):
                took[name][index] += value - before[index]
fallbacks = metrics('understudy_verdicts_total{route="grammar",reason="format.')[0]
if fallbacks:
    raise SystemExit(f"{fallbacks:.0f} answers failed the grammar: no figures")
cpu = {name: median(found, "cpu_us_per_req") for name, found in rows.items()}
judge = {name: us / count for name, (us, count) in took.items()}
for name in ("plain", "grammar"):
    print(f"{name:8} {cpu[name]:6.1f} us CPU a request, ratio {cpu[name] / cpu['floor']:.2f}; judging {judge[name]:.2f} us")
share = (judge["grammar"] - judge["plain"]) / cpu["grammar"]
print(f"the grammar: {judge['grammar'] - judge['plain']:.2f} us for an answer of 52 characters, {share:.1%} of the time")
