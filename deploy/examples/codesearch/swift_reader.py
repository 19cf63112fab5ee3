"""Reads Swift."""
from braces import Walk
from entries import Entry, Parameter
from tokens import MARK, STRING, swift_tokens

TYPES = {"class", "struct", "enum", "actor", "protocol", "extension"}
#: Words that are no call, whatever follows them.
NO_CALL = {
    "if", "guard", "for", "while", "switch", "return", "catch", "in", "where", "throw", "case", "let", "var", "func", "init",
    "as", "is", "try", "await", "else", "repeat", "defer", "super", "inout", "some", "any", "throws", "rethrows", "async",
    "subscript", "self", "Self", "private", "public", "internal", "fileprivate", "package", "unowned", "set", "get",
}
#: At the beginning of a line they begin a declaration, or end one: a function before them has no body.
STARTS = {
    "func", "var", "let", "init", "deinit", "case", "struct", "class", "enum", "actor", "protocol", "extension", "typealias",
    "associatedtype", "subscript", "static", "mutating", "public", "private", "internal", "fileprivate", "open", "override",
    "final", "nonisolated", "import", "@", "}", "#",
}


def read_swift(text, file):
    return _Swift(swift_tokens(text), file).read()


class _Swift(Walk):
    decisions = frozenset({"if", "guard", "for", "while", "case", "catch", "&&", "||", "??"})
    is_test = False

    def step(self, at):
        if self.is_word(at):
            word, before = self.texts[at], self.texts[at - 1]
            if before == "@":
                self.is_test = self.is_test or word == "Test"
            elif before != ".":
                if word == "func" or word == "init" and self.function is None and self.texts[at + 1] in ("(", "?", "!", "<"):
                    return self.read_function(at)
                if word in TYPES and before != ":" and self.is_word(at + 1) and self.texts[at + 1] not in STARTS:
                    return self.read_type(at)
                if word == "case" and isinstance(self.innermost, Entry) and self.innermost.kind == "enum":
                    return self.skip_cases(at)
            self.note_word(word)
            self.read_call(at)
        if self.is_decision(at):
            self.count_decision()
        return at + 1

    def is_decision(self, at):
        text = self.texts[at]
        if text == "?":
            return self.apart[at]  # a ternary: that of a chain follows its word
        if text not in self.decisions or self.kinds[at] == STRING or self.texts[at - 1] == ".":
            return False
        # `if case`, `for case`: one decision.
        return text != "case" or self.texts[at - 1] not in ("if", "guard", "for", "while", ",")

    def read_type(self, at):
        keyword, name, end = self.texts[at], self.texts[at + 1], at + 2
        while self.texts[end] == "." and self.is_word(end + 1):
            name += "." + self.texts[end + 1]
            end += 2
        body = self.find(end, "{", "}")
        if self.texts[body] != "{":
            return end
        if keyword == "extension":
            self.bodies[body] = name
        else:
            self.declare("class" if keyword == "actor" else keyword, name, at, body)
        return body

    def read_function(self, at):
        is_test, self.is_test = self.is_test, False
        name, opening = self.texts[at], at + 1
        if name == "func":
            name, opening = self.texts[at + 1], at + 2
            if not self.is_word(at + 1):  # an operator, of several marks perhaps
                while self.kinds[opening] == MARK and self.texts[opening] not in ("(", "<"):
                    name += self.texts[opening]
                    opening += 1
        opening = self.find(opening, "(", "{", "}")
        if self.texts[opening] != "(":
            return opening
        close = self.matching(opening, "(", ")")
        body = close + 1
        while body < self.count and self.texts[body] != "{":
            if self.texts[body] == "}" or self.lines[body] != self.lines[body - 1] and self.texts[body] in STARTS:
                return body  # a requirement of a protocol: no body
            body += 1
        if body >= self.count:
            return body
        parameters = [p for first, last in self.pieces(opening + 1, close) if (p := self.parameter(first, last))]
        in_type = self.innermost is not None and self.function is None
        is_test = is_test or in_type and name.startswith("test") and not parameters and self.owner.endswith("Tests")
        self.declare("test" if is_test else "method" if in_type else "function", name, at, body, parameters=parameters)
        return body

    def parameter(self, first, last):
        while first < last and self.texts[first] == "@":
            first += 2
        texts = self.texts[first:last]
        # A closure may stand behind the parentheses, so the call may do without its label.
        return Parameter(texts[0], "=" in texts or "->" in texts, "..." in texts) if texts else None

    def labels(self, opening):
        """What a call writes before its arguments."""
        return [
            self.texts[first] if self.is_word(first) and self.texts[first + 1] == ":" else "_"
            for first, _ in self.pieces(opening + 1, self.matching(opening, "(", ")"))
        ]

    def skip_cases(self, at):
        """Cases of an enum look like calls, and are none."""
        at += 1
        while self.is_word(at):
            at += 1
            if self.texts[at] == "(":
                at = self.matching(at, "(", ")") + 1
            if self.texts[at] == "=":
                at += 2
            if self.texts[at] != ",":
                break
            at += 1
        return at

    def read_call(self, at):
        """`name(`, `receiver.name(`, `receiver.name {`."""
        name, follows, before = self.texts[at], self.texts[at + 1], self.texts[at - 1]
        if follows not in ("(", "{") or name in NO_CALL or before in ("@", "#", "\\"):
            return
        dotted = before == "."
        if follows == "(":
            # `f (x)` is no call; `case .name(let x)` is a pattern.
            if self.apart[at + 1] or dotted and self.texts[at - 2] in ("case", ","):
                return
        elif not dotted or not self.is_receiver(at - 2):
            return
        receiver = self.texts[at - 2] if dotted and self.is_word(at - 2) and self.texts[at - 2] not in NO_CALL else None
        self.count_call(name, receiver)
        for function in self.namesakes(name):
            if not dotted or self.is_own(at - 2, function):
                function.own_calls.append(self.labels(at + 1) if follows == "(" else [])

    def is_receiver(self, at):
        if self.is_word(at):
            return self.texts[at] not in NO_CALL or self.texts[at] in ("self", "Self", "super")
        return self.texts[at] in (")", "]", "}", "?", "!", '"')

    def is_own(self, at, function):
        """Whether the receiver is the function's own self, or its type."""
        owners = {function.owner, function.owner.split(".")[-1]} - {""}
        return bool(owners) and self.texts[at] in owners | {"self", "Self"} and self.texts[at - 1] != "."
