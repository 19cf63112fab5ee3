"""Chat completions through the OpenAI SDK's asynchronous client: many at once, and clients that leave."""
import asyncio

from acceptance import ask, async_client, calls, case, equal, finish


@case("forty different questions at once get forty answers")
async def many():
    async with async_client() as client:
        answers = await asyncio.gather(
            *(client.chat.completions.create(model="sure", messages=ask(f"question {n}")) for n in range(40))
        )
    equal({answer.choices[0].message.content for answer in answers}, {"yes, surely"})
    equal(len({answer.id for answer in answers}), 40, "different ids")


@case("forty times the same question at once is asked once")
async def same():
    before = calls("unsure")["calls"]
    async with async_client() as client:
        answers = await asyncio.gather(
            *(client.chat.completions.create(model="unsure", messages=ask("all the same")) for _ in range(40))
        )
    equal({answer.choices[0].message.content for answer in answers}, {"large says so"})
    equal(calls("unsure")["calls"] - before, 1, "calls of the small model")


@case("a client that leaves cancels the call that was made for it")
async def leaves():
    before = calls("never")
    async with async_client() as client:
        task = asyncio.create_task(client.chat.completions.create(model="patient", messages=ask("I will not wait")))
        for _ in range(500):
            if calls("never")["calls"] > before["calls"]:
                break
            await asyncio.sleep(0.01)
        equal(calls("never")["calls"] - before["calls"], 1, "calls of the model")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for _ in range(200):
            if calls("never")["cancelled"] > before["cancelled"]:
                break
            await asyncio.sleep(0.01)
    equal(calls("never")["cancelled"] - before["cancelled"], 1, "cancelled calls")


@case("the asynchronous client reads headers too")
async def headers():
    async with async_client() as client:
        raw = await client.chat.completions.with_raw_response.create(model="unsure", messages=ask("async headers"))
        equal(raw.headers["x-understudy-answered-by"], "large")
        equal(raw.parse().choices[0].message.content, "large says so")


finish()
