"""What the gateway adds to one request after the other on one connection, the model answering at once.

    latency.py          p50 and p99 of the gateway minus those of the mock model asked directly, rounds in turn
"""
from yardsticks import GATEWAY, UPSTREAM, body, drive, median, upstream

ROUNDS = 5
found = {UPSTREAM: [], GATEWAY: []}
with upstream():
    for _ in range(ROUNDS):
        for url, rows in found.items():
            rows.append(drive(url, body("chat.json", "bench"), connections=1, seconds=5))
    print(f"{'us':8} {'direct':>8} {'gateway':>8} {'added':>8}   added in each round")
    for name in ("p50", "p90", "p99"):
        direct, gateway = (median(rows, "lat_ms", name) * 1000 for rows in found.values())
        added = [(b["lat_ms"][name] - a["lat_ms"][name]) * 1000 for a, b in zip(found[UPSTREAM], found[GATEWAY])]
        print(f"{name:8} {direct:8.1f} {gateway:8.1f} {gateway - direct:8.1f}   {' '.join(f'{a:.0f}' for a in added)}")
