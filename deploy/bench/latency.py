"""What is added to one request after the other on one connection, the model answering at once: by the gateway, and by
the C program with the same libraries.

    latency.py          p50, p90 and p99 in us minus those of the mock model asked directly, rounds in turn
"""
from yardsticks import FLOOR, GATEWAY, UPSTREAM, body, build, drive, median, running, upstream

ROUNDS = 5
found = {"direct": (UPSTREAM, []), "floor": (FLOOR, []), "gateway": (GATEWAY, [])}
with upstream(), running(18200, build("evcurl"), "18200", "http://127.0.0.1:19000"):
    for _ in range(ROUNDS):
        for url, rows in found.values():
            rows.append(drive(url, body("chat.json", "bench"), connections=1, seconds=4)["lat_ms"])
print(f"{'us':8} {'direct':>8} {'+ floor':>8} {'+ gateway':>9}   the gateway's in each round")
direct, floor, gateway = (rows for _, rows in found.values())
for name in ("p50", "p90", "p99"):
    least = median(direct, name)
    added = [f"{(b[name] - a[name]) * 1000:.0f}" for a, b in zip(direct, gateway)]
    print(
        f"{name:8} {least * 1000:8.1f} {(median(floor, name) - least) * 1000:8.1f}"
        f" {(median(gateway, name) - least) * 1000:9.1f}   {' '.join(added)}"
    )
