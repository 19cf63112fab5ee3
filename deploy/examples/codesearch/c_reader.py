"""Reads C and C++."""
from braces import Walk
from entries import Entry
from tokens import STRING, c_tokens

NO_CALL = {
    "if", "for", "while", "switch", "return", "sizeof", "catch", "alignof", "decltype", "static_assert", "else", "do", "case",
    "throw", "new", "delete", "alignas", "noexcept", "typeof", "operator", "defined",
}
MEMBERS = (".", "->", "::")
AFTER_PARAMETERS = {"const", "noexcept", "override", "final", "&", "&&"}


def read_c(text, file):
    return _C(c_tokens(text), file).read()


class _C(Walk):
    decisions = frozenset({"if", "for", "while", "case", "&&", "||", "?", "catch"})

    def step(self, at):
        if self.is_word(at):
            word, after = self.texts[at], None
            if self.function is None:
                if word in ("struct", "union", "enum", "class", "namespace"):
                    after = self.read_type(at)
                elif self.texts[at + 1] == "(" and word not in NO_CALL:
                    after = self.read_function(at)
                if after is not None:
                    return after
            elif self.texts[at + 1] == "(" and word not in NO_CALL:
                self.read_call(at)
            self.note_word(word)
        if self.texts[at] in self.decisions and self.kinds[at] != STRING:
            self.count_decision()
        return at + 1

    def read_type(self, at):
        """The place of its body; None where there is none."""
        keyword, end = self.texts[at], at + 1
        if keyword == "enum" and self.texts[end] in ("class", "struct"):
            end += 1
        name = self.texts[end] if self.is_word(end) else ""
        body = end + bool(name)
        if self.texts[body] in (":", "final"):
            body = self.find(body, "{", ";", ")")
        if self.texts[body] != "{":
            return None
        if keyword == "namespace":
            self.bodies[body] = name or None
            return body
        if not name and self.texts[at - 1] == "typedef":
            close = self.matching(body, "{", "}")
            name = self.texts[close + 1] if self.is_word(close + 1) else ""
        if name:
            self.declare("struct" if keyword == "union" else keyword, name, at, body)
        return body

    def read_function(self, at):
        """The place of its body; None where this is a declaration, or a macro."""
        close = self.matching(at + 1, "(", ")")
        body = close + 1
        while self.texts[body] in AFTER_PARAMETERS:
            body += 1
        if self.texts[body] in (":", "->"):  # a constructor's list, a type that trails
            body = self.find(body, "{", ";")
        if self.texts[body] != "{":
            return None
        name, owner, in_type = self.texts[at], self.owner, isinstance(self.innermost, Entry)
        if self.texts[at - 1] == "::" and self.is_word(at - 2):
            owner, in_type = ".".join(filter(None, (owner, self.texts[at - 2]))), True
        kind = "test" if name.startswith("test_") else "method" if in_type else "function"
        if name in ("TEST", "TEST_F", "TEST_P"):  # GoogleTest
            kind, name = "test", ".".join(self.texts[i] for i in range(at + 2, close) if self.is_word(i))
        self.declare(kind, name, at, body, owner)
        return body

    def read_call(self, at):
        name, member = self.texts[at], self.texts[at - 1] in MEMBERS
        receiver = self.texts[at - 2] if member and self.is_word(at - 2) else None
        self.count_call(name, receiver)
        for function in self.namesakes(name):
            if not member or receiver in ("this", function.owner.split(".")[-1] or "this"):
                function.own_calls.append([])
