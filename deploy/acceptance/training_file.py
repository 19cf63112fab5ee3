"""Holds training files against the provider's rules, on its own: nothing here is shared with what wrote them.

    python training_file.py chat|completions FILE...        exit 1 with a line for each mistake
    python training_file.py --self-test                     the checks find planted mistakes

Rules after the provider's documents: the file is JSON lines; for chat the checks of the cookbook's "Data preparation and
analysis for chat model fine-tuning", as the service has them today (tool calls, weights); for completions those of
`prepare_data` in the provider's library, which is where a job of a legacy model fails or learns badly.
"""

import json
import pathlib
import sys

LEAST_EXAMPLES, MOST_BYTES, MOST_CHARACTERS = 10, 512_000_000, 10_000
ROLES = {"system", "user", "assistant", "tool", "function"}
MESSAGE_KEYS = {"role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id"}
LINE_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
SPECIAL = ("<|endoftext|>", "<|endofprompt|>", "<|fim_", "<|im_start|>", "<|im_end|>", "<|im_sep|>")


def chat_mistakes(example):
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "missing_messages_list"
        return
    for key in example.keys() - LINE_KEYS:
        yield f'contains an extra "{key}"'
    calls = set()
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or "role" not in message:
            yield f"message {number} message_missing_key"
            continue
        for key in message.keys() - MESSAGE_KEYS:
            yield f"message {number} message_unrecognized_key {key}"
        role, content = message["role"], message.get("content")
        if role not in ROLES:
            yield f"message {number} unrecognized_role {role}"
        calling = bool(message.get("tool_calls") or message.get("function_call"))
        if not (isinstance(content, str) and content) and not (role == "assistant" and calling and content is None):
            yield f"message {number} missing_content"
        if "weight" in message and (role != "assistant" or message["weight"] not in (0, 1)):
            yield f"message {number} has a weight of {message['weight']}"
        for call in message.get("tool_calls") or []:
            calls.add(call["id"])
            json.loads(call["function"]["arguments"])
        if role == "tool" and message.get("tool_call_id") not in calls:
            yield f"message {number} answers a call that nobody made"
        if isinstance(content, str) and any(token in content for token in SPECIAL):
            yield f"message {number} contains an invalid token"
    last = messages[-1]
    if last.get("role") != "assistant" or last.get("weight") == 0:
        yield "example_missing_assistant_message"


def completions_mistakes(example):
    if example.keys() != {"prompt", "completion"}:
        yield f"has the members {sorted(example)}"
        return
    prompt, completion = example["prompt"], example["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        yield "data_type"
        return
    if not prompt:
        yield "empty prompt"
    if not completion.strip():
        yield "empty completion"
    if not completion.startswith(" "):
        yield "the completion does not begin with a space"
    if len(prompt) + len(completion) > MOST_CHARACTERS:
        yield f"has {len(prompt) + len(completion)} characters"
    if any(token in prompt + completion for token in SPECIAL):
        yield "contains an invalid token"


def suffix(texts):
    common = texts[0]
    for text in texts[1:]:
        while not text.endswith(common):
            common = common[1:]
    return common


def mistakes(dialect, data, least=LEAST_EXAMPLES):
    if data.startswith(b"\xef\xbb\xbf"):
        yield "a byte order mark"
    if len(data) > MOST_BYTES:
        yield f"{len(data)} bytes"
    examples = []
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        try:
            example = json.loads(line)
        except ValueError:
            example = None
        if not isinstance(example, dict):
            yield f"Line {number} is not a dictionary"
            continue
        examples.append(example)
        found = chat_mistakes(example) if dialect == "chat" else completions_mistakes(example)
        yield from (f"Line {number}: {mistake}" for mistake in found)
    if len(examples) < least:
        yield f"has {len(examples)} example(s), but must have at least {least}"
    lines = [json.dumps(example, sort_keys=True) for example in examples]
    if len(set(lines)) < len(lines):
        yield "has duplicate rows"
    if dialect == "completions" and len(examples) > 1:
        for member in ("prompt", "completion"):
            texts = [example.get(member) for example in examples]
            if all(isinstance(text, str) for text in texts):
                if len(set(texts)) == 1:
                    yield f"all {member}s are identical"
                elif not suffix(texts):
                    yield f"the {member}s have no common ending"


def self_test():
    def found(dialect, *examples):
        lines = b"".join(json.dumps(example).encode() + b"\n" for example in examples)
        return list(mistakes(dialect, lines, least=1))

    user = {"role": "user", "content": "q"}
    said = {"role": "assistant", "content": "a"}
    good = {"messages": [user, said]}
    pair = {"prompt": "q ->", "completion": " a\n"}
    other = {"prompt": "r ->", "completion": " b\n"}
    assert found("chat", good) == [] and found("completions", pair, other) == []
    for bad in (
        {}, {"messages": []}, {"messages": [user]}, {"messages": [user, said | {"weight": 0}]}, good | {"id": 1},
        {"messages": [user | {"content": ""}, said]}, {"messages": [user | {"odd": 1}, said]},
        {"messages": [{"role": "robot", "content": "x"}, said]}, {"messages": [user | {"weight": 1}, said]},
        {"messages": [user, {"role": "tool", "content": "x", "tool_call_id": "c"}, said]},
        {"messages": [user, said | {"content": "<|im_end|>"}]},
    ):
        assert found("chat", bad), bad
    for bad in (
        pair | {"id": 1}, {"prompt": "q"}, pair | {"completion": "a\n"}, pair | {"completion": " "},
        pair | {"prompt": "x" * 10_000}, pair | {"prompt": "q"}, pair | {"completion": " b"}, pair,
    ):
        assert found("completions", bad, pair), bad
    assert found("chat", good, good) == ["has duplicate rows"]
    assert list(mistakes("chat", b"[1]\n")) and list(mistakes("chat", b"\xef\xbb\xbf{}"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    dialect, *files = sys.argv[1:]
    failed = False
    for name in files:
        data = pathlib.Path(name).read_bytes()
        found = list(mistakes(dialect, data))
        failed = failed or bool(found)
        for mistake in found:
            print(f"{name}: {mistake}")
        if not found:
            print(f"{pathlib.Path(name).name}: {data.count(10)} examples, fit for the provider")
    sys.exit(1 if failed else 0)
