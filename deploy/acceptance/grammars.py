"""What another parser says of grammars and texts: cases for Judgment's `grammar` check.

    python grammars.py OUT [GRAMMARS]

Writes a line of JSON for each grammar: its GBNF, and texts with what lark (Earley) says of them: how many characters can
begin a sentence, and whether all of them are one. The grammars are those of this repository, a few that are often
written, and GRAMMARS generated ones (left, right and hidden recursion, ambiguity, empty rules); the texts are sentences
derived from them, and sentences with a character or two changed. Seeded: the same cases on every machine.

Tests/JudgmentTests/GrammarOracleTests.swift compares them with ours.
"""
import json
import pathlib
import random
import sys
import time

import lark

from gbnf import Reader, gbnf, lark_name, lark_text

LAST = 0x10FFFF

class Oracle:
    def __init__(self, rules):
        lines = [f"{lark_name(name)}: {lark_text(part)}" for name, part in rules.items()]
        text = "\n".join(lines + ["nothing: "])
        self.parser = lark.Lark(text, parser="earley", lexer="dynamic", ambiguity="forest", start=lark_name("root"))

    def read(self, text):
        """How many characters can begin a sentence, and whether all of them are one."""
        try:
            self.parser.parse(text)
            return len(text), True
        except lark.exceptions.UnexpectedEOF:
            return len(text), False
        except lark.exceptions.UnexpectedCharacters as error:
            return error.pos_in_stream, False


