"""Asks a gateway the same questions again, and says who answered: python3 fallback_share.py URL QUESTIONS

QUESTIONS is what `understudy-sim questions --json` prints: an object a line, with `input` and `expected`. Nothing is cached
or kept of what is asked. Prints one line: the share that large answered, and of small's answers how many are the line that
the question means.
"""

import concurrent.futures
import json
import sys
import urllib.request


def terms(line):
    return sorted(line.split())


def ask(url, item):
    body = {"model": "code-search", "store": False, "messages": [{"role": "user", "content": item["input"]}]}
    headers = {"content-type": "application/json", "cache-control": "no-cache, no-store"}
    request = urllib.request.Request(url + "/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = json.load(answer)["choices"][0]["message"]["content"]
        return answer.headers["x-understudy-answered-by"], terms(text) == terms(item["expected"])


def main(url, path):
    with open(path, encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda item: ask(url, item), items))
    small = [right for by, right in answers if by == "small"]
    share = 1 - len(small) / len(items)
    agree = f", {sum(small)} of its {len(small)} are right" if small else ""
    print(f"fallback {share:.1%} of {len(items)} questions{agree}")


main(*sys.argv[1:])
