"""Cuts Swift, C and C++ into tokens. What strings and comments hold is no code; what stands in \\( ) inside of a Swift
string is.
"""
import re

WORD, NUMBER, STRING, MARK, NONE = range(5)
#: So many empty tokens follow the last, so that who looks ahead, or back before the first, finds nothing there.
PADDING = 4

_SWIFT = re.compile(
    r"(?P<space>\s+|//[^\n]*)|(?P<block>/\*)|(?P<word>[^\W\d]\w*|`[^`\n]*`)|(?P<number>\d[\w.]*)"
    # Three quotes are one opening only at the end of a line: #""""# is a string of two.
    r'|(?P<string>#*"(?:""(?=[ \t]*\n))?)|(?P<close>[()])'
    r"|(?P<mark>&&|\|\||\?\?|->|\.\.[.<]|[=!<>+\-*%&|^~]+|.)",
    re.DOTALL,
)
_C = re.compile(
    r"(?P<space>\s+|//[^\n]*)|(?P<block>/\*)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)"""
    r"|(?P<mark>&&|\|\||->|::|\.\.\.|[=!<>+\-*%&|^~]+|.)",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)


class Tokens:
    """Columns, one entry for each token: of which kind, its text, its line, and whether white space stands before it."""

    def __init__(self):
        self.kinds, self.texts, self.lines, self.apart = [], [], [], []

    def __len__(self):
        return len(self.kinds) - PADDING

    def append(self, kind, text, line, apart):
        self.kinds.append(kind)
        self.texts.append(text)
        self.lines.append(line)
        self.apart.append(apart)


def swift_tokens(text):
    return _Scanner(text, _SWIFT, nests=True).scanned()


def c_tokens(text):
    """Directives are left out: `#if` knows no braces, and macros are not what they expand to."""
    return _Scanner(_DIRECTIVE.sub(lambda found: "\n" * found[0].count("\n"), text), _C, nests=False).scanned()


class _Scanner:
    def __init__(self, text, pattern, nests):
        self.text, self.pattern, self.nests = text, pattern, nests
        self.tokens, self.line = Tokens(), 1

    def scanned(self):
        self.scan(0, in_string=False)
        for _ in range(PADDING):
            self.tokens.append(NONE, "", self.line, True)
        return self.tokens

    def scan(self, at, in_string):
        """To the end; in the parentheses of a string to the one that closes. The place behind it."""
        text, match, append, end, depth, apart = self.text, self.pattern.match, self.tokens.append, len(self.text), 0, True
        while at < end:
            found = match(text, at)
            kind, piece, at = found.lastgroup, found[0], found.end()
            if kind == "space":
                self.line += piece.count("\n")
                apart = True
                continue
            if kind == "word":
                append(WORD, piece.strip("`"), self.line, apart)
            elif kind == "mark" or kind == "close":
                if in_string and kind == "close":
                    depth += 1 if piece == "(" else -1
                    if depth < 0:
                        return at
                append(MARK, piece, self.line, apart)
            elif kind == "number":
                append(NUMBER, piece, self.line, apart)
            elif kind == "block":
                at = self.skip(found.start(), self.comment(at))
            else:
                append(STRING, '"', self.line, apart)
                at = self.swift_string(piece, at) if self.nests else self.skip(found.start(), at)
            apart = False
        return at

    def skip(self, start, end):
        self.line += self.text.count("\n", start, end)
        return end

    def comment(self, at):
        """The end of a block comment; Swift's nest."""
        depth = 1
        while depth:
            close = self.text.find("*/", at)
            if close < 0:
                return len(self.text)
            opening = self.text.find("/*", at, close) if self.nests else -1
            depth, at = (depth + 1, opening + 2) if opening >= 0 else (depth - 1, close + 2)
        return at

    def swift_string(self, opening, at):
        quotes = opening.lstrip("#")
        pounds = opening[: len(opening) - len(quotes)]
        end, escape = quotes + pounds, "\\" + pounds
        stop = re.compile("|".join(map(re.escape, (end, escape))) + ("" if len(quotes) == 3 else "|\n"))
        while found := stop.search(self.text, at):
            self.skip(at, found.end())
            at = found.end()
            if found[0] != escape:
                return at
            if self.text.startswith("(", at):
                self.tokens.append(MARK, "(", self.line, False)
                at = self.scan(at + 1, in_string=True)
                self.tokens.append(MARK, ")", self.line, False)
            else:
                at = self.skip(at, min(at + 1, len(self.text)))
        return self.skip(at, len(self.text))
