"""Streams through the OpenAI SDK: plain iteration and its helpers, synchronous and asynchronous, both dialects."""
import asyncio

import openai

from acceptance import ask, async_client, calls, case, client, equal, finish, raises

openai_client = client()
USAGE = {"include_usage": True}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "strict": True,
        "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def chat(model, text, **options):
    return openai_client.chat.completions.create(model=model, messages=ask(text), stream=True, **options)


def said(chunks, index=0):
    choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == index]
    return "".join(choice.delta.content or "" for choice in choices)


@case("an accepted small answer is a stream: the role first, the finish reason last, no usage unasked")
def small():
    chunks = list(chat("sure", "stream it"))
    equal(chunks[0].choices[0].delta.role, "assistant")
    equal({chunk.object for chunk in chunks}, {"chat.completion.chunk"})
    equal({chunk.model for chunk in chunks}, {"sure"}, "model")
    equal(len({chunk.id for chunk in chunks}), 1, "ids")
    equal(said(chunks), "yes, surely")
    equal([chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1], "stop")
    equal({chunk.usage for chunk in chunks}, {None}, "usage")
    equal({chunk.choices[0].logprobs for chunk in chunks}, {None}, "logprobs")


@case("the usage is the last chunk, without choices, for those who ask, from a model and from the cache")
def usage():
    for text, cache in (("usage one", "miss"), ("usage one", "hit")):
        raw = openai_client.chat.completions.with_raw_response.create(
            model="sure", messages=ask(text), stream=True, stream_options=USAGE
        )
        equal(raw.headers["x-understudy-cache"], cache)
        chunks = list(raw.parse())
        equal(said(chunks), "yes, surely")
        equal(chunks[-1].choices, [])
        assert chunks[-1].usage.total_tokens > 0
        equal({chunk.usage for chunk in chunks[:-1]}, {None}, "usage before the end")


@case("an unsure small answer is cut off, and large's stream says why in its head")
def fallback():
    for model in ("unsure", "watched"):
        raw = openai_client.chat.completions.with_raw_response.create(
            model=model, messages=ask("fallback, streamed"), stream=True, stream_options=USAGE
        )
        equal(raw.headers["x-understudy-answered-by"], "large")
        equal(raw.headers["x-understudy-fallback-reason"], "low_confidence")
        chunks = list(raw.parse())
        equal(said(chunks), "large says so")
        assert chunks[-1].usage.total_tokens > 0


@case("hold passes small's answer through, and hedge large's")
def passed_through():
    equal(said(chat("held", "hold it")), "yes, surely")
    equal(said(chat("hedged", "hedge it")), "large says so")


@case("log-probabilities come with their tokens, for those who ask")
def logprobs():
    for model in ("sure", "private"):
        chunks = list(chat(model, "streamed logprobs", logprobs=True, top_logprobs=2))
        scored = [chunk.choices[0].logprobs for chunk in chunks if chunk.choices[0].logprobs]
        found = [token for logprobs in scored for token in logprobs.content or []]
        equal("".join(token.token for token in found), said(chunks))
        equal({len(token.top_logprobs) for token in found}, {2})


@case("n choices are told apart by their index")
def choices():
    chunks = list(chat("many", "three, streamed", n=3))
    equal([said(chunks, index) for index in range(3)], ["first", "second", "third"])


@case("the helper puts a chat together: its deltas, and the whole")
def helper():
    with openai_client.chat.completions.stream(
        model="private", messages=ask("with the helper"), stream_options=USAGE
    ) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        answer = stream.get_final_completion()
    equal("".join(deltas), "large says so")
    equal(answer.choices[0].message.content, "large says so")
    equal(answer.choices[0].finish_reason, "stop")
    assert answer.usage.total_tokens > 0


