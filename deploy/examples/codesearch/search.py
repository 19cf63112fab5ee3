"""Runs a query over the entries of a directory.

What the index cannot know is unknown, and nothing else: an entry whose duration nobody measured matches neither
`duration>20ms` nor `-duration>20ms`, it is sorted last, and the answer says why.
"""
import json
import pathlib
import re

from history import History
from index import read_directory
from language import SECONDS, pattern

#: `kind:function` means both: people who ask for functions do not mind where they are declared.
KINDS = {"function": ("function", "method")}
SLOW = ("author", "changed")


class Search:
    def __init__(self, directory, durations=None):
        self.entries = read_directory(directory)
        self.history = History(directory)
        self.durations = _read_durations(durations) if durations else {}

    def run(self, query):
        """The matches, each with what it is sorted by, and notes on what is not known."""
        notes = [self._note(field) for field in sorted({t.field for t in query.terms} | {query.sort} - {None})]
        found = self.entries
        for slow in (False, True):  # git is asked about what is left
            terms = [t for t in query.terms if (t.field in SLOW) == slow]
            if slow and self.history.is_known and (terms or query.sort in SLOW):
                found = self._recent(found, terms)
                by_file = not any(t.field == "author" for t in terms) and query.sort != "author"
                self.history.read(e.path for e in found if not (by_file and e.kind == "file"))
            for term in terms:
                matches = self._matcher(term)
                found = [e for e in found if (holds := matches(e)) is not None and holds != term.negated]
        if query.sort:
            values = [(self._value(query.sort, e), e) for e in found]
            known = [pair for pair in values if pair[0] is not None]
            known.sort(key=lambda pair: pair[0], reverse=query.descending)
            found = [e for _, e in known] + [e for value, e in values if value is None]
        return (found if query.limit is None else found[: query.limit]), [n for n in notes if n]

    def _recent(self, entries, terms):
        """Without what is in files that are too old for it: blame need not look there."""
        limits = [t.number for t in terms if t.field == "changed" and t.operator in ("<", "<=") and not t.negated]
        if not limits:
            return entries
        return [e for e in entries if (age := self.history.file_age(e.path)) is not None and age <= min(limits)]

    def _note(self, field):
        if field == "duration" and not self.durations:
            return "nobody measured durations here: give them with --durations"
        if field in SLOW and not self.history.is_known:
            return f"{field} is not known: the directory is no checkout of git"
        return None

    def _matcher(self, term):
        """A function that says of an entry whether the term, without its minus, holds; None: that is not known."""
        field, value = term.field, term.value
        if field == "kind":
            kinds = KINDS.get(value, (value,))
            return lambda e: e.kind in kinds
        if field == "recursive":
            return lambda e: e.recursive == (value == "true")
        if field == "language":
            return lambda e: e.language == value
        if field == "author":
            return self._author_matcher(value)
        if field in ("path", "name", "calls"):
            fits = pattern(value).fullmatch
            match field:
                case "path":
                    return lambda e: bool(fits(e.path))
                case "name":
                    return lambda e: bool(fits(e.name) or fits(e.full_name))
                case "calls":
                    return lambda e: any(map(fits, e.calls))
        compare = {
            ":": lambda a, b: a == b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
        }[term.operator]
        number = term.number
        return lambda e: None if (found := self._value(field, e)) is None else compare(found, number)

    def _author_matcher(self, value):
        if value == "me":
            me = self.history.me()
            return lambda e: None if (a := self.history.author(e)) is None or not me else bool(me & _names(a))
        fits = pattern(value.lower()).fullmatch
        return lambda e: None if (a := self.history.author(e)) is None else any(map(fits, _names(a)))

    def _value(self, field, entry):
        """What a field is of an entry, to be compared and sorted by; times in seconds; None if that is not known."""
        match field:
            case "calls":
                return sum("." not in name for name in entry.calls)
            case "name":
                return entry.full_name.lower()
            case "duration":
                keys = (f"{entry.path}:{entry.full_name}", entry.full_name)
                return next((self.durations[k] for k in keys if entry.is_callable and k in self.durations), None)
            case "author":
                return author[0].lower() if (author := self.history.author(entry)) else None
            case "changed":
                return self.history.age(entry)
        return getattr(entry, field)

    def shown(self, field, entry):
        """The value for people, or "" where the entry's own line says it."""
        value = self._value(field, entry)
        if value is None:
            return "not known"
        match field:
            case "lines" | "complexity" | "tests" | "calls":
                return f"{field} {value}"
            case "duration":
                return f"{value * 1000:.3g} ms"
            case "changed":
                return f"changed {value / 3600:.0f} h ago" if value < 172800 else f"changed {value / 86400:.0f} d ago"
            case "author":
                return self.history.author(entry)[0]
        return ""


def _names(author):
    """By what an author may be called: name, first name, address, and the address without its host."""
    name, address = (text.lower() for text in author)
    return {name, address, name.split(" ")[0], address.split("@")[0]} - {""}


def _read_durations(file):
    """`{"Sources/Loop/Loop.swift:Loop.post": "12us", "main": 0.5}`: measured times, by path and name or by name."""
    durations = {}
    for name, value in json.loads(pathlib.Path(file).read_text(encoding="utf-8")).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            durations[name] = float(value)
        elif isinstance(value, str) and (found := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s)", value)):
            durations[name] = float(found[1]) * SECONDS[found[2]]
        else:
            raise ValueError(f"{file}: {name}: seconds, or a text such as 12us, 20ms or 1.5s, were expected")
    return durations
