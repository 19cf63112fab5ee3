"""Puts the answer of the Redis hit's floor into Redis: the C program answers 502 to a request that it has not seen.

    prime.py        in a directory that has conf/answer.json
"""
import urllib.request

from yardsticks import FLOOR, body, build, running

with running(18200, build("evhello"), "18200", "redis", "16379"), open(body("chat.json", "bench"), "rb") as file:
    request = file.read()
    for header in ({"X-Prime": "1"}, {}):
        urllib.request.urlopen(urllib.request.Request(FLOOR, request, header), timeout=5).close()
