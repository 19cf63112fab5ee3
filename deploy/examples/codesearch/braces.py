"""What readers of languages with braces share: one walk over the tokens, the declarations around the current one on a
stack.

Not a compiler: a reader knows how declarations begin, where braces close, and what a call looks like. Where that is not
enough to be sure it says less rather than more; what it leaves out is told in config/code-search/README.md.
"""
from entries import Entry
from tokens import MARK, WORD


class Walk:
    decisions = frozenset()

    def __init__(self, tokens, file):
        self.kinds, self.texts, self.lines, self.apart = tokens.kinds, tokens.texts, tokens.lines, tokens.apart
        self.count, self.file = len(tokens), file
        self.entries = []
        #: One for each open brace: an Entry, a name (an extension, a namespace), or None.
        self.stack = []
        #: What the brace at that place opens the body of.
        self.bodies = {}
        #: Functions that have one of their own name inside of them: what calls the name in there means that one.
        self.hidden = set()

    def read(self):
        at = 0
        while at < self.count:
            if self.kinds[at] == MARK and self.texts[at] in ("{", "}"):
                self.brace(at)
                at += 1
            else:
                at = self.step(at)
        while self.stack:
            self.close(self.stack.pop(), self.lines[-1])
        return [e for e in self.entries if e.last]

    def step(self, at):
        """Reads what stands at that place; the place behind it."""
        raise NotImplementedError

    def brace(self, at):
        if self.texts[at] == "{":
            self.stack.append(self.bodies.pop(at, None))
        elif self.stack:
            self.close(self.stack.pop(), self.lines[at])

    def close(self, scope, line):
        if isinstance(scope, Entry):
            scope.last = line

    @property
    def owner(self):
        return ".".join(s if isinstance(s, str) else s.name for s in self.stack if s is not None)

    @property
    def innermost(self):
        """The nearest declaration: an Entry, a name, or None at the file's own level."""
        return next((s for s in reversed(self.stack) if s is not None), None)

    @property
    def function(self):
        """The function whose body this is; None outside, and directly in a type."""
        found = self.innermost
        return found if isinstance(found, Entry) and found.is_callable else None

    def around(self):
        yield self.file
        for scope in self.stack:
            if isinstance(scope, Entry):
                yield scope

    def declare(self, kind, name, at, body, owner=None, parameters=None):
        owner = self.owner if owner is None else owner
        entry = Entry(kind, name, self.file.path, self.file.language, self.lines[at], owner, parameters=parameters)
        if entry.is_callable:
            # A function's complexity is its decisions and one; that of types and files the sum of what is in them.
            entry.complexity = 1
            self.add_complexity(None)
            self.hidden.update(id(s) for s in self.namesakes(name))
        self.entries.append(entry)
        self.bodies[body] = entry

    def count_decision(self):
        self.add_complexity(self.function)

    def add_complexity(self, function):
        for entry in self.around():
            if entry is function or not entry.is_callable:
                entry.complexity += 1

    def count_call(self, name, receiver=None):
        for entry in self.around():
            entry.calls.add(name)
            if receiver:
                entry.calls.add(f"{receiver}.{name}")

    def note_word(self, word):
        for scope in self.stack:
            if isinstance(scope, Entry) and scope.kind == "test":
                scope.words.add(word)

    def namesakes(self, name):
        """The functions around that a call of that name may mean."""
        return [
            s for s in self.stack if isinstance(s, Entry) and s.is_callable and s.name == name and id(s) not in self.hidden
        ]

    def is_word(self, at):
        return self.kinds[at] == WORD

    def find(self, at, *marks):
        """The place of the first of the marks; the end if there is none."""
        while at < self.count and self.texts[at] not in marks:
            at += 1
        return at

    def matching(self, at, opening, closing):
        """The place of the mark that closes the one at `at`; the end if none does."""
        depth = 0
        while at < self.count:
            if self.kinds[at] == MARK:
                depth += (self.texts[at] == opening) - (self.texts[at] == closing)
                if depth == 0:
                    return at
            at += 1
        return at

    def pieces(self, start, end):
        """What stands between commas, as ranges of tokens."""
        depth, first = 0, start
        for at in range(start, end):
            if self.kinds[at] == MARK:
                text = self.texts[at]
                if text in ("(", "[", "{"):
                    depth += 1
                elif text in (")", "]", "}"):
                    depth -= 1
                elif text == "," and depth == 0:
                    yield first, at
                    first = at + 1
        if first < end:
            yield first, end
