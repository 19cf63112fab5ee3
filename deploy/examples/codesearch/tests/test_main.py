import json
import pathlib
import subprocess
import sys
import threading
import unittest
from http.server import ThreadingHTTPServer

from tests.directory import Directory
from tests.test_gateway import Fake, completion

PROGRAM = pathlib.Path(__file__).resolve().parents[1]


def run(*arguments, text=None):
    return subprocess.run(
        [sys.executable, "-B", str(PROGRAM), *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
    )


class TestProgram(unittest.TestCase):
    def setUp(self):
        self.directory = Directory(a_DOT_c="int f(int n) {\n  return n ? f(n - 1) : 0;\n}\nint g(void) { return 1; }\n")
        self.addCleanup(self.directory.cleanup)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
        self.server.asked, self.server.answers = [], []
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.place = ("--gateway", f"http://127.0.0.1:{self.server.server_port}/v1", "--directory", self.directory.name)

    def test_a_question_becomes_a_line_and_matches(self):
        self.server.answers = [
            (200, completion("kind:function sort:-lines limit:1"), {"x-understudy-answered-by": "small"}),
            (200, completion('{"language": "c"}'), {"x-understudy-answered-by": "large"}),
        ]
        done = run(*self.place, "--describe", "characteristics", "the longest function")
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in (
            "the longest function\n  kind:function sort:-lines limit:1\n  small answered; model ", " ms, search ",
            "\n    lines 3  f  a.c:1\n", '  the first is {"language": "c"}\n  large answered',
        ):
            self.assertIn(part, done.stdout)
        code = self.server.asked[1][1]["messages"][0]["content"]
        self.assertEqual(code, "int f(int n) {\n  return n ? f(n - 1) : 0;\n}\n")

    def test_programs_read_json_and_questions_come_on_standard_input(self):
        self.server.answers = [
            (200, completion("recursive:true"), {"x-understudy-answered-by": "cache", "x-understudy-model": "s"}),
            (200, completion("These are the functions:"), {"x-understudy-answered-by": "large"}),
        ]
        done = run(*self.place, "--json", text="recursive ones\nfunctions\n")
        found, failed = map(json.loads, done.stdout.splitlines())
        self.assertEqual(
            (found["line"], found["count"], [m["name"] for m in found["matches"]], found["by"]),
            ("recursive:true", 1, ["f"], "cache"),
        )
        self.assertIn("a field was expected, at character 1 of: These", failed["error"])
        self.assertEqual(done.returncode, 1)

    def test_lines_are_searched_and_checked_without_a_gateway(self):
        done = run("--directory", self.directory.name, "--query", "kind:function -recursive:true")
        self.assertIn("\n    g  a.c:4", done.stdout)
        done = run("--check", text='kind:file\nname:"a b"\nkind:files\n')
        self.assertEqual(done.stdout.splitlines()[:2], ["ok", "ok"])
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
