"""What a fallback costs: the small model needs 200 ms for 20 tokens, the large one 900 ms, and small's answer turns bad
at token k. The extra time is what a client waits beyond the large model asked directly.

    fallback.py script       the models, as a script for understudy-sim
    fallback.py measure      asks the gateway and prints the table

Two defects: a token that small is not sure of, and one with which the answer cannot become JSON any more. Two routes of
config/bench.yaml for each: with `early_abort`, and without, where small's whole answer is awaited.
"""
import concurrent.futures, http.client, itertools, json, statistics, sys, time

TOKENS = (1, 4, 5, 10, 20)
SMALL_MS, LARGE_MS, LENGTH = 200, 900, 20
WORDS = " ".join("abcdefghijklmnopqrst")
# A string is a quote, 18 letters, a quote: 20 tokens too.
STRING = f'"{" ".join("abcdefghijklmnopqr")}"'
AT_ONCE, REQUESTS = 8, 32
numbers = itertools.count(time.time_ns() // 1_000_000 % 10_000_000_000)


def script():
    unsure = [
        {"contains": f"unsure at {k}.", "text": WORDS,
         "logprobs": {"fixed": -0.1, "at": [{"token": k, "logprob": -7}]}} for k in TOKENS
    ]
    broken = [
        {"contains": f"broken at {k}.", "text": STRING, "defect": {"token": k, "text": "\u0001"}} for k in TOKENS
    ]
    small = {"per_token_ms": SMALL_MS / LENGTH, "answers": [*unsure, *broken, {"text": WORDS}]}
    large = {"latency_ms": LARGE_MS, "answers": [{"text": '"large says so"'}]}
    return {"models": {"sim-small": small, "sim-large": large}}


def ask(port, model, text):
    """Milliseconds until the whole answer is here, and who gave it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    # Every question is new, or the cache would answer.
    message = {"role": "user", "content": f"{text}. {next(numbers)}"}
    request = json.dumps({"model": model, "messages": [message], "max_tokens": 64, "logprobs": True})
    began = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", request, {"content-type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{model}: {answer.status} {content[:300]}")
    return took, answer.getheader("x-understudy-fallback-reason")


def median(port, model, text, reason=None):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: ask(port, model, text), range(REQUESTS)))
    others = {found for _, found in answers} - {reason}
    if others:
        raise SystemExit(f"{model}, {text}: expected {reason}, found {others}")
    return statistics.median(took for took, _ in answers)


def measure():
    small, large = median(19001, "sim-small", "fine"), median(19001, "sim-large", "fine")
    print(f"asked directly, median of {REQUESTS}: small {small:.1f} ms, large {large:.1f} ms")
    print("extra ms beyond large alone, and in % of small's whole answer; budget with early_abort: 25 % up to k = 4")
    print("| defect at token | not sure enough | without early_abort | not JSON | without early_abort |")
    print("| --- | --- | --- | --- | --- |")
    kinds = [("unsure", "low_confidence"), ("broken", "format.json")]
    for k in TOKENS:
        cells = []
        for kind, reason in kinds:
            for route in (f"{kind}-watched", f"{kind}-whole"):
                extra = median(18080, route, f"{kind} at {k}", reason) - large
                cells.append(f"{extra:.0f} ms, {100 * extra / SMALL_MS:.0f} %")
        print(f"| {k} | {' | '.join(cells)} |", flush=True)


{"script": lambda: print(json.dumps(script())), "measure": measure}[sys.argv[1]]()
