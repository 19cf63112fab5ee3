import pathlib
import random
import re
import unittest

from language import FIELDS, KINDS, NotInTheLanguage, Query, Term, parse, pattern

PAGE = (pathlib.Path(__file__).resolve().parents[4] / "config/code-search/README.md").read_text(encoding="utf-8")


class TestLanguage(unittest.TestCase):
    def test_a_line_becomes_terms_order_and_limit(self):
        query = parse('kind:method -path:Tests/* name:"a \\"b\\" \\\\c" duration>=1.5ms changed<2w sort:-lines limit:3')
        self.assertEqual(
            query.terms,
            (
                Term("kind", ":", "method"), Term("path", ":", "Tests/*", negated=True), Term("name", ":", 'a "b" \\c'),
                Term("duration", ">=", "1.5ms"), Term("changed", "<", "2w"),
            ),
        )
        self.assertEqual((query.sort, query.descending, query.limit), ("lines", True, 3))
        self.assertEqual([t.number for t in query.terms[3:]], [0.0015, 14 * 86400])

    def test_the_parts_of_a_line_may_stand_alone(self):
        self.assertEqual(parse("sort:name"), Query(sort="name"))
        self.assertEqual(parse("limit:0"), Query(limit=0))
        self.assertEqual(parse("sort:-tests limit:007"), Query(sort="tests", descending=True, limit=7))

    def test_what_is_not_of_the_language_is_refused_where_it_leaves_it(self):
        for line, position in (
            ("", 0), ("kind:functions", 4), ("kind>function", 4), ("kind:function ", 14), ("kind:function  limit:1", 14),
            ("limit:5 kind:file", 6), ("sort:lines kind:file", 11), ("sort:lines sort:lines", 11), ("sort:size", 5),
            ("limit:", 6), ("limit:1 limit:2", 6), ("-limit:1", 0), ("colour:red", 0), ("duration>20", 8), ("lines>1.5", 5),
            ("lines>٣", 5), ('name:""', 4), ('name:"a', 4), ("name:a b", 7), ("kind:file\n", 4), ("recursive:yes", 9),
            ("changed<7m", 7), (" kind:file", 0), ("--kind:file", 0), ("language:Swift", 8), ("name:naïve", 4),
        ):
            with self.subTest(line), self.assertRaises(NotInTheLanguage) as refused:
                parse(line)
            self.assertEqual(refused.exception.position, position, line)

    def test_a_query_is_spelt_as_it_was_read(self):
        dice = random.Random(3)
        letters = 'ab*/."\\ é\n-'
        for _ in range(500):
            terms = []
            for field in dice.sample(FIELDS, dice.randint(0, 4)):
                operator = dice.choice((":", ">", ">=", "<", "<="))
                match field:
                    case "kind":
                        term = (":", dice.choice(KINDS))
                    case "recursive":
                        term = (":", "true")
                    case "complexity" | "lines" | "tests":
                        term = (operator, str(dice.randrange(1000)))
                    case "duration":
                        term = (operator, f"{dice.randrange(50)}.5ms")
                    case "changed":
                        term = (operator, f"{dice.randrange(50)}d")
                    case _:
                        term = (":", "".join(dice.choices(letters, k=dice.randint(1, 6))))
                terms.append(Term(field, *term, negated=dice.random() < 0.3))
            query = Query(tuple(terms), dice.choice((None, "name")), limit=dice.choice((5, 10)))
            self.assertEqual(parse(query.line), query)

    def test_a_star_stands_for_any_text(self):
        for value, text, fits in (
            ("a*", "abc", True), ("a*", "ba", False), ("*.swift", "x/y.swift", True), ("*.swift", "xswift", False),
            ("a*c*e", "abcde", True), ("A*", "abc", False), ("*", "", True), ("a", "ab", False), ("[a]", "a", False),
        ):
            self.assertEqual(bool(pattern(value).fullmatch(text)), fits, (value, text))

    def test_thousands_of_digits_are_a_number_too(self):
        self.assertGreater(parse("limit:" + "9" * 5000).limit, 10**15)
        self.assertGreater(parse("lines>" + "9" * 5000).terms[0].number, 10**15)


class TestPage(unittest.TestCase):
    def test_the_page_explains_every_field_and_no_other(self):
        table = PAGE.split("| field | operators |")[1].split("\n\n")[0]
        self.assertEqual(tuple(re.findall(r"^\| `([a-z]+)` ", table, re.MULTILINE)), FIELDS)
        for kind in KINDS:
            self.assertIn(kind, table)

    def test_the_lines_of_the_page_are_of_the_language_and_in_its_order(self):
        table = PAGE.split("| question | line |")[1].split("\n\n")[0]
        lines = re.findall(r"\| `(.+)` \|$", table, re.MULTILINE)
        self.assertGreater(len(lines), 5)
        for line in lines:
            query = parse(line)
            self.assertEqual(query.line, line)
            fields = [FIELDS.index(t.field) for t in query.terms]
            self.assertEqual(fields, sorted(fields))

    def test_the_prompt_teaches_lines_of_the_language(self):
        folder = pathlib.Path(__file__).resolve().parents[4] / "config/code-search"
        prompt = (folder / "code-search.large.mustache").read_text(encoding="utf-8")
        lines = re.findall(r"^Query: (.+)$", prompt, re.MULTILINE)
        self.assertGreater(len(lines), 4)
        for line in lines:
            self.assertEqual(parse(line).line, line)
            self.assertIn(f"`{line}`", PAGE)


if __name__ == "__main__":
    unittest.main()