@case("the helper puts a tool's call together")
def tool_helper():
    with openai_client.chat.completions.stream(
        model="tools", messages=ask("weather, streamed?"), tools=[WEATHER]
    ) as stream:
        answer = stream.get_final_completion()
    call = answer.choices[0].message.tool_calls[0]
    equal(answer.choices[0].finish_reason, "tool_calls")
    equal((call.function.name, call.function.parsed_arguments), ("weather", {"city": "Paris"}))
    assert call.id


@case("an error in mid-stream is raised, after what came before it")
def breaks():
    chunks = []

    def read():
        for chunk in chat("breaks", "break it"):
            chunks.append(chunk)

    error = raises(openai.APIError, read)
    equal(said(chunks), "large says")
    equal(error.code, "upstream_failed")


@case("an error before the first event is the SDK's class for its status")
def refused():
    raises(openai.InternalServerError, lambda: chat("broken", "streamed"))
    raises(openai.RateLimitError, lambda: chat("limited", "streamed"))
    raises(openai.NotFoundError, lambda: chat("no-such-route", "streamed"))


@case("legacy completions stream, small's and large's, and usage if asked")
def legacy():
    for prompt, text, answered_by in (("easy, streamed ->", " yes", "small"), ("hard, streamed ->", " large", "large")):
        raw = openai_client.completions.with_raw_response.create(
            model="pairs", prompt=prompt, max_tokens=8, stream=True, stream_options=USAGE
        )
        equal(raw.headers["x-understudy-answered-by"], answered_by)
        chunks = list(raw.parse())
        equal({chunk.object for chunk in chunks}, {"text_completion"})
        equal("".join(choice.text for chunk in chunks for choice in chunk.choices), text)
        equal([choice.finish_reason for chunk in chunks for choice in chunk.choices][-1], "stop")
        assert chunks[-1].usage.total_tokens > 0


@case("a legacy client streams from a chat model")
def legacy_from_chat():
    chunks = openai_client.completions.create(model="private", prompt="is it so, streamed?", max_tokens=32, stream=True)
    equal("".join(chunk.choices[0].text for chunk in chunks), "large says so")


@case("a streamed answer serves those who do not stream, and the other way round")
def both_ways():
    equal(said(chat("sure", "first streamed")), "yes, surely")
    raw = openai_client.chat.completions.with_raw_response.create(model="sure", messages=ask("first streamed"))
    equal(raw.headers["x-understudy-cache"], "hit")
    openai_client.chat.completions.create(model="sure", messages=ask("first whole"))
    equal(said(chat("sure", "first whole")), "yes, surely")


@case("asynchronous: forty streams of one question are asked once, and all are whole")
async def same():
    before = calls("teacher")["calls"]

    async def one(client):
        stream = await client.chat.completions.create(model="private", messages=ask("all the same"), stream=True)
        return said([chunk async for chunk in stream])

    async with async_client() as client:
        answers = await asyncio.gather(*(one(client) for _ in range(40)))
    equal(set(answers), {"large says so"})
    equal(calls("teacher")["calls"] - before, 1, "calls of the large model")


@case("asynchronous: the helper, and legacy completions")
async def async_helpers():
    async with async_client() as client:
        async with client.chat.completions.stream(model="unsure", messages=ask("async helper")) as stream:
            answer = await stream.get_final_completion()
        equal(answer.choices[0].message.content, "large says so")
        chunks = await client.completions.create(model="pairs", prompt="hard, async ->", max_tokens=8, stream=True)
        equal("".join([chunk.choices[0].text async for chunk in chunks]), " large")


@case("a client that leaves in mid-stream cancels the call")
async def leaves():
    before = calls("endless")["cancelled"]
    async with async_client() as client:
        stream = await client.chat.completions.create(model="endless", messages=ask("for ever"), stream=True)
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                break
        await stream.close()
        for _ in range(200):
            if calls("endless")["cancelled"] > before:
                break
            await asyncio.sleep(0.01)
    equal(calls("endless")["cancelled"] - before, 1, "cancelled calls")


finish()
