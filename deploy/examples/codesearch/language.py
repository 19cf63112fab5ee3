"""The code-search language: one line of text and the query that it is. The grammar is config/code-search/code-search.gbnf,
explained in config/code-search/README.md; this accepts what the grammar accepts and nothing else, so that a line which
is not of the language is an error here too and never a search for something else.
"""
import dataclasses
import re

FIELDS = (
    "kind", "language", "path", "name", "calls", "recursive", "complexity", "duration", "lines", "tests", "author", "changed",
)
KINDS = ("function", "method", "class", "struct", "enum", "protocol", "file", "test")
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "y": 365 * 86400.0}

_QUOTED = r'"(?:[^"\\]|\\["\\])+"'
_COMPARED = r":|[<>]=?"
# For each field what may follow its name: operators, then values.
_TERMS = {
    "kind": (":", "|".join(KINDS)),
    "language": (":", rf"[a-z0-9+.-]+|{_QUOTED}"),
    **dict.fromkeys(("path", "name", "calls", "author"), (":", rf"[A-Za-z0-9_.*/+@-]+|{_QUOTED}")),
    "recursive": (":", "true|false"),
    **dict.fromkeys(("complexity", "lines", "tests"), (_COMPARED, "[0-9]+")),
    "duration": (_COMPARED, r"[0-9]+(?:\.[0-9]+)?(?:us|ms|s)"),
    "changed": (_COMPARED, r"[0-9]+(?:\.[0-9]+)?[hdwy]"),
}
_TERM = {
    field: re.compile(rf"(?P<operator>{operators})(?P<value>{values})(?= |\Z)")
    for field, (operators, values) in _TERMS.items()
}
_FIELD = re.compile(r"(?P<minus>-?)(?P<field>[a-z]+)")
_SORT = re.compile(rf"(?P<minus>-?)(?P<field>{'|'.join(FIELDS)})(?= |\Z)")
_LIMIT = re.compile(r"(?P<number>[0-9]+)\Z")


class NotInTheLanguage(Exception):
    """A line that is no query, and where it stops being one."""

    def __init__(self, line, position, message):
        super().__init__(f"{message}, at character {position + 1} of: {line}")
        self.position = position


@dataclasses.dataclass(frozen=True)
class Term:
    field: str
    operator: str
    value: str
    negated: bool = False

    @property
    def number(self):
        """Of a compared field: counts as they are, times in seconds."""
        digits = self.value.rstrip("abcdefghijklmnopqrstuvwxyz")
        return float(digits) * SECONDS.get(self.value[len(digits) :], 1)


@dataclasses.dataclass(frozen=True)
class Query:
    terms: tuple = ()
    sort: str | None = None
    descending: bool = False
    limit: int | None = None

    @property
    def line(self):
        """The query as a line again."""
        parts = [("-" if t.negated else "") + t.field + t.operator + _spelt(t.field, t.value) for t in self.terms]
        if self.sort:
            parts.append("sort:" + ("-" if self.descending else "") + self.sort)
        if self.limit is not None:
            parts.append(f"limit:{self.limit}")
        return " ".join(parts)


def parse(line):
    """The query that a line is. Raises NotInTheLanguage."""
    terms, sort, descending, limit = [], None, False, None
    position = 0
    while True:
        if line.startswith("limit:", position):
            found = _LIMIT.match(line, position + 6)
            if not found:
                raise NotInTheLanguage(line, position + 6, "a number was expected, and the end after it")
            # Eighteen digits are more than there ever is, and Python refuses to read thousands of them.
            limit = int(found["number"].lstrip("0")[:18] or "0")
        elif line.startswith("sort:", position):
            found = _SORT.match(line, position + 5)
            if not found or sort:
                raise NotInTheLanguage(line, position + 5 * (not sort), "a field was expected" if not sort else "a second sort:")
            sort, descending = found["field"], found["minus"] == "-"
        else:
            name = _FIELD.match(line, position)
            if not name or name["field"] not in _TERM:
                raise NotInTheLanguage(line, position, "a field was expected")
            if sort:
                raise NotInTheLanguage(line, position, "only limit: may follow sort:")
            found = _TERM[name["field"]].match(line, name.end())
            if not found:
                raise NotInTheLanguage(line, name.end(), f"no value of {name['field']}")
            value = found["value"]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
            terms.append(Term(name["field"], found["operator"], value, name["minus"] == "-"))
        position = found.end()
        if position == len(line):
            return Query(tuple(terms), sort, descending, limit)
        position += 1  # the space that each pattern looked for
        if position == len(line):
            raise NotInTheLanguage(line, position, "something was expected after the space")


def pattern(value):
    """A value with `*` for any text, as a regular expression for the whole."""
    return re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL)


def _spelt(field, value):
    bare = r"[a-z0-9+.-]+" if field == "language" else r"[A-Za-z0-9_.*/+@-]+"
    if field not in ("language", "path", "name", "calls", "author") or re.fullmatch(bare, value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
