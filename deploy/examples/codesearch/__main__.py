"""Code search over a directory, in words: the backend of the worked example in config/code-search.

    python3 deploy/examples/codesearch "find me my longest recursive functions"

The question goes to the gateway, which answers with a line of the search language; the line is run over an index of the
directory. Questions may also come on standard input, one a line. Needs Python 3.10 and nothing else; uses the OpenAI SDK
where it is installed. A client key is taken from UNDERSTUDY_KEY.
"""
import argparse
import json
import sys
import time

from gateway import Gateway, NoAnswer
from language import NotInTheLanguage, parse
from search import Search


def main():
    options = _options()
    if options.check:
        return _check()
    began = time.monotonic()
    search = Search(options.directory, options.durations)
    if not options.json:
        print(f"indexed {len(search.entries)} entries of {options.directory} in {time.monotonic() - began:.1f} s")
    gateway = Gateway(options.gateway)
    failed = False
    for question in options.question or (line.strip() for line in sys.stdin):
        try:
            found = _answer(question, options, gateway, search)
        except (NoAnswer, NotInTheLanguage) as error:
            failed = True
            found = {"question": question, "error": str(error)}
        print(json.dumps(found, ensure_ascii=False) if options.json else _page(found, options.show), flush=True)
    return 1 if failed else 0


def _answer(question, options, gateway, search):
    answer = None if options.query else gateway.ask(options.route, question)
    line = question if options.query else answer.text
    query = parse(line)
    began = time.monotonic()
    matches, notes = search.run(query)
    seconds = time.monotonic() - began
    found = {"question": question, "line": line, "search_ms": round(seconds * 1000, 2), "count": len(matches), "notes": notes}
    if answer:
        found |= {"model_ms": round(answer.seconds * 1000, 1), "by": answer.by, "model": answer.model, "why": answer.why}
    shown = matches if options.json else matches[: options.show]
    fields = [query.sort] if query.sort else [t.field for t in query.terms if t.operator != ":"][:1]
    found["matches"] = [
        {
            "kind": e.kind, "name": e.full_name, "path": e.path, "line": e.line, "lines": e.lines, "complexity": e.complexity,
            "tests": e.tests, "recursive": e.recursive, "value": " ".join(search.shown(f, e) for f in fields),
        }
        for e in shown
    ]
    if options.describe and matches:
        described = gateway.ask(options.describe, _source(options.directory, matches[0]))
        found |= {"characteristics": described.text, "characteristics_why": described.why}
    return found


def _source(directory, entry):
    with open(f"{directory}/{entry.path}", encoding="utf-8") as file:
        return "".join(file.readlines()[entry.line - 1 : entry.last])[:4000]


def _page(found, most):
    rows = ["", found["question"]]
    if "error" in found:
        return "\n".join([*rows, f"  no answer: {found['error']}"])
    if "why" in found:
        rows.append(f"  {found['line']}")
        rows.append(f"  {found['why']}; model {found['model_ms']:.0f} ms, search {found['search_ms']:.1f} ms")
    rows += [f"  note: {note}" for note in found["notes"]]
    width = max((len(m["value"]) for m in found["matches"]), default=0)
    for match in found["matches"]:
        place = f"{match['path']}:{match['line']}" if match["kind"] != "file" else match["path"]
        name = match["name"] if match["kind"] != "file" else f"{match['lines']} lines"
        rows.append(f"    {match['value']:{width}}  {name}  {place}" if width else f"    {name}  {place}")
    if found["count"] > most:
        rows.append(f"    and {found['count'] - most} more")
    if not found["count"]:
        rows.append("    nothing matches")
    if "characteristics" in found:
        rows += [f"  the first is {found['characteristics']}", f"  {found['characteristics_why']}"]
    return "\n".join(rows)


def _check():
    """Says of each line on standard input whether it is of the language."""
    failed = False
    for row in sys.stdin.buffer.read().removesuffix(b"\n").split(b"\n"):
        try:
            parse(row.decode())
            print("ok")
        except NotInTheLanguage as error:
            failed = True
            print(json.dumps(str(error), ensure_ascii=True))
    return 1 if failed else 0


def _options():
    purpose, _, details = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="codesearch", description=purpose, epilog=details, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("question", nargs="*", help="what is looked for, in words")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080/v1", help="its base URL (%(default)s)")
    parser.add_argument("--route", default="code-search", help="the route that answers (%(default)s)")
    parser.add_argument("--directory", default=".", help="what is searched (%(default)s)")
    parser.add_argument("--durations", metavar="FILE", help="measured times: JSON, {\"path:name\" or \"name\": \"20ms\"}")
    parser.add_argument("--describe", metavar="ROUTE", help="asks this route for the characteristics of the first match")
    parser.add_argument("--query", action="store_true", help="the questions are lines of the language already")
    parser.add_argument("--check", action="store_true", help="only says of lines on standard input whether they are of the language")
    parser.add_argument("--show", type=int, default=10, metavar="N", help="how many matches are shown (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one object a line, with all matches")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
