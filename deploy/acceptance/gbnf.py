"""GBNF into parts of rules and back, and into lark's notation: for grammars.py."""
# A part of a rule is a tuple: ("set", ranges, negated) ("text", string) ("sequence", parts) ("choice", parts)
# ("repeat", part, least, most or None) ("rule", name).

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "[": "[", "]": "]", "-": "-"}


class Reader:
    """Reads GBNF into parts: only what is right, since what is wrong is not for lark to say."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def grammar(self):
        rules = {}
        self.space(True)
        while self.at < len(self.text):
            name = self.name()
            self.space(False)
            self.take("::=")
            self.space(True)
            rules[name] = self.choice(False)
            self.space(True)
        return rules

    def peek(self):
        return self.text[self.at : self.at + 1]

    def take(self, word):
        assert self.text.startswith(word, self.at), (word, self.text[self.at : self.at + 20])
        self.at += len(word)

    def space(self, lines):
        while self.peek() and (self.peek() in " \t#" or lines and self.peek() in "\r\n"):
            if self.peek() == "#":
                while self.peek() and self.peek() != "\n":
                    self.at += 1
            else:
                self.at += 1

    def name(self):
        start = self.at
        while self.peek() and (self.peek().isascii() and self.peek().isalnum() or self.peek() in "-_"):
            self.at += 1
        return self.text[start : self.at]

    def choice(self, nested):
        parts = [self.sequence(nested)]
        while self.peek() == "|":
            self.at += 1
            self.space(True)
            parts.append(self.sequence(nested))
        return parts[0] if len(parts) == 1 else ("choice", parts)

    def sequence(self, nested):
        parts = []
        while self.peek():
            if self.peek() == '"':
                self.at += 1
                text = ""
                while self.peek() != '"':
                    text += self.character()
                self.at += 1
                parts.append(("text", text))
            elif self.peek() == "[":
                parts.append(self.klass())
            elif self.peek() == ".":
                self.at += 1
                parts.append(("set", [], True))
            elif self.peek() == "(":
                self.at += 1
                self.space(True)
                parts.append(self.choice(True))
                self.take(")")
            elif self.peek() in "*+?{":
                parts.append(("repeat", parts.pop(), *self.times()))
            else:
                name = self.name()
                if not name:
                    break
                parts.append(("rule", name))
            self.space(nested)
        return parts[0] if len(parts) == 1 else ("sequence", parts)

    def times(self):
        sign = self.peek()
        self.at += 1
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self.text.index("}", self.at)
        numbers = [n.strip() for n in self.text[self.at : end].split(",")]
        self.at = end + 1
        return int(numbers[0]), int(numbers[-1]) if numbers[-1] else None

    def klass(self):
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        ranges = []
        while self.peek() != "]":
            first = last = ord(self.character())
            if self.peek() == "-" and self.text[self.at + 1] != "]":
                self.at += 1
                last = ord(self.character())
            ranges.append((first, last))
        self.at += 1
        return ("set", ranges, negated)

    def character(self):
        letter = self.peek()
        self.at += 1
        if letter != "\\":
            return letter
        letter = self.peek()
        self.at += 1
        if letter in "xuU":
            digits = {"x": 2, "u": 4, "U": 8}[letter]
            self.at += digits
            return chr(int(self.text[self.at - digits : self.at], 16))
        return ESCAPES[letter]


def gbnf_character(code, quote):
    letter = chr(code)
    if letter in '\\"[]-' and (letter == "\\" or quote == (letter == '"')):
        return "\\" + letter
    if letter in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[letter]
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"\\x{code:02x}"
    return letter if code < 0x1000 or code % 2 else f"\\U{code:08X}"


def gbnf(part):
    match part:
        case ("text", text):
            return '"' + "".join(gbnf_character(ord(c), True) for c in text) + '"'
        case ("set", [], True):
            return "."
        case ("set", ranges, negated):
            ends = [[gbnf_character(c, False) for c in r] for r in ranges]
            return "[" + "^" * negated + "".join(a if a == b else f"{a}-{b}" for a, b in ends) + "]"
        case ("rule", name):
            return name
        case ("sequence", parts):
            return "(" + " ".join(map(gbnf, parts)) + ")" if parts else '""'
        case ("choice", parts):
            return "(" + " | ".join(gbnf(p) if p != ("sequence", []) else "" for p in parts) + ")"
        case ("repeat", inner, least, most):
            known = {(0, None): "*", (1, None): "+", (0, 1): "?"}
            span = f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"
            return gbnf(inner) + known.get((least, most), span)


def lark_name(name):
    return "r_" + "".join(c if c.isalnum() else f"_{ord(c)}_" for c in name).lower() + str(sum(c.isupper() for c in name))


def lark_character(code):
    """In a class of a regular expression. lark puts the character for a \\U before the expression is read."""
    letter = chr(code)
    return "\\" + letter if letter in "\\/[]^-&~|" else f"\\U{code:08X}"


def lark_text(part):
    match part:
        case ("text", text):
            # A character at a time: a longer terminal is all or nothing, and would not tell where a text leaves it.
            return "(" + " ".join(f"/[{lark_character(ord(c))}]/" for c in text) + ")" if text else "nothing"
        case ("set", [], True):
            return "/[\\U00000000-\\U0010FFFF]/"
        case ("set", ranges, negated):
            return "/[" + "^" * negated + "".join("-".join(map(lark_character, r)) for r in ranges) + "]/"
        case ("rule", name):
            return lark_name(name)
        case ("sequence", parts):
            return "(" + " ".join(map(lark_text, parts)) + ")" if parts else "nothing"
        case ("choice", parts):
            return "(" + " | ".join(map(lark_text, parts)) + ")"
        case ("repeat", inner, least, most):
            text = f"({lark_text(inner)})"
            if most is not None:
                return "nothing" if most == 0 else f"{text}~{least}..{most}" if least else f"({text}~1..{most} | nothing)"
            return text + "*" if least == 0 else text + "+" if least == 1 else f"({text}~{least} {text}*)"
