"""What the acceptance clients share: a list of named checks, and the addresses that run.sh gives them.

A client is a file of functions marked `@case("what is true")`; `finish()` runs them, prints a line for each that
fails and one at the end, and is the exit status.
"""
import asyncio
import inspect
import json
import os
import sys
import traceback
import urllib.error
import urllib.request

import openai

BASE_URL = os.environ["ACCEPTANCE_BASE_URL"]
KEY = os.environ["ACCEPTANCE_KEY"]
NARROW_KEY = os.environ["ACCEPTANCE_NARROW_KEY"]
SIM_URL = os.environ["ACCEPTANCE_SIM_URL"]

_cases = []


def case(sentence):
    def mark(function):
        _cases.append((sentence, function))
        return function

    return mark


def client(**options):
    return openai.OpenAI(**{"base_url": BASE_URL, "api_key": KEY, "max_retries": 0, "timeout": 10, **options})


def async_client(**options):
    return openai.AsyncOpenAI(**{"base_url": BASE_URL, "api_key": KEY, "max_retries": 0, "timeout": 10, **options})


def ask(text):
    return [{"role": "user", "content": text}]


def equal(found, expected, what="value"):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def raises(kind, call):
    """The error that `call` raises, which must be of exactly that class."""
    try:
        call()
    except openai.OpenAIError as error:
        equal(type(error).__name__, kind.__name__, "class of the error")
        return error
    raise AssertionError(f"{kind.__name__} was expected, but the call succeeded")


def calls(model):
    """The simulated provider's counters of one model."""
    with urllib.request.urlopen(f"{SIM_URL}/sim/calls", timeout=5) as reply:
        models = json.load(reply)["models"]
    return models.get(model, {"calls": 0, "answered": 0, "cancelled": 0, "in_flight": 0})


def post(body, content_type="application/json"):
    """Status and error object of a request that the SDK would not send."""
    headers = {"authorization": f"Bearer {KEY}", "content-type": content_type}
    request = urllib.request.Request(f"{BASE_URL}/chat/completions", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, None
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]


def finish():
    failed = 0
    for sentence, function in _cases:
        try:
            result = function()
            if inspect.isawaitable(result):
                asyncio.run(asyncio.wait_for(result, 60))
        except Exception:
            failed += 1
            print(f"  failed: {sentence}")
            traceback.print_exc(limit=-2, file=sys.stdout)
    name = os.path.basename(sys.argv[0])
    print(f"{name} (openai {openai.__version__}): {len(_cases) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
