"""What applications are built with, as clients: langchain-openai and litellm, whole and streamed, both dialects."""
import litellm
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI

from acceptance import BASE_URL, KEY, ask, case, equal, finish

litellm.suppress_debug_info = True
ACCESS = {"base_url": BASE_URL, "api_key": KEY, "max_retries": 0, "timeout": 10}
LITE = {"api_base": BASE_URL, "api_key": KEY, "num_retries": 0, "timeout": 10}


@tool
def weather(city: str) -> str:
    """What the weather is like."""
    return city


@case("langchain: a chat, whole and streamed, small's and large's")
def langchain_chat():
    for model, text in (("sure", "yes, surely"), ("unsure", "large says so"), ("watched", "large says so")):
        chat = ChatOpenAI(model=model, **ACCESS)
        equal(chat.invoke("langchain, whole").content, text)
        chunks = list(chat.stream("langchain, streamed"))
        equal("".join(chunk.content for chunk in chunks), text)
        equal(chunks[-1].response_metadata.get("finish_reason") or chunks[-2].response_metadata["finish_reason"], "stop")


@case("langchain: the usage of a stream")
def langchain_usage():
    whole = None
    for chunk in ChatOpenAI(model="private", stream_usage=True, **ACCESS).stream("langchain, counted"):
        whole = chunk if whole is None else whole + chunk
    equal(whole.content, "large says so")
    assert whole.usage_metadata["total_tokens"] > 0


@case("langchain: a tool's call in a stream")
def langchain_tools():
    whole = None
    for chunk in ChatOpenAI(model="tools", **ACCESS).bind_tools([weather]).stream([HumanMessage("langchain, weather?")]):
        whole = chunk if whole is None else whole + chunk
    equal([(call["name"], call["args"]) for call in whole.tool_calls], [("weather", {"city": "Paris"})])


@case("langchain: asynchronous streams")
async def langchain_async():
    chat = ChatOpenAI(model="unsure", **ACCESS)
    equal("".join([chunk.content async for chunk in chat.astream("langchain, async")]), "large says so")


@case("langchain: legacy completions, whole and streamed")
def langchain_legacy():
    legacy = OpenAI(model="pairs", max_tokens=8, **ACCESS)
    equal(legacy.invoke("langchain, easy ->"), " yes")
    equal("".join(legacy.stream("langchain, hard ->")), " large")


@case("litellm: a chat, whole and streamed, with its usage")
def litellm_chat():
    for model, text in (("sure", "yes, surely"), ("unsure", "large says so"), ("watched", "large says so")):
        whole = litellm.completion(model=f"openai/{model}", messages=ask("litellm, whole"), **LITE)
        equal(whole.choices[0].message.content, text)
        chunks = list(
            litellm.completion(
                model=f"openai/{model}", messages=ask("litellm, streamed"), stream=True,
                stream_options={"include_usage": True}, **LITE,
            )
        )
        equal("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), text)
        rebuilt = litellm.stream_chunk_builder(chunks, messages=ask("litellm, streamed"))
        equal(rebuilt.choices[0].message.content, text)
        assert rebuilt.usage.total_tokens > 0


@case("litellm: asynchronous streams")
async def litellm_async():
    stream = await litellm.acompletion(model="openai/private", messages=ask("litellm, async"), stream=True, **LITE)
    equal("".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]), "large says so")


@case("litellm: legacy completions, whole and streamed")
def litellm_legacy():
    model = "text-completion-openai/pairs"
    whole = litellm.text_completion(model=model, prompt="litellm, easy ->", max_tokens=8, **LITE)
    equal(whole.choices[0].text, " yes")
    chunks = litellm.text_completion(model=model, prompt="litellm, hard ->", max_tokens=8, stream=True, **LITE)
    equal("".join(chunk.choices[0].text or "" for chunk in chunks if chunk.choices), " large")


@case("litellm: an error in mid-stream is raised, and so is one before the first event")
def litellm_errors():
    for model, heard in (("breaks", "large says"), ("broken", "")):
        text = ""
        try:
            for chunk in litellm.completion(model=f"openai/{model}", messages=ask("litellm, break"), stream=True, **LITE):
                text += chunk.choices[0].delta.content or ""
        except Exception as error:
            assert "broke" in str(error) or "fail" in str(error).lower(), error
        else:
            raise AssertionError("an error was expected")
        equal(text, heard)


finish()
