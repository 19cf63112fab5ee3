"""Resident memory on the way to a million requests, each answered by small, with `cache.memory` of 8MiB.

    memory.py --pid PID
"""
import argparse, time

from yardsticks import GATEWAY, body, drive, upstream

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pid", type=int, required=True)
pid = parser.parse_args().pid
done = 0
with upstream():
    for mark in (100_000, 500_000, 1_000_000):
        began, before = time.monotonic(), done
        while done < mark:
            got = drive(GATEWAY, body("chat.json", "bench"), pid, seconds=90, warm=0, requests=mark - done)
            done += got["sent"]
        rate = (done - before) / (time.monotonic() - began)
        print(f"{done:9,d} requests: {got['rss_mb']:5.1f} MiB resident, {rate:6.0f} requests/s", flush=True)
