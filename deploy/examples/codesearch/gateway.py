"""Asks the gateway, as any backend would: with the OpenAI SDK where it is installed, else in plain HTTP. Nothing here
knows of small and large models; who answered, and why, is in the headers of the answer.
"""
import dataclasses
import http.client
import json
import os
import time
import urllib.parse

try:
    import openai
except ImportError:
    openai = None

HEADERS = {
    "by": "x-understudy-answered-by", "model": "x-understudy-model", "verdict": "x-understudy-verdict",
    "reason": "x-understudy-fallback-reason", "confidence": "x-understudy-confidence", "checks": "x-understudy-checks",
}
#: Why large was asked, by the reason up to its dot.
REASONS = {
    "low_confidence": "small was not sure enough", "format": "small's answer failed a check", "no_small": "there is no small model",
    "small_error": "small failed", "refusal": "small refused", "no_logprobs": "small did not say how sure it was",
    "rule": "a rule wants it", "client": "the client wanted it", "hedge": "small was slow", "too_long": "too long for small",
    "uncovered": "small's prompt has no place for it",
}


class NoAnswer(Exception):
    """The gateway has none: what it said instead."""


@dataclasses.dataclass
class Answer:
    text: str
    seconds: float
    by: str = ""
    model: str = ""
    verdict: str = ""
    reason: str = ""
    confidence: str = ""
    checks: str = ""

    @property
    def why(self):
        """Who answered and why, in words."""
        if self.by == "cache":
            return f"from the cache; {self.model} answered it before"
        if self.by == "large":
            words = REASONS.get(self.reason.split(".")[0])
            return f"large answered: {words} ({self.reason})" if words else f"large answered ({self.reason})"
        return f"small answered, confidence {self.confidence}" if self.confidence else "small answered"


class Gateway:
    def __init__(self, base_url, sdk=openai):
        self.base_url, key = base_url.rstrip("/"), os.environ.get("UNDERSTUDY_KEY", "")
        self.sdk = sdk.OpenAI(base_url=self.base_url, api_key=key or "none", max_retries=0, timeout=30) if sdk else None
        self.headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
        self.connection = None

    def ask(self, route, text):
        began = time.monotonic()
        messages = [{"role": "user", "content": text}]
        content, headers = self._ask_sdk(route, messages) if self.sdk else self._ask_plain(route, messages)
        found = {name: headers.get(header) or "" for name, header in HEADERS.items()}
        return Answer(content, time.monotonic() - began, **found)

    def close(self):
        for opened in (self.sdk, self.connection):
            if opened:
                opened.close()

    def _ask_sdk(self, route, messages):
        try:
            reply = self.sdk.chat.completions.with_raw_response.create(model=route, messages=messages)
            return reply.parse().choices[0].message.content or "", reply.headers
        except openai.OpenAIError as error:
            raise NoAnswer(str(error)) from error

    def _ask_plain(self, route, messages):
        place = urllib.parse.urlsplit(self.base_url)
        if not self.connection:
            kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
            self.connection = kind(place.hostname, place.port, timeout=30)
        body = json.dumps({"model": route, "messages": messages})
        try:
            self.connection.request("POST", f"{place.path}/chat/completions", body, self.headers)
            reply = self.connection.getresponse()
            answer = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.connection = None
            raise NoAnswer(f"{self.base_url}: {error}") from error
        if reply.status != 200:
            raise NoAnswer(answer["error"]["message"])
        return answer["choices"][0]["message"]["content"] or "", reply.headers
