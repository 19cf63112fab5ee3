"""Reads a directory into entries, and finds out what takes all of them together: what is recursive, and what is tested."""
import collections
import pathlib

from c_reader import read_c
from entries import LANGUAGES, Entry, accepts, source_files
from python_reader import read_python
from swift_reader import read_swift

READERS = {"swift": read_swift, "c": read_c, "c++": read_c, "python": read_python}


def read_directory(directory):
    entries = []
    for path in source_files(directory):
        text = (pathlib.Path(directory) / path).read_text(encoding="utf-8", errors="replace")
        language = LANGUAGES[pathlib.PurePath(path).suffix]
        file = Entry("file", pathlib.PurePath(path).name, path, language, line=1, last=max(1, len(text.splitlines())))
        reader = READERS.get(language)
        found = reader(text, file) if reader else []
        file.calls = set().union(*(e.calls for e in found)) | file.calls
        entries += [file, *found]
    find_recursion(entries)
    count_tests(entries)
    return entries


def find_recursion(entries):
    """A function is recursive if it calls itself: its own name, on its own self, with labels that it takes.

    Where another function of the same name and owner takes the same labels, the types decide which is meant. They are not
    known here, so such a call does not count: what is called recursive, is.
    """
    namesakes = collections.defaultdict(list)
    for entry in entries:
        if entry.is_callable:
            namesakes[entry.language, entry.owner, entry.name].append(entry)
    for entry in entries:
        if not entry.own_calls:
            continue
        if entry.parameters is None:
            entry.recursive = True
            continue
        others = [e for e in namesakes[entry.language, entry.owner, entry.name] if e is not entry]
        entry.recursive = any(
            accepts(entry.parameters, labels) and not any(accepts(o.parameters, labels) for o in others)
            for labels in entry.own_calls
        )


def count_tests(entries):
    """How many test functions mention the name; of a file: a name that is declared in it."""
    mentioned_by = collections.defaultdict(set)
    for number, test in enumerate(e for e in entries if e.kind == "test"):
        for word in test.words:
            mentioned_by[word].add(number)
    declared = collections.defaultdict(set)
    for entry in entries:
        if entry.kind not in ("file", "test"):
            entry.tests = len(mentioned_by.get(entry.name, ()))
            declared[entry.path].add(entry.name)
    for entry in entries:
        if entry.kind == "file":
            entry.tests = len(set().union(*(mentioned_by.get(name, set()) for name in declared[entry.path])))
