"""What is reviewed: a script for the simulated provider, and the requests that become items. Deterministic."""
import json
import sys
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


if __name__ == "__main__":
    if sys.argv[1] == "models":
        json.dump(models(int(sys.argv[2])), sys.stdout)
    else:
        fill(sys.argv[2], int(sys.argv[3]))
