"""What a story is played with: a simulated provider, settings, commands, a gateway, questions.

The job is to sort tickets: a ticket is a bug, a feature or a question by one word of it. The simulated large model
knows that by rule; the small one is trained for real, and sees only what it was given.
"""
import http.client
import json
import os
import random
import socket
import sqlite3
import subprocess
import time

WORDS = {
    "bug": ["crashes", "breaks", "fails"], "feature": ["add", "support", "offer"], "question": ["how", "why", "where"],
}
OTHERS = """apple river window garden silver market bridge candle forest pencil summer winter button carpet engine
flower hammer island jacket kitchen ladder mirror needle orange pepper rabbit saddle tunnel valley wagon yellow zebra
anchor basket copper desert falcon guitar helmet insect jungle kettle lemon magnet napkin oyster pillow quartz ribbon
shadow temple urban velvet walnut yogurt bottle circle dragon ember fabric""".split()


def tickets(count, seed):
    """Different tickets, and what each is."""
    draw = random.Random(seed)
    for number in range(count):
        label = list(WORDS)[number % 3]
        words = draw.sample(OTHERS, 5)
        words.insert(draw.randrange(6), draw.choice(WORDS[label]))
        yield " ".join(words), label


def check(holds, what):
    if not holds:
        raise SystemExit(f"cycle: broken: {what}")


def until(true, seconds, what):
    limit = time.monotonic() + seconds
    while not (found := true()):
        check(time.monotonic() < limit, f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    def __init__(self, bin, folder, names=None):
        """`names`: what the labels are called, by what they are in WORDS."""
        self.bin, self.folder, self.started = bin, folder, []
        os.makedirs(folder, exist_ok=True)
        # More lines of the route.
        self.more = ""
        self.names = names or {label: label for label in WORDS}
        self.sim_port, self.port, self.admin_port = free_port(), free_port(), free_port()
        self.config, self.inputs = f"{folder}/understudy.yaml", f"{folder}/inputs.txt"
        self.write_settings()
        with open(f"{folder}/models.json", "w") as file:
            json.dump({"models": self.large()}, file)
        self.start("understudy-sim", "--port", str(self.sim_port), "--script", f"{folder}/models.json")
        until(lambda: self.answers(self.sim_port, "/health"), 30, "the simulated provider starts")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            process.wait(30)

    # The provider

    def large(self):
        rules = [{"contains": word, "text": self.names[label]} for label in WORDS for word in WORDS[label]]
        return {"large": {"latency_ms": 5, "answers": rules}}

    def write_settings(self):
        with open(f"{self.folder}/large.mustache", "w") as file:
            file.write(f"One of {', '.join(self.names.values())}: {{{{input}}}}")
        with open(f"{self.folder}/small.mustache", "w") as file:
            file.write("{{input}}\n->")
        url = f"http://127.0.0.1:{self.sim_port}/v1"
        with open(self.config, "w") as file:
            file.write(f"""
server: {{ listen: 127.0.0.1:{self.port}, admin: 127.0.0.1:{self.admin_port}, environment: acceptance }}
models:
  small: {{ base_url: {url}, api: completions, price: {{ input: 0.5, output: 0.5 }} }}
  large: {{ base_url: {url}, api: chat, model: large, price: {{ input: 20, output: 20 }} }}
routes:
  tickets:
    small: small
    large: large
    kind: format
    prompt: {{ small: small.mustache, large: large.mustache }}
    parameters:
      small: {{ temperature: 0, max_tokens: 8, stop: ["\\n"] }}
      large: {{ temperature: 0, max_tokens: 8 }}
    checks: [finished, {{ one_of: [{", ".join(self.names.values())}] }}]
    confidence: {{ score: min_logprob, threshold: auto }}
    compare: label
    audit: 50%
    on_stale_small: large
    training: {{ trainer: openai, base_url: {url}, base: babbage-002, hyperparameters: {{ seed: 7 }} }}
{self.more}""")

    def call(self, port, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"content-type": "application/json", **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        is_json = answer.getheader("content-type", "").startswith("application/json")
        return answer, json.loads(content) if is_json else content.decode()

    def answers(self, port, path):
        try:
            return self.call(port, "GET", path)[0].status == 200
        except OSError:
            return False

    def paid(self):
        """What the provider was paid for: calls by role, uploads, jobs; without what came again by the same key."""
        calls = self.call(self.sim_port, "GET", "/sim/calls")[1]
        paid = {"large": 0, "small": 0}
        for name, model in calls["models"].items():
            paid["large" if name == "large" else "small"] += model["paid"]
        return {**paid, **{key: calls[key] for key in ("uploads", "jobs")}}

    def uploaded(self):
        """The lines of all training files that the provider has."""
        for file in self.call(self.sim_port, "GET", "/v1/files")[1]["data"]:
            yield from self.call(self.sim_port, "GET", f"/v1/files/{file['id']}/content")[1].splitlines()

    # Commands

    def start(self, program, *arguments):
        with open(f"{self.folder}/{program}.log", "a") as log:
            process = subprocess.Popen([f"{self.bin}/{program}", *arguments], stdout=subprocess.DEVNULL, stderr=log)
        self.started.append(process)
        return process

    def run(self, *arguments, expect=0):
        words = [f"{self.bin}/understudy", *arguments, "--config", self.config]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300)
        check(done.returncode == expect, f"{' '.join(words)} ended with {done.returncode}\n{done.stderr}")
        return done

    def give(self, count, seed):
        with open(self.inputs, "w") as file:
            file.writelines(f"{ticket}\n" for ticket, _ in tickets(count, seed))

    @property
    def cycle(self):
        return ["cycle", "tickets", "--inputs", self.inputs, "--at-once", "16", "--budget", "50", "--yes", "--json"]

    def stage(self):
        """Where the only cycle is, by its document in the store; None: there is none."""
        try:
            with sqlite3.connect(f"file:{self.folder}/var/understudy.db?mode=ro", uri=True, timeout=5) as store:
                row = store.execute("SELECT json FROM documents WHERE kind = 'cycle'").fetchone()
            return json.loads(row[0])["stage"] if row else None
        except sqlite3.OperationalError:
            return None

    # The gateway

    def serve(self):
        self.start("understudy", "serve", "--config", self.config)
        until(lambda: self.answers(self.port, "/health/ready"), 30, "the gateway starts")

    def reload(self):
        answer, report = self.call(self.admin_port, "POST", "/admin/v1/reload")
        check(answer.status == 200, f"reload: {report}")

    def route(self):
        return self.call(self.admin_port, "GET", "/admin/v1/routes")[1]["data"][0]

    def ask(self, ticket, **headers):
        """Who answered, and what."""
        body = {"model": "tickets", "messages": [{"role": "user", "content": ticket}]}
        answer, content = self.call(self.port, "POST", "/v1/chat/completions", body, headers)
        check(answer.status == 200, f"{ticket}: {content}")
        return answer.getheader("x-understudy-answered-by"), content["choices"][0]["message"]["content"]

    def left_to_large(self, count, seed):
        """The share of new tickets that large answers; every answer is right."""
        found = [(self.ask(ticket)[0], label) for ticket, label in tickets(count, seed)]
        return sum(by == "large" for by, _ in found) / count
