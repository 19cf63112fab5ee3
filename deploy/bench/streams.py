"""Streams that pass through: beside the C floor that relays them, and beside nginx, in one run.

    streams.py cpu --pid PID [--nginx PROGRAM]      CPU a stream of 20 tokens without pauses, 64 connections
    streams.py time --pid PID [--nginx PROGRAM]     added time to the first token, and pauses of 512 streams at once

Routes of config/bench.yaml: `hold` gives small's stream from its first token on and judges it on the way; `large` has
no small model and passes large's stream on. The gateway does for both what it always does: log, metrics, cache, harvest.
"""
import argparse, contextlib, json, subprocess

from yardsticks import FLOOR, GATEWAY, HERE, NGINX, UPSTREAM, body, build, cpu_seconds, drive, median, next_seed
from yardsticks import nginx, running, upstream

ROUNDS = 3


def targets(arguments, others, nginx_pid):
    rows = dict(others)
    if nginx_pid:
        rows["nginx"] = (NGINX, "hold", nginx_pid)
    return {**rows, "gateway, hold: 1": (GATEWAY, "hold", arguments.pid), "gateway, large": (GATEWAY, "large", arguments.pid)}


def cpu(arguments):
    with contextlib.ExitStack() as stack:
        stack.enter_context(upstream())
        floor = stack.enter_context(running(18200, build("evcurl"), "18200", "http://127.0.0.1:19000"))
        web = stack.enter_context(nginx(arguments.nginx))
        rows = targets(arguments, {"floor": (FLOOR, "hold", floor)}, web)
        found = {name: [] for name in rows}
        for _ in range(ROUNDS):
            for name, (url, route, pid) in rows.items():
                found[name].append(drive(url, body("chat_stream.json", route), pid))
        least = median(found["floor"], "cpu_us_per_req")
        print(f"{'':18} {'us CPU/stream':>14} {'x floor':>8} {'streams/s':>10}")
        for name, got in found.items():
            used = median(got, "cpu_us_per_req")
            print(f"{name:18} {used:14.1f} {used / least:8.2f} {median(got, 'rps'):10.0f}")


def time(arguments):
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(nginx(arguments.nginx))
        rows = targets(arguments, {"direct": (UPSTREAM, "hold", None)}, web)
        if not arguments.held:
            with upstream(first_us=20_000, gap_us=5_000):
                first_token(rows)
        with upstream(first_us=20_000, gap_us=20_000, tokens=250):
            held(rows)


def first_token(rows):
    found = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, (url, route, _) in rows.items():
            found[name].append(drive(url, body("chat_stream.json", route), rate=100, seconds=8))
    print("100 streams/s, open loop: ms to the first token; added is beside the model asked directly")
    print(f"{'':18} {'p50':>8} {'p99':>8} {'added p50':>10} {'added p99':>10}")
    p50, p99 = (median(found["direct"], "ttfb_ms", name) for name in ("p50", "p99"))
    for name, got in found.items():
        mid, high = median(got, "ttfb_ms", "p50"), median(got, "ttfb_ms", "p99")
        print(f"{name:18} {mid:8.3f} {high:8.3f} {mid - p50:10.3f} {high - p99:10.3f}")


def held(rows):
    found = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, (url, route, pid) in rows.items():
            found[name].append(hold(name, url, route, pid))
    print("512 streams at once, a token every 20 ms, 250 tokens: ms between two arrivals of one stream; medians of rounds")
    print(f"{'':18} {'p50':>8} {'p99':>8} {'p99.9':>8} {'longest':>8} {'us CPU/stream':>14}   longest in each round @ ms after the start")
    for name, got in found.items():
        gaps = " ".join(f"{median(got, key):8.2f}" for key in ("p50", "p99", "p999", "max", "cpu"))
        each = " ".join("{max:.0f}@{at:.0f}".format(**row) for row in got)
        print(f"{name:18} {gaps}         {each}")


def hold(name, url, route, pid):
    before = cpu_seconds(pid) if pid else 0
    port, path = url.removeprefix("http://127.0.0.1:").split("/", 1)
    command = [build("held", HERE), port, f"/{path}", body("chat_stream.json", route), "512", "20000", str(next_seed())]
    got = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if got["ended"] != 512:
        raise SystemExit(f"{name}: {got['ended']} of 512 streams came to their end: no figures")
    return {**got, "cpu": (cpu_seconds(pid) - before) * 1e6 / 512 if pid else 0}


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=["cpu", "time"])
parser.add_argument("--pid", type=int, required=True)
parser.add_argument("--nginx", default="")
parser.add_argument("--held", action="store_true", help="of `time`, the 512 streams only")
given = parser.parse_args()
{"cpu": cpu, "time": time}[given.what](given)
