"""Legacy completions through the OpenAI SDK, and clients of one dialect that reach models of the other."""
import openai

from acceptance import ask, case, client, equal, finish, raises

openai_client = client()


@case("a prompt is completed by the small model, leading space included")
def small():
    raw = openai_client.completions.with_raw_response.create(model="pairs", prompt="easy ->", max_tokens=8)
    equal(raw.headers["x-understudy-answered-by"], "small")
    answer = raw.parse()
    equal(answer.object, "text_completion")
    equal(answer.model, "pairs", "model")
    equal(answer.choices[0].text, " yes")
    equal(answer.choices[0].finish_reason, "stop")
    equal(answer.choices[0].logprobs, None, "logprobs")


@case("an unsure completion is replaced by the large model's")
def fallback():
    raw = openai_client.completions.with_raw_response.create(model="pairs", prompt="hard ->", max_tokens=8)
    equal(raw.headers["x-understudy-fallback-reason"], "low_confidence")
    equal(raw.parse().choices[0].text, " large")


@case("log-probabilities are the legacy arrays")
def logprobs():
    answer = openai_client.completions.create(model="pairs", prompt="logprobs ->", max_tokens=8, logprobs=2)
    arrays = answer.choices[0].logprobs
    equal("".join(arrays.tokens), " yes")
    equal(arrays.token_logprobs, [-0.3] * len(arrays.tokens))
    equal(len(arrays.text_offset), len(arrays.tokens))
    assert all(2 <= len(top) <= 3 for top in arrays.top_logprobs), arrays.top_logprobs


@case("echo gives the prompt back in front of the answer")
def echo():
    answer = openai_client.completions.create(model="pairs", prompt="echo ->", max_tokens=8, echo=True)
    equal(answer.choices[0].text, "echo -> yes")


@case("n and stop keep their meaning")
def choices():
    answer = openai_client.completions.create(model="pairs", prompt="two ->", max_tokens=8, n=2, stop=["s"])
    equal([choice.text for choice in answer.choices], [" ye", " ye"])


@case("a legacy client reaches a chat model")
def to_chat():
    answer = openai_client.completions.create(model="sure", prompt="is it so?", max_tokens=32)
    equal(answer.object, "text_completion")
    equal(answer.choices[0].text, "yes, surely")


@case("a chat client without a prompt template cannot reach a completions model, and is told so")
def to_completions():
    error = raises(
        openai.BadRequestError, lambda: openai_client.chat.completions.create(model="pairs", messages=ask("easy ->"))
    )
    assert "template" in str(error), error


finish()
