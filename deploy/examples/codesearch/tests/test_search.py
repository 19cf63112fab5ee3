import json
import pathlib
import unittest

from language import parse
from search import Search
from tests.directory import Directory

SWIFT = '''
struct Parser {
    func parse(_ depth: Int) {
        if depth > 1 { parse(depth - 1) }
    }
    func read() { open("x"); close() }
}
func parseAll() { Parser().parse(3) }
@Test func parses() { parseAll() }
'''
PYTHON = '''
def slow():
    import json
    return json.loads("1")
'''


class TestSearch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = Directory(Sources__Parser_DOT_swift=SWIFT, tools__slow_DOT_py=PYTHON)
        cls.search = Search(cls.directory.name)
        cls.addClassCleanup(cls.directory.cleanup)

    def found(self, line, search=None):
        matches, self.notes = (search or self.search).run(parse(line))
        return [e.full_name if e.kind != "file" else e.path for e in matches]

    def test_every_field_that_sources_tell(self):
        for line, names in (
            ("kind:function", ["Parser.parse", "Parser.read", "parseAll", "slow"]),
            ("kind:method", ["Parser.parse", "Parser.read"]),
            ("kind:struct", ["Parser"]),
            ("kind:test", ["parses"]),
            ("kind:file", ["Sources/Parser.swift", "tools/slow.py"]),
            ("kind:enum", []),
            ("kind:function language:python", ["slow"]),
            ("kind:function path:Sources/*", ["Parser.parse", "Parser.read", "parseAll"]),
            ("kind:function name:parse*", ["Parser.parse", "parseAll"]),
            ("kind:function name:Parser.*", ["Parser.parse", "Parser.read"]),
            ("kind:function calls:json.*", ["slow"]),
            ("calls:open kind:struct", ["Parser"]),
            ("recursive:true", ["Parser.parse"]),
            ("kind:function recursive:false", ["Parser.read", "parseAll", "slow"]),
            ("kind:function complexity>1", ["Parser.parse"]),
            ("kind:struct complexity:3", ["Parser"]),
            ("kind:function lines>=3", ["Parser.parse", "slow"]),
            ("kind:function tests:0", ["Parser.parse", "Parser.read", "slow"]),
            ("kind:file tests>=1", ["Sources/Parser.swift"]),
        ):
            self.assertEqual(self.found(line), names, line)
            self.assertEqual(self.notes, [], line)

    def test_a_minus_turns_a_term_around(self):
        self.assertEqual(self.found("kind:function -name:*arse* -language:swift"), ["slow"])
        self.assertEqual(self.found("-kind:function -kind:file"), ["Parser", "parses"])

    def test_comparisons(self):
        three, fewer = ["Parser.parse", "slow"], ["Parser.read", "parseAll"]
        for condition, names in (
            (":3", three), (":2", []), (">2", three), (">3", []), (">=3", three), ("<3", fewer), ("<=1", fewer), ("<1", []),
        ):
            self.assertEqual(self.found(f"kind:function lines{condition}"), names, condition)

    def test_order_and_limit(self):
        self.assertEqual(self.found("kind:function sort:-lines limit:2"), ["Parser.parse", "slow"])
        self.assertEqual(self.found("kind:function sort:name"), ["parseAll", "Parser.parse", "Parser.read", "slow"])
        self.assertEqual(self.found("kind:function sort:-calls limit:1"), ["Parser.read"])
        self.assertEqual(self.found("kind:function sort:-recursive limit:1"), ["Parser.parse"])
        for field in ("kind", "language", "path", "complexity", "tests"):
            self.assertEqual(len(self.found(f"sort:{field}")), 8, field)
        self.assertEqual(self.found("limit:0"), [])

    def test_what_nobody_knows_matches_nothing_and_is_last(self):
        self.assertEqual(self.found("kind:function duration>1us"), [])
        self.assertIn("--durations", self.notes[0])
        self.assertEqual(self.found("kind:function -duration>1us"), [])
        self.assertEqual(len(self.found("kind:function sort:-duration")), 4)
        for line in ("author:me", "-author:alice", "changed<1y", "-changed<1y"):
            self.assertEqual(self.found(line), [], line)
            self.assertIn("no checkout of git", self.notes[0])

    def test_durations_come_from_a_file(self):
        file = pathlib.Path(self.directory.name) / "times.txt"
        file.write_text(json.dumps({"slow": 1.5, "Sources/Parser.swift:Parser.read": "20ms", "parseAll": "700us"}))
        search = Search(self.directory.name, file)
        self.assertEqual(self.found("duration>=20ms", search), ["Parser.read", "slow"])
        self.assertEqual(self.notes, [])
        self.assertEqual(self.found("kind:function -duration>=20ms", search), ["parseAll"])
        self.assertEqual(
            self.found("kind:function sort:-duration", search), ["slow", "Parser.read", "parseAll", "Parser.parse"]
        )
        self.assertEqual(self.found("duration:700us", search), ["parseAll"])
        file.write_text('{"slow": "20 parsecs"}')
        with self.assertRaisesRegex(ValueError, "slow: seconds, or a text such as"):
            Search(self.directory.name, file)


class TestHistory(unittest.TestCase):
    def test_who_wrote_most_and_when_it_was_changed(self):
        directory = Directory(a_DOT_c="int one(void) {\n  return 1;\n}\n\nint two(void) {\n  return 2;\n}\n")
        self.addCleanup(directory.cleanup)
        directory.git("init")
        directory.commit()
        text = (pathlib.Path(directory.name) / "a.c").read_text()
        directory.write("a.c", text.replace("  return 2;", "  int x = 1;\n  x += 1;\n  x += 2;\n  return x;"))
        directory.commit(author="Bob <bob@example.org>", date="2021-06-01T00:00:00Z")
        directory.write("new.c", "int three(void) { return 3; }\n")
        directory.git("config", "user.name", "Bob")
        directory.git("config", "user.email", "elsewhere@example.org")
        search = Search(directory.name)
        for line, names in (
            ("kind:function author:alice", ["one"]),
            ("kind:function author:doe", []),
            ("kind:function author:*doe", ["one"]),
            ("kind:function author:Alice@example.com", ["one"]),
            ("kind:function author:bob", ["two"]),
            ("kind:function author:me", ["two"]),
            ("kind:function -author:me", ["one"]),
            ("kind:function changed>1y", ["one", "two"]),
            ("kind:function changed<1y", []),
            ("kind:function sort:changed limit:1", ["two"]),
            ("kind:function sort:-changed limit:1", ["one"]),
            ("kind:function sort:author", ["one", "two", "three"]),
        ):
            matches, notes = search.run(parse(line))
            self.assertEqual([e.name for e in matches], names, line)
            self.assertEqual(notes, [], line)
        self.assertEqual(search.shown("author", search.run(parse("name:two"))[0][0]), "Bob")


if __name__ == "__main__":
    unittest.main()
