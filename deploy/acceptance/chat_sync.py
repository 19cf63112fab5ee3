"""Chat completions through the OpenAI SDK's synchronous client."""
import json
import urllib.request

from acceptance import SIM_URL, ask, calls, case, client, equal, finish

openai_client = client()


@case("the models are the routes")
def models():
    names = {model.id for model in openai_client.models.list()}
    missing = {"sure", "unsure", "tools", "many", "pairs", "private"} - names
    equal(missing, set(), "routes that are not listed")


@case("a sure and well-formed small answer is given, with the small model's name and usage")
def small():
    answer = openai_client.chat.completions.create(model="sure", messages=ask("is it so?"))
    equal(answer.object, "chat.completion")
    equal(answer.model, "sure", "model")
    equal(answer.choices[0].message.role, "assistant")
    equal(answer.choices[0].message.content, "yes, surely")
    equal(answer.choices[0].finish_reason, "stop")
    equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens, "total_tokens")


@case("the headers say who answered and why, and carry the client's request id")
def headers():
    raw = openai_client.chat.completions.with_raw_response.create(
        model="sure", messages=ask("headers?"), extra_headers={"x-request-id": "acceptance-1"}
    )
    equal(raw.headers["x-request-id"], "acceptance-1")
    equal(raw.headers["x-understudy-route"], "sure")
    equal(raw.headers["x-understudy-answered-by"], "small")
    equal(raw.headers["x-understudy-model"], "sure")
    equal(raw.headers["x-understudy-cache"], "miss")
    equal(raw.headers["x-understudy-verdict"], "accept")
    equal(raw.headers["x-understudy-checks"], "pass")
    equal(float(raw.headers["x-understudy-confidence"]), -0.1, "confidence")
    assert float(raw.headers["x-understudy-overhead-ms"]) >= 0
    assert "x-understudy-fallback-reason" not in raw.headers
    equal(raw.parse().choices[0].message.content, "yes, surely")


@case("an unsure small answer is replaced by the large model's, with the reason")
def fallback():
    raw = openai_client.chat.completions.with_raw_response.create(model="unsure", messages=ask("fallback?"))
    equal(raw.headers["x-understudy-answered-by"], "large")
    equal(raw.headers["x-understudy-fallback-reason"], "low_confidence")
    equal(raw.headers["x-understudy-verdict"], "low_confidence")
    answer = raw.parse()
    equal(answer.choices[0].message.content, "large says so")
    equal(answer.model, "teacher", "model")


@case("a small answer that fails a check is replaced, with the check's name")
def failed_check():
    raw = openai_client.chat.completions.with_raw_response.create(model="labels", messages=ask("label?"))
    equal(raw.headers["x-understudy-fallback-reason"], "format.one_of")
    equal(raw.parse().choices[0].message.content, "large says so")


@case("the same question again is answered by the cache, without asking a model")
def cached():
    first = openai_client.chat.completions.create(model="sure", messages=ask("once more"))
    before = calls("sure")["calls"]
    raw = openai_client.chat.completions.with_raw_response.create(model="sure", messages=ask("once more"))
    equal(raw.headers["x-understudy-answered-by"], "cache")
    equal(raw.headers["x-understudy-cache"], "hit")
    equal(raw.parse().id, first.id, "id")
    equal(calls("sure")["calls"], before, "calls of the small model")


@case("cache-control: no-store keeps an answer out of the cache")
def no_store():
    for _ in range(2):
        raw = openai_client.chat.completions.with_raw_response.create(
            model="sure", messages=ask("not kept"), extra_headers={"cache-control": "no-store"}
        )
        equal(raw.headers["x-understudy-answered-by"], "small")
        equal(raw.headers["x-understudy-cache"], "bypass")


@case("log-probabilities are there when asked for, and not otherwise")
def logprobs():
    plain = openai_client.chat.completions.create(model="sure", messages=ask("logprobs?"))
    equal(plain.choices[0].logprobs, None, "logprobs")
    asked = openai_client.chat.completions.create(model="sure", messages=ask("logprobs?"), logprobs=True, top_logprobs=2)
    tokens = asked.choices[0].logprobs.content
    equal("".join(token.token for token in tokens), "yes, surely")
    equal(b"".join(bytes(token.bytes) for token in tokens), b"yes, surely")
    equal({token.logprob for token in tokens}, {-0.1})
    equal({len(token.top_logprobs) for token in tokens}, {2})


@case("n choices come back as n choices")
def choices():
    answer = openai_client.chat.completions.create(model="many", messages=ask("three, please"), n=3)
    equal([choice.message.content for choice in answer.choices], ["first", "second", "third"])
    equal([choice.index for choice in answer.choices], [0, 1, 2])


@case("a tool call comes through, with its arguments")
def tools():
    tool = {
        "type": "function",
        "function": {
            "name": "weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    raw = openai_client.chat.completions.with_raw_response.create(model="tools", messages=ask("weather?"), tools=[tool])
    equal(raw.headers["x-understudy-answered-by"], "small")
    choice = raw.parse().choices[0]
    equal(choice.finish_reason, "tool_calls")
    equal(choice.message.content, None)
    equal(choice.message.tool_calls[0].function.name, "weather")
    equal(choice.message.tool_calls[0].function.arguments, '{"city": "Paris"}')


@case("members that the gateway does not know reach the model, and ours do not")
def unknown_members():
    openai_client.chat.completions.create(
        model="sure", messages=ask("members"), seed=12345678901234567, store=True, metadata={"team": "a"},
        extra_body={"x_unknown": {"deep": [1.50, 1e3]}},
    )
    with urllib.request.urlopen(f"{SIM_URL}/sim/requests", timeout=5) as reply:
        sent = [call for call in json.load(reply)["data"] if '"members"' in call["body"]]
    body = json.loads(sent[-1]["body"])
    equal(body["model"], "sure", "model")
    equal(body["seed"], 12345678901234567, "seed")
    equal(body["x_unknown"], {"deep": [1.5, 1000.0]}, "x_unknown")
    equal({"store", "metadata"} & set(body), set(), "members of ours that were forwarded")


finish()
