"""What is reviewed: a script for the simulated provider, and the requests that become items. Deterministic.

    fill.py models COUNT           the script
    fill.py requests URL COUNT     asks the gateway
    fill.py spool DIR              what does not come by a request: a segment for a gateway's spool, before it starts
"""
import json
import os
import struct
import sys
import time
import urllib.request

KINDS = ["function", "method", "class", "file", "protocol"]
QUESTIONS = [
    ("find me my slowest recursive functions that nobody has touched since March", "kind:function recursive:true changed:<2026-03 sort:duration", "kind:function recursive:true changed:<2026-03-01 sort:duration order:desc"),
    ("the 3 longest methods in Sources/Loop", "kind:method in:Sources/Loop sort:lines", "kind:method in:Sources/Loop sort:lines limit:3"),
]
HOSTILE = [
    ("script", "<script>window.owned = 1</script><img src=x onerror=\"window.owned = 2\">", "</pre><svg onload=window.owned=3>"),
    ("bidi", "user\u202e\u2066 // gnp.exe\u2069\u2066 admin", "\u200bhidden\u200b \u0007bell\u001b[31mred"),
    ("long", "x" * 64, "y" * (1 << 20)),
    ("replaced", "caf\ufffd and \u00a0 \u2028 end", "caf\u00e9"),
]


def search(number):
    if number < len(QUESTIONS):
        return QUESTIONS[number]
    kind = KINDS[number % len(KINDS)]
    module = f"Sources/Module{number}"
    return (
        f"{kind}s in {module} longer than {number} lines",
        f"kind:{kind} in:{module} lines:{number}",
        f"kind:{kind} in:{module} lines:>{number}",
    )


def models(count):
    def table(rows):
        return [{"equals": ask, "text": text} for ask, text in rows]

    rows = [search(number) for number in range(count)]
    unsure = {"fixed": -0.2, "rules": [{"text": ":", "logprob": -1.9}]}
    facts_small = [(f"facts about file {n}", "{\"language\": \"swift\", \"lines\": \"%d\"}" % n) for n in range(10)]
    facts_large = [(f"facts about file {n}", json.dumps({"lines": n, "language": "swift", "tags": ["a", "b"]})) for n in range(10)]
    labels = [(f"ticket {n}: it crashes when I press the button", "bug") for n in range(10)]
    return {
        "seed": 5,
        "models": {
            "search-small": {"answers": [{"contains": ask, "text": small} for ask, small, _ in rows], "logprobs": unsure, "leading_space": True},
            "search-large": {"answers": table([(ask, large) for ask, _, large in rows])},
            "facts-small": {"answers": table(facts_small), "logprobs": {"fixed": -0.1}},
            "facts-large": {"answers": table(facts_large)},
            "labels-small": {"answers": table(labels) + [{"text": "feature"}], "logprobs": {"fixed": -2}},
            "labels-large": {"answers": [{"text": "question"}]},
            "hostile-small": {"answers": table([(f"hostile {name}", small) for name, small, _ in HOSTILE]), "logprobs": {"fixed": -2}},
            "hostile-large": {"answers": table([(f"hostile {name}", large) for name, _, large in HOSTILE])},
        },
    }


def ask(base, route, text, extra=()):
    messages = [*extra, {"role": "user", "content": text}]
    body = json.dumps({"model": route, "messages": messages}).encode()
    request = urllib.request.Request(f"{base}/v1/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()
        return response.headers["x-understudy-answered-by"]


def fill(base, count):
    for number in range(count):
        assert ask(base, "search", search(number)[0]) == "large"
    for number in range(10):
        ask(base, "facts", f"facts about file {number}", [{"role": "system", "content": "Answer in JSON."}])
        ask(base, "labels", f"ticket {number}: it crashes when I press the button")
    for name, _, _ in HOSTILE:
        ask(base, "hostile", f"hostile {name}")
    for number in range(4):
        ask(base, "alone", search(number)[0])


def crc32c(data):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def record(number, route, ask, small, large, **more):
    """A record of a spool's segment (Sources/Harvest/SpoolRecord.swift). Answers are bytes of JSON strings."""
    milliseconds = int(time.time() * 1000)
    id = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    id[6], id[8] = 0x70 | id[6] & 0x0F, 0x80 | id[8] & 0x3F
    digits = id.hex()
    choices = b'[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}]'
    answer = b'{"model":"%s","choices":%s,"usage":null,"cost":null,"ms":12,"cut":false,"cut_at":null}'
    members = {
        "id": "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]]),
        "request_id": f"spooled-{number}", "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "route": route, "environment": "review", "contract": "c", "version": "v1", "source": "fallback",
        "reason": "low_confidence", "detail": None,
        "request": {"model": route, "messages": [{"role": "user", "content": ask}]},
        "prompt": {"small": None, "large": None}, "score": -2, "threshold": -1.2, "cache_key": None, "status": "new",
        "completion": None, "metadata": None, **more,
    }
    payload = json.dumps(members).encode()[:-1] + b',"small":%s,"large":%s}' % (
        answer % (b"small", choices % small), answer % (b"large", choices % large))
    covered = struct.pack("<I", 1) + bytes(id) + payload
    return b"UREC" + struct.pack("<II", len(payload), crc32c(covered)) + covered


def spool(folder):
    records = [record(0, "hostile", "hostile invalid", b"caf\xff\xfe\xe2\x82 <b>", b"caf\xc3\xa9 \xed\xa0\x80")]
    for number in range(8):
        records.append(record(
            1 + number, "held", f"what is {number * 7919} called in Sources/Module{number}",
            b"kind:small", b"kind:large", source="audit", reason="accept",
            audit={"draw": "random", "probability": 1, "result": "contradict", "similarity": 0, "note": None},
        ))
    with open(f"{folder}/0000000000000001.seg", "xb") as file:
        file.write(b"".join(records))


if __name__ == "__main__":
    if sys.argv[1] == "models":
        json.dump(models(int(sys.argv[2])), sys.stdout)
    elif sys.argv[1] == "spool":
        spool(sys.argv[2])
    else:
        fill(sys.argv[2], int(sys.argv[3]))