def alphabet(rules):
    found = set()

    def look(part):
        match part:
            case ("text", text):
                found.update(text)
            case ("set", ranges, _):
                for first, last in ranges:
                    found.update({chr(first), chr(last), chr((first + last) // 2)})
            case ("sequence", parts) | ("choice", parts):
                for inner in parts:
                    look(inner)
            case ("repeat", inner, _, _):
                look(inner)

    for part in rules.values():
        look(part)
    found.update("a \n0é")
    return sorted(c for c in found if not 0xD800 <= ord(c) <= 0xDFFF)


class Sentences:
    """Derives sentences: at random, and by the shortest way once they are deep."""

    FAR = 10**6

    def __init__(self, rules, dice):
        self.rules, self.dice = rules, dice
        self.letters = alphabet(rules)
        self.height = dict.fromkeys(rules, self.FAR)
        changed = True
        while changed:
            changed = False
            for name, part in rules.items():
                height = self.lowest(part) + 1
                if height < self.height[name]:
                    self.height[name] = height
                    changed = True

    def lowest(self, part):
        match part:
            case ("rule", name):
                return self.height[name]
            case ("sequence", parts):
                return max(map(self.lowest, parts), default=0)
            case ("choice", parts):
                return min(map(self.lowest, parts))
            case ("repeat", inner, least, _):
                return self.lowest(inner) if least else 0
        return 0

    def derive(self, part, depth):
        match part:
            case ("text", text):
                return text
            case ("set", ranges, negated):
                return self.member(ranges, negated)
            case ("rule", name):
                return self.derive(self.rules[name], depth - 1)
            case ("sequence", parts):
                return "".join(self.derive(p, depth) for p in parts)
            case ("choice", parts):
                low = [p for p in parts if self.lowest(p) < depth] or [min(parts, key=self.lowest)]
                return self.derive(self.dice.choice(low), depth)
            case ("repeat", inner, least, most):
                more = self.dice.choice([0, 1, 1, 2, 3]) if self.lowest(inner) < depth else 0
                times = least + more if most is None else min(most, least + more)
                return "".join(self.derive(inner, depth) for _ in range(times))

    def member(self, ranges, negated):
        inside = lambda code: any(a <= code <= b for a, b in ranges)
        if negated:
            fits = [c for c in self.letters if not inside(ord(c))]
            return self.dice.choice(fits) if fits else next(chr(c) for c in range(0x20, LAST) if not inside(c))
        first, last = self.dice.choice(ranges)
        code = self.dice.choice([first, last, self.dice.randint(first, last)])
        return chr(code) if not 0xD800 <= code <= 0xDFFF else chr(first)

    def texts(self, count, longest):
        found = {"": None}
        for _ in range(4 * count):
            text = self.derive(("rule", "root"), self.dice.randint(1, 9))[:longest]
            found[text] = None
            for _ in range(2):
                text = self.changed(text)[:longest]
                found[text] = None
            if len(found) >= count:
                break
        return list(found)

    def changed(self, text):
        at, letter = self.dice.randrange(len(text) + 1), self.dice.choice(self.letters)
        match self.dice.randrange(5):
            case 0:
                return text[:at] + letter + text[at:]
            case 1:
                return text[:at] + text[at + 1 :]
            case 2:
                return text[:at] + letter + text[at + 1 :]
            case 3:
                return text + self.dice.choice([text, letter])
            case _:
                return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def generated(dice):
    """A grammar that derives something everywhere, without a loop over nothing; or None, where this one does not."""
    names = ["root", "a", "b-1", "C"][: dice.randint(1, 4)]
    letters = dice.choice(["ab", "abc", "xé😀", "01+"])

    def part(depth):
        match dice.randrange(10 if depth else 5):
            case 0 | 1:
                return ("text", "".join(dice.choice(letters) for _ in range(dice.choice([1, 1, 2, 3]))))
            case 2:
                return ("set", [tuple(sorted(ord(dice.choice(letters)) for _ in range(2)))], dice.random() < 0.25)
            case 3 | 4:
                return ("rule", dice.choice(names))
            case 5 | 6:
                return ("sequence", [part(depth - 1) for _ in range(dice.randint(0 if dice.random() < 0.2 else 1, 3))])
            case 7 | 8:
                return ("choice", [part(depth - 1) for _ in range(dice.randint(2, 3))])
            case _:
                least, more = dice.choice([(0, 1), (0, 1), (0, None), (1, None), (0, 2), (2, 0), (2, None), (1, 2)])
                return ("repeat", part(depth - 1), least, None if more is None else least + more)

    rules = {
        name: ("choice", [("sequence", [part(2) for _ in range(dice.randint(0 if dice.random() < 0.15 else 1, 3))])
                          for _ in range(dice.randint(2, 3))])
        for name in names
    }
    empty = set()

    def nullable(p):
        match p:
            case ("text", text):
                return not text
            case ("sequence", parts):
                return all(map(nullable, parts))
            case ("choice", parts):
                return any(map(nullable, parts))
            case ("repeat", inner, least, _):
                return least == 0 or nullable(inner)
            case ("rule", name):
                return name in empty
        return False

    def loops(p):
        match p:
            case ("sequence", parts) | ("choice", parts):
                return any(map(loops, parts))
            case ("repeat", inner, _, most):
                return most is None and nullable(inner) or loops(inner)
        return False

    for _ in names:
        empty |= {name for name in names if nullable(rules[name])}
    heights = Sentences(rules, dice).height
    if max(heights.values()) >= Sentences.FAR or any(map(loops, rules.values())):
        return None
    return rules


WRITTEN = [
    r"""
root ::= ws value
value ::= (object | list | string | number | "true" | "false" | "null") ws
object ::= "{" ws (member ("," ws member)*)? "}"
member ::= string ws ":" ws value
list ::= "[" ws (value ("," ws value)*)? "]"
ws ::= [ \t\r\n]*
string ::= "\"" ([^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\""
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [+-]? [0-9]+)?
""",
    r"""
root ::= sum   # left recursion over three rules
sum ::= sum [+-] product | product
product ::= product [*/] atom | atom
atom ::= [0-9]+ | "(" sum ")" | "-" atom
""",
    r"""
root ::= list
list ::= item "," list | item
item ::= [a-z]{1,3} | "(" list ")" | "[" list? "]"
""",
    r"""
root ::= ("- " item)+
item ::= [^\n]+ "\n"
""",
    r"""
root ::= clause (" and " clause | " or " clause)*
clause ::= "not " clause | "(" root ")" | word
word ::= [a-z]+ ([-_] [a-z]+)*
""",
    r"""
root ::= a a | b
a ::= "x" b? | b "y" |
      "z" a "z"
b ::= a "x" | "" | ("y" | "x") b
""",
]


def main():
    out = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    began = time.monotonic()
    config = pathlib.Path(__file__).resolve().parents[2] / "config"
    dice = random.Random(20)
    grammars = [(p.read_text(), 300, 160) for p in sorted(config.rglob("*.gbnf"))] + [(text, 120, 60) for text in WRITTEN]
    grammars = [(text, Reader(text).grammar(), texts, longest) for text, texts, longest in grammars]
    while len(grammars) < len(WRITTEN) + count:
        rules = generated(dice)
        if rules:
            text = "\n".join(f"{name} ::= {gbnf(part)}" for name, part in rules.items())
            grammars.append((text, rules, 40, 14))
    cases = sentences = prefixes = 0
    with open(out, "w", encoding="utf-8") as file:
        for text, rules, texts, longest in grammars:
            oracle = Oracle(rules)
            found = []
            for sample in Sentences(rules, dice).texts(texts, longest):
                viable, is_sentence = oracle.read(sample)
                found.append([sample, viable, is_sentence])
                cases, sentences, prefixes = cases + 1, sentences + is_sentence, prefixes + viable
            file.write(json.dumps({"grammar": text, "cases": found}) + "\n")
    seconds = time.monotonic() - began
    print(f"lark {lark.__version__}: {len(grammars)} grammars, {cases} texts, {sentences} of them sentences, "
          f"{prefixes} viable prefixes; {seconds:.0f} s")


if __name__ == "__main__":
    main()
