"""Errors: each is the SDK's own class, with a body of OpenAI's shape."""
import openai

from acceptance import NARROW_KEY, ask, case, client, equal, finish, post, raises

openai_client = client()


def chat(model, **options):
    return lambda: options.pop("by", openai_client).chat.completions.create(model=model, messages=ask("?"), **options)


def shape(error, status, code=None, param=None):
    """The error object has its four members, strings or null; every answer carries a request id."""
    equal(error.status_code, status, "status")
    equal(sorted(error.body), ["code", "message", "param", "type"], "members of the error")
    assert isinstance(error.body["message"], str) and error.body["message"], error.body
    assert isinstance(error.body["type"], str) and error.body["type"], error.body
    for name in ("param", "code"):
        assert error.body[name] is None or isinstance(error.body[name], str), error.body
    if code:
        equal(error.body["code"], code, "code")
    if param:
        equal(error.body["param"], param, "param")
    assert error.response.headers["x-request-id"]


@case("400 BadRequestError: a wrong type, with the parameter's name")
def wrong_type():
    shape(raises(openai.BadRequestError, chat("sure", extra_body={"n": "three"})), 400, param="n")


@case("400 BadRequestError: no messages")
def no_messages():
    call = lambda: openai_client.post("/chat/completions", body={"model": "sure"}, cast_to=object)
    shape(raises(openai.BadRequestError, call), 400, param="messages")


@case("400 BadRequestError: a body that is no JSON")
def malformed():
    for body in (b'{"model": "sure", "messages": [', b"[" * 10_000, b'{"model": "sure", "model": "sure", "messages": []}'):
        status, error = post(body)
        equal(status, 400, f"status for {body[:40]}")
        equal(sorted(error), ["code", "message", "param", "type"], "members of the error")


@case("400 BadRequestError: what the upstream model refuses, in its words")
def upstream_400():
    error = raises(openai.BadRequestError, chat("picky"))
    shape(error, 400)
    assert "does not like that" in error.body["message"], error.body


@case("400 BadRequestError: a system message where no prompt of the route has a place for one")
def uncovered():
    messages = [{"role": "system", "content": "be brief"}, *ask("?")]
    call = lambda: openai_client.chat.completions.create(model="phrased", messages=messages)
    shape(raises(openai.BadRequestError, call), 400, param="messages[0]")
    equal(openai_client.chat.completions.create(model="phrased", messages=ask("?")).choices[0].message.content, "yes, surely")


@case("400 BadRequestError: an input that fits no model's context; large answers what fits its own")
def too_long():
    question = lambda model: openai_client.chat.completions.create(model=model, messages=ask("why? " * 100))
    error = raises(openai.BadRequestError, lambda: question("short"))
    shape(error, 400, code="context_length_exceeded", param="messages")
    equal(question("wordy").choices[0].message.content, "large says so")


@case("401 AuthenticationError: a key that nobody gave out")
def authentication():
    shape(raises(openai.AuthenticationError, chat("sure", by=client(api_key="wrong"))), 401)


@case("403 PermissionDeniedError: a key that may not use this route")
def permission():
    narrow = client(api_key=NARROW_KEY)
    equal(narrow.chat.completions.create(model="sure", messages=ask("may I?")).choices[0].message.content, "yes, surely")
    shape(raises(openai.PermissionDeniedError, chat("private", by=narrow)), 403)


@case("404 NotFoundError: an unknown route")
def not_found():
    shape(raises(openai.NotFoundError, chat("no-such-route")), 404, code="model_not_found")


@case("413: a body that is too large")
def too_large():
    shape(raises(openai.APIStatusError, chat("sure", extra_body={"x": "y" * 100_000})), 413, code="request_too_large")


@case("415: another content type")
def content_type():
    status, error = post(b"model=sure", "application/x-www-form-urlencoded")
    equal(status, 415, "status")
    equal(sorted(error), ["code", "message", "param", "type"], "members of the error")


@case("429 RateLimitError: with the upstream's retry-after")
def rate_limit():
    error = raises(openai.RateLimitError, chat("limited"))
    shape(error, 429)
    equal(error.response.headers["retry-after"], "7")


@case("502 InternalServerError: an upstream that fails")
def upstream_500():
    shape(raises(openai.InternalServerError, chat("broken")), 502)


@case("502 InternalServerError: an upstream that answers nonsense")
def upstream_nonsense():
    shape(raises(openai.InternalServerError, chat("nonsense")), 502)


@case("504 InternalServerError: an upstream that does not answer in time")
def upstream_timeout():
    shape(raises(openai.InternalServerError, chat("never")), 504)


@case("APITimeoutError: a client that does not wait")
def client_timeout():
    raises(openai.APITimeoutError, chat("patient", by=client(timeout=0.3)))


@case("APIConnectionError: nobody listens")
def connection():
    raises(openai.APIConnectionError, chat("sure", by=client(base_url="http://127.0.0.1:9/v1")))


@case("after all that the gateway still answers")
def alive():
    equal(openai_client.chat.completions.create(model="sure", messages=ask("still?")).choices[0].message.content, "yes, surely")


finish()
