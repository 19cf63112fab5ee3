import http.server
import importlib.util
import json
import threading
import unittest

from gateway import Gateway, NoAnswer


class Fake(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, asked, self.headers.get("authorization")))
        status, answer, headers = self.server.answers.pop(0)
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def completion(text):
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


class TestPlain(unittest.TestCase):
    sdk = None

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake)
        self.server.asked, self.server.answers = [], []
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.gateway = Gateway(f"http://127.0.0.1:{self.server.server_port}/v1/", self.sdk)
        self.addCleanup(self.gateway.close)

    def test_the_answer_comes_with_who_gave_it_and_why(self):
        small = {"x-understudy-answered-by": "small", "x-understudy-model": "s", "x-understudy-confidence": "-0.1"}
        large = {"X-Understudy-Answered-By": "large", "X-Understudy-Fallback-Reason": "low_confidence"}
        cache = {"x-understudy-answered-by": "cache", "x-understudy-model": "s"}
        self.server.answers = [(200, completion("kind:file"), headers) for headers in (small, large, cache)]
        answers = [self.gateway.ask("search", "files") for _ in range(3)]
        self.assertEqual({a.text for a in answers}, {"kind:file"})
        self.assertEqual(
            [a.why for a in answers],
            [
                "small answered, confidence -0.1", "large answered: small was not sure enough (low_confidence)",
                "from the cache; s answered it before",
            ],
        )
        path, asked, _ = self.server.asked[0]
        self.assertEqual(path, "/v1/chat/completions")
        self.assertEqual((asked["model"], asked["messages"]), ("search", [{"role": "user", "content": "files"}]))

    def test_an_error_is_told_in_the_gateways_words(self):
        error = {"error": {"message": "No such route.", "type": "invalid_request_error", "param": None, "code": "model_not_found"}}
        self.server.answers = [(404, error, {}), (200, completion("kind:file"), {"x-understudy-answered-by": "small"})]
        with self.assertRaisesRegex(NoAnswer, "No such route."):
            self.gateway.ask("none", "files")
        self.assertEqual(self.gateway.ask("search", "files").text, "kind:file")

    def test_no_gateway_is_no_answer(self):
        gateway = Gateway("http://127.0.0.1:1/v1", self.sdk)
        self.addCleanup(gateway.close)
        with self.assertRaises(NoAnswer):
            gateway.ask("search", "files")


@unittest.skipUnless(importlib.util.find_spec("openai"), "the SDK is not installed for this Python")
class TestSDK(TestPlain):
    @classmethod
    def setUpClass(cls):
        import openai

        cls.sdk = openai


if __name__ == "__main__":
    unittest.main()
