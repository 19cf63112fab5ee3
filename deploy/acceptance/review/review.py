"""The review page in a real browser (Debian's Chromium, driven by Playwright), against a real gateway.

    review.py ADMIN_URL [--shots DIR]    ADMIN_URL: of a gateway that `fill.py` has filled

Every scenario fails on a console error, an uncaught exception or a violation of the content security policy. Timings are
printed, never asserted.
"""
import argparse
import contextlib
import hashlib
import json
import os
import re
import stat
import statistics
import time
import urllib.error
import urllib.request

from playwright.sync_api import Error, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
VISIBLE = "#stage > .item:not([hidden])"
# Nothing of these may be in what a blind item is sent as.
TELLING = {"role", "model", "fails", "tokens", "ms", "cost", "finish", "cut_at"}


class Trouble(AssertionError):
    pass


class Reviewer:
    """One person at one browser."""

    def __init__(self, browser, base, name, **options):
        self.base = base
        self.name = name
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.context.add_init_script(
            "localStorage.setItem('understudy reviewer', %s);"
            "window.violations = [];"
            "document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));"
            % json.dumps(name)
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.trouble = []
        self.shown = []
        # A refused answer is a status of the API, which the browser puts into its console, too.
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.complain(m.text))
        self.page.on("pageerror", lambda error: self.trouble.append(f"exception: {error}"))
        self.page.on("response", self.note)

    def complain(self, text):
        if not re.search(r"status of (401|422)", text):
            self.trouble.append(f"console: {text}")

    def note(self, response):
        if response.url.endswith("/review/take") and response.ok:
            # The page may be closed by now.
            with contextlib.suppress(Error):
                self.shown += response.json()["data"]

    def open(self, route, **filters):
        query = "&".join(f"{name}={value}" for name, value in {"route": route, **filters}.items())
        self.page.goto(f"{self.base}/review?{query}")
        self.page.wait_for_selector(f"{VISIBLE}, .nothing p")
        return self

    @property
    def ask(self):
        return self.page.locator(f"{VISIBLE} h1").text_content()

    @property
    def said(self):
        return self.page.locator("#said")

    @property
    def field(self):
        return self.page.locator(f"{VISIBLE} textarea")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def decide(self, *keys):
        """Keys that decide; waits for the next item, or the end, as a person would. A side that the page does not let
        through, because it fails a check, is rejected."""
        before = self.page.locator(VISIBLE).element_handle()
        gone = "!before.isConnected || before.hidden"
        self.page.evaluate("document.getElementById('said').textContent = ''")
        self.press(*keys)
        self.page.wait_for_function(
            f"(before) => {gone} || document.querySelector('#said').textContent.includes('cannot be kept')", arg=before
        )
        if not before.evaluate(f"(before) => {gone}"):
            self.press("x")
            self.page.wait_for_function(f"(before) => {gone}", arg=before)

    def settled(self):
        """Everything that was sent has been answered."""
        self.page.wait_for_load_state("networkidle")

    def close(self):
        violations = self.page.evaluate("window.violations ?? []")
        self.trouble += [f"policy: {violation}" for violation in violations]
        self.context.close()
        if self.trouble:
            raise Trouble(f"{self.name}: {self.trouble}")


class Bench:
    def __init__(self, browser, base):
        self.browser = browser
        self.base = base

    @contextlib.contextmanager
    def reviewer(self, name, **options):
        person = Reviewer(self.browser, self.base, name, **options)
        try:
            yield person
        except BaseException:
            with contextlib.suppress(Exception):
                print("the page said:", person.said.text_content(), person.trouble)
            person.context.close()
            raise
        person.close()

    def api(self, path):
        with urllib.request.urlopen(f"{self.base}/admin/v1/{path}", timeout=20) as response:
            return json.load(response)

    def post(self, path, value, headers={}):
        """The status; a program writes without the page's token."""
        body = json.dumps(value).encode()
        request = urllib.request.Request(
            f"{self.base}/admin/v1/{path}", body, {"content-type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status
        except urllib.error.HTTPError as problem:
            return problem.code

    def count(self, route, status):
        found, after = 0, ""
        while True:
            page = self.api(f"candidates?route={route}&status={status}&limit=1000&after={after}")
            found += len(page["data"])
            after = page["next"]
            if not after:
                return found

    def wait_until_filled(self):
        """A candidate is in the store within a second; the route `alone` was asked last."""
        for _ in range(100):
            if self.count("alone", "new") >= 4:
                return
            time.sleep(0.1)
        raise Trouble("the store does not fill")

    def counts(self, route):
        return {status: self.count(route, status) for status in ("new", "accepted", "edited", "rejected", "skipped")}


def expect_equal(found, wanted, what):
    if found != wanted:
        raise Trouble(f"{what}: {found!r}, expected {wanted!r}")


# MARK: Scenarios


def fifty_by_keyboard(bench):
    """50 items by keyboard alone, 10 taken back, one edited into an answer that fails and one that passes."""
    before = bench.counts("search")
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        asks = []
        for number in range(50):
            asks.append(ada.ask)
            keys = {0: ["ArrowLeft", "a"], 1: ["ArrowRight", "a"], 2: ["b"], 3: ["x"], 4: ["s"]}[number % 5]
            ada.decide(*keys)
        ada.settled()
        after = bench.counts("search")
        decided = {status: after[status] - before[status] for status in after}
        print("  50 decided by keyboard:", decided)
        expect_equal(sum(decided[status] for status in ("accepted", "rejected", "skipped")), 50, "decided")
        times = ada.page.evaluate("performance.getEntriesByName('switch').map((entry) => entry.duration)")
        times.sort()
        print(
            f"  key to the next item on the screen: median {statistics.median(times):.1f} ms,"
            f" p95 {times[int(len(times) * 0.95)]:.1f} ms, most {times[-1]:.1f} ms, of {len(times)}"
        )
        for number in range(10):
            ada.press("u")
            expect(ada.said).to_have_text("Taken back.")
            expect(ada.page.locator(f"{VISIBLE} h1")).to_have_text(asks[49 - number])
            ada.page.evaluate("document.getElementById('said').textContent = ''")
        undone = bench.counts("search")
        expect_equal(undone["new"] - after["new"], 10, "back in the queue")
        invalid_and_valid(bench, ada)


def invalid_and_valid(bench, ada):
    before = bench.counts("search")
    ask = ada.ask
    ada.press("e")
    expect(ada.field).to_be_focused()
    # It was taken back, so it is told, and large's answer stands in the field.
    ada.press("Control+A")
    ada.page.keyboard.type("axusb? ")
    expect_equal(ada.ask, ask, "keys in a field decide nothing")
    status = ada.page.locator(f"{VISIBLE} .status")
    expect(status).to_contain_text("\u2717 regex")
    expect(status).to_contain_text("line 1, column 1")
    ada.press("Escape", "a")
    expect(ada.said).to_contain_text("fails the checks")
    expect(ada.field).to_be_focused()
    expect_equal(ada.ask, ask, "what fails is not kept")
    ada.settled()
    expect_equal(bench.counts("search"), before, "what fails is not kept")
    ada.field.fill("kind:function lines:>40")
    expect(status).to_contain_text("\u2713 regex")
    ada.press("Escape")
    ada.decide("a")
    ada.settled()
    expect_equal(bench.counts("search")["edited"] - before["edited"], 1, "edited")
    edited = bench.api("candidates?route=search&status=edited&limit=1")["data"][0]
    expect_equal(edited["completion"], "kind:function lines:>40", "the edit")


def reload_in_the_middle(bench):
    """A reload right behind a key, and one in the middle of an edit: nothing is lost."""
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        before = bench.counts("search")
        ask = ada.ask
        ada.press("x")
        ada.page.reload()
        ada.page.wait_for_selector(VISIBLE)
        ada.settled()
        expect_equal(bench.counts("search")["rejected"] - before["rejected"], 1, "decided just before the reload")
        if ada.ask == ask:
            raise Trouble("a decided item came again")
        ask = ada.ask
        ada.press("e")
        ada.field.fill("kind:file half written")
        ada.page.reload()
        ada.page.wait_for_selector(VISIBLE)
        expect_equal(ada.ask, ask, "the item on the screen")
        expect(ada.field).to_have_value("kind:file half written")
        # Back by k, forth by j; a decision changed after the reveal is marked.
        ada.press("k")
        expect(ada.said).to_contain_text("rejected this")
        ada.press("ArrowLeft", "a")
        expect(ada.said).to_contain_text("changed after the reveal")


def two_at_once(bench):
    """Two reviewers by turns: no item twice beyond the second opinions."""
    with bench.reviewer("Grace") as grace, bench.reviewer("Linus") as linus:
        grace.open("search")
        linus.open("search")
        seen = {grace.name: [], linus.name: []}
        for _ in range(12):
            for person in (grace, linus):
                if person.page.locator(VISIBLE).count() == 0:
                    continue
                seen[person.name].append(person.ask)
                person.decide("b" if len(seen[person.name]) % 4 else "x")
        grace.settled()
        linus.settled()
        both = set(seen["Grace"]) & set(seen["Linus"])
        total = sum(len(asks) for asks in seen.values())
        print(f"  {total} items between two reviewers, {len(both)} seen by both")
        if len(both) > max(2, 0.2 * total):
            raise Trouble(f"too many items twice: {both}")
        for person, asks in seen.items():
            expect_equal(len(asks), len(set(asks)), f"{person} saw one item twice")


def blind_on_the_wire(bench):
    """What a blind item is sent as does not tell the sides apart, and the sides are shuffled."""
    left = []
    with bench.reviewer("Ada") as ada:
        ada.page.on(
            "response",
            lambda r: r.url.endswith("/review/decide") and r.ok and left.append(r.json()["item"]["sides"][0]["role"]),
        )
        ada.open("search")
        for _ in range(10):
            ada.decide("ArrowLeft", "a")
        ada.settled()
        blind = [item for item in ada.shown if not item["named"]]
        if not blind:
            raise Trouble("no blind item was shown")
        for item in blind:
            for side in item["sides"]:
                if TELLING & set(side):
                    raise Trouble(f"a blind item tells: {set(side)}")
            if {"why", "version", "decided", "completion", "status"} & set(item):
                raise Trouble(f"a blind item tells: {set(item)}")
        print(f"  {len(blind)} blind items, {len(left)} revealed: small was left {left.count('small')} times")
        if len(left) >= 8 and (left.count("small") in (0, len(left))):
            raise Trouble("the sides are not shuffled")


def labels_by_digit(bench):
    """A route of labels: a digit decides."""
    bench_before = bench.counts("labels")
    with bench.reviewer("Ada") as ada:
        ada.open("labels")
        for digit in "123":
            ada.decide(digit)
        ada.settled()
        after = bench.counts("labels")
        # bug is small's label, question large's; nobody said feature.
        expect_equal(after["accepted"] - bench_before["accepted"], 2, "labels that a model gave")
        expect_equal(after["edited"] - bench_before["edited"], 1, "a label that nobody gave")
        expect_equal(bench.api("candidates?route=labels&status=edited")["data"][0]["completion"], "feature", "label")


def named_where_it_fails(bench):
    """Small's answer fails its schema: both are named, the check's words are there, JSON is compared by value."""
    with bench.reviewer("Ada") as ada:
        ada.open("facts")
        item = ada.page.locator(VISIBLE)
        expect(item.locator(".role.small")).to_be_visible()
        expect(item.locator(".fails")).to_contain_text("json schema")
        expect(item.locator(".why")).to_contain_text("fails its format")
        expect(item.locator(".strip .heat").first).to_be_visible()
        expect(item.locator("del")).to_have_count(1)
        # Large's answer is taken at the start: one key keeps it. Small's cannot be kept.
        arrow = "ArrowLeft" if "Small" in item.locator(".side h2").first.text_content() else "ArrowRight"
        ada.press(arrow, "a")
        expect(ada.said).to_contain_text("cannot be kept")
        ada.press("b")
        expect(ada.said).to_contain_text("cannot be kept")
        item.locator("details.more summary").click()
        expect(item.locator("table")).to_contain_text("facts-small")
        expect(item.locator(".details-body")).to_contain_text("Answer in JSON.")
        ada.press("ArrowRight" if arrow == "ArrowLeft" else "ArrowLeft")
        ada.decide("a")
        expect(ada.said).to_contain_text("Accepted.")


def one_answer(bench):
    with bench.reviewer("Ada") as ada:
        ada.open("alone")
        expect(ada.page.locator(f"{VISIBLE} .about")).to_contain_text("one answer")
        expect(ada.page.locator("#both")).to_be_hidden()
        ada.decide("a")
        expect(ada.said).to_contain_text("Accepted.")


def other_layouts(bench):
    """Keys are bound by what they say, wherever they lie; held keys, chords and dialogs decide nothing."""
    def key(ada, key, code, **more):
        ada.page.evaluate(
            "([key, code, more]) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...more }))",
            [key, code, more],
        )

    rejected = bench.count("facts", "rejected")
    with bench.reviewer("Ada") as ada:
        ada.open("facts")
        ask = ada.ask
        key(ada, "x", "KeyX", ctrlKey=True)
        key(ada, "x", "KeyX", repeat=True)
        key(ada, "q", "KeyX")
        expect_equal(ada.ask, ask, "nothing was decided")
        ada.press("?")
        expect(ada.page.locator("#help")).to_be_visible()
        ada.press("x", "Escape")
        expect(ada.page.locator("#help")).to_be_hidden()
        expect_equal(ada.ask, ask, "nothing was decided behind a dialog")
        # Dvorak: the key that says x is where QWERTY has b. And with the shift lock on.
        for said, code in (("x", "KeyB"), ("X", "KeyX")):
            before = ada.page.locator(VISIBLE).element_handle()
            key(ada, said, code)
            ada.page.wait_for_function("(before) => !before.isConnected", arg=before)
        ada.settled()
        expect_equal(bench.count("facts", "rejected") - rejected, 2, "rejected by two layouts")


def hostile_text(bench):
    """Text that would be a script, turn writing around, hide, or fill the page: shown, inert, within bounds."""
    with bench.reviewer("Ada") as ada:
        ada.open("hostile")
        seen = set()
        while ada.page.locator(VISIBLE).count():
            name = ada.ask.removeprefix("hostile ")
            seen.add(name)
            item = ada.page.locator(VISIBLE)
            expect_equal(ada.page.evaluate("window.owned ?? null"), None, "a script ran")
            expect_equal(item.locator("script, img, svg, iframe").count(), 0, "markup came to life")
            text = item.evaluate("(item) => [...item.querySelectorAll('h1, pre')].map((e) => e.textContent).join('')")
            if re.search("[\u0000-\u0008\u202a-\u202e\u2066-\u2069\u200b\u2028]", text):
                raise Trouble(f"{name}: raw control characters are in the page")
            if name == "script":
                expect(item.locator(".pair")).to_contain_text("<img src=x onerror=")
            if name == "bidi":
                expect(item.locator(".pair")).to_contain_text("RLO")
                expect(item.locator(".pair")).to_contain_text("ZWSP")
            if name in ("replaced", "invalid"):
                expect(item.locator(".pair")).to_contain_text("not UTF-8")
            if name == "replaced":
                expect(item.locator(".pair")).to_contain_text("NBSP")
            if name == "invalid":
                expect(item.locator(".pair")).to_contain_text("<b>")
            if name == "long":
                if len(text) > 50_000:
                    raise Trouble(f"{len(text)} characters of a long line are shown at once")
                item.get_by_role("button", name="Show all 1,048,576 characters").click()
                lengths = item.locator(".side pre").evaluate_all("(all) => all.map((pre) => pre.textContent.length)")
                expect_equal(sorted(lengths), [64, 1 << 20], "all of it, on demand")
                ada.press("ArrowLeft" if lengths[0] > lengths[1] else "ArrowRight")
                expect(item.get_by_role("button", name="Edit all 1,048,576 characters")).to_be_visible()
            else:
                ada.press("ArrowLeft")
                expect(ada.field).not_to_have_value("")
            ada.decide("a")
        ada.settled()
        expect_equal(seen, {"script", "bidi", "long", "replaced", "invalid"}, "items")


def holdout_is_blind(bench):
    """Of what is evaluated on no answer is shown, and none is sent; a person writes it."""
    with bench.reviewer("Ada") as ada:
        ada.open("held")
        ada.settled()
        asks = {}
        while ada.page.locator(VISIBLE).count():
            shown = next(item for item in ada.shown if item["ask"] == ada.ask)
            asks[ada.ask] = shown["shape"]
            if shown["shape"] == "blank":
                expect(ada.page.locator(f"{VISIBLE} .about")).to_contain_text("evaluation set")
                expect(ada.page.locator(f"{VISIBLE} .side")).to_have_count(0)
                expect_equal(ada.field.input_value(), "", "nothing is suggested")
                if shown["sides"] or re.search("kind:(small|large)", json.dumps(shown)) or "why" in shown:
                    raise Trouble(f"a held-out item tells: {shown}")
                ada.press("a")
                expect(ada.said).to_contain_text("Write the answer first")
                ada.press("e")
                ada.page.keyboard.type("kind:mine")
                ada.press("Escape")
                ada.decide("a")
                expect(ada.said).to_contain_text("Edited.")
            else:
                ada.decide("b")
        ada.settled()
        blank = [ask for ask, shape in asks.items() if shape == "blank"]
        print(f"  {len(asks)} audited items, {len(blank)} of them held out")
        expect_equal(len(asks), 8, "items")
        if not 0 < len(blank) < 8:
            raise Trouble("about half should be held out")
        expect_equal(bench.count("held", "edited"), len(blank), "written by hand")


def clusters(bench):
    """One decision accepts all with an equal answer: each is listed before, with its own."""
    before = bench.count("labels", "accepted")
    left = bench.count("labels", "new")
    with bench.reviewer("Ada") as ada:
        ada.open("labels")
        ada.press("ArrowLeft", "c")
        dialog = ada.page.locator("#cluster")
        expect(dialog).to_be_visible()
        members = dialog.locator("li")
        many = members.count()
        print(f"  {many} of {left} items in one cluster")
        if many < 3:
            raise Trouble("near-identical tickets are not in one cluster")
        expect(dialog.locator("h2")).to_have_text(f"{many} items with an equal answer")
        inputs = members.locator("p.model").all_text_contents()
        expect_equal(len(set(inputs)), many, "inputs listed")
        # Back, and again: nothing was decided. Keys of the page are inert behind the dialog.
        ada.press("x", "Escape")
        expect(dialog).to_be_hidden()
        expect_equal(bench.count("labels", "accepted"), before, "decided")
        ada.press("c")
        expect(dialog).to_be_visible()
        ada.decide("a")
        expect(ada.said).to_contain_text(f"and {many - 1} like it")
        ada.settled()
        expect_equal(bench.count("labels", "accepted") - before, many, "accepted by one decision")
        ada.press("u")
        expect(ada.said).to_have_text("Taken back.")
        expect_equal(bench.count("labels", "accepted"), before, "taken back by one key")


def second_opinions(bench):
    """Items that two have judged: kappa, and conflicts, which a third decision settles. Takes what is left of `search`."""
    for candidate in bench.api("candidates?route=search&status=new&limit=1000")["data"]:
        bench.post(f"candidates/{candidate['id']}", {"decision": "accept", "reviewer": "Ada"})
    with bench.reviewer("Barbara") as barbara:
        barbara.open("search")
        seen = 0
        while barbara.page.locator(VISIBLE).count():
            barbara.decide("x")
            seen += 1
        barbara.settled()
        quality = barbara.page.locator("#quality-figures")
        # 5 in 100 come for a second opinion.
        expect(quality).to_contain_text("Where two reviewers judged the same item they agree on")
        found = bench.api("review/conflicts?route=search")["data"]
        print(f"  {seen} second opinions, {len(found)} conflicts; {quality.locator('p').nth(1).text_content()}")
        expect(quality).to_contain_text("Cohen\u2019s kappa")
        summary = quality.locator("details summary")
        expect(summary).to_contain_text(f"{len(found)} conflict")
        summary.click()
        conflicts = quality.locator(".conflicts li")
        expect(conflicts).to_have_count(len(found))
        expect(conflicts.first).to_contain_text("Barbara rejected")
        ask = conflicts.first.locator("button").text_content()
        conflicts.first.locator("button").click()
        expect(barbara.page.locator(f"{VISIBLE} h1")).to_have_text(ask)
        barbara.press("b")
        expect(barbara.said).to_contain_text("Accepted.")
        barbara.settled()
        expect_equal(len(bench.api("review/conflicts?route=search")["data"]), len(found) - 1, "settled")


def export_files(bench):
    """Counts and advice first; then files on the gateway's disk and in the browser, which agree."""
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        ask = ada.ask if ada.page.locator(VISIBLE).count() else None
        ada.page.locator("#export-open").click()
        dialog = ada.page.locator("#export")
        expect(dialog.locator("select[name=format]")).to_have_value("openai-completions")
        plan = dialog.locator("#export-plan")
        expect(plan.locator("table")).to_contain_text("validation")
        expect(plan).to_contain_text("Advice")
        dialog.locator("select[name=validation]").select_option("20")
        dialog.locator("select[name=reviewed]").select_option("true")
        expect(plan.locator("table")).to_contain_text(", 0 not")
        ada.press("Tab", "x")
        expect(dialog).to_be_visible()
        dialog.locator("#export-write").click()
        written = dialog.locator("#export-written")
        expect(written).to_contain_text("/exports/")
        folder = written.locator("code").text_content()
        files = {}
        for part in ("train", "validation", "manifest"):
            with ada.page.expect_download() as download:
                written.get_by_role("link", name=f"Download {part}").click()
            with open(download.value.path(), "rb") as file:
                files[part] = file.read()
        manifest = json.loads(files["manifest"])
        for entry in manifest["files"]:
            content = files[entry["part"]]
            lines = content.splitlines()
            expect_equal(hashlib.sha256(content).hexdigest(), entry["sha256"], "the manifest's digest")
            expect_equal(len(lines), entry["lines"], "the manifest's count")
            for line in lines:
                expect_equal(set(json.loads(line)), {"prompt", "completion"}, "a line's members")
            path = os.path.join(folder, entry["name"])
            with open(path, "rb") as file:
                expect_equal(file.read(), content, "on the disk")
            expect_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "its mode")
        print(f"  {manifest['files'][0]['lines']} and {manifest['files'][1]['lines']} examples, left out {manifest['left_out']}")
        event = bench.api("events?limit=20")["data"]
        expect_equal([e["who"] for e in event if e["what"] == "export"], ["Ada"], "in the audit log")
        # A page elsewhere may neither read them nor have them made.
        for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-origin"}):
            expect_equal(bench.post("review/export", {"reviewer": "Eve"}, headers), 403, f"a write with {headers}")
        dialog.get_by_role("button", name="Close").click()
        if ask:
            expect_equal(ada.ask, ask, "no key decided behind the dialog")


def narrow_by_filter(bench):
    """Filters say exact counts and stay in the address."""
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        ada.settled()
        left = int(re.search(r"([\d,]+) left", ada.page.locator("#figures").text_content())[1].replace(",", ""))
        expect_equal(left, bench.count("search", "new"), "left")
        ada.page.locator("#filter-sum").click()
        reason = ada.page.locator("select[name=reason]")
        unsure = len(bench.api("candidates?route=search&status=new&reason=low_confidence&limit=1000")["data"])
        expect(reason).to_contain_text(f"not sure enough ({unsure})")
        word = ada.ask.split()[2].split("/")[-1]
        ada.page.locator("input[name=text]").fill(word)
        ada.press("Enter")
        ada.page.wait_for_url("**text=*")
        ada.settled()
        expect(ada.page.locator("#filter-sum")).to_have_text("Filter (1)")
        ada.page.locator("#filter-clear").click()
        expect(ada.page.locator("#filter-sum")).to_have_text("Filter")
        expect(ada.page.locator("#figures")).to_contain_text(f"{left:,} left")


def modules(bench):
    """The page's own reading of JSON and its differences, held against random texts."""
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        place = ada.page.locator("script[type=module]").get_attribute("src").rsplit("/", 1)[0]
        found = ada.page.evaluate(
            """async (place) => {
              const { differences } = await import(place + "/diff.js");
              const json = await import(place + "/json.js");
              let state = 7;
              const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
              const words = ["a", "b", "c", " ", "kind:", "(", "1", "\\u00e9", "\\ud83d\\ude00"];
              const without = (text, ranges) => {
                let rest = "", at = 0;
                for (const { from, to } of ranges) { rest += text.slice(at, from); at = to; }
                return (rest + text.slice(at)).replace(/\\s+/g, "");
              };
              for (let round = 0; round < 2000; round++) {
                const text = () => Array.from({ length: random(12) }, () => words[random(words.length)]).join("");
                const [a, b] = [text(), text()];
                for (const style of ["dsl", "text"]) {
                  const { left, right } = differences(a, b, style);
                  if (without(a, left) !== without(b, right)) return `differences of ${a} and ${b}`;
                  if (a === b && left.length + right.length) return `${a} differs from itself`;
                }
              }
              const value = (depth) => {
                const kind = random(depth > 3 ? 4 : 6);
                if (kind === 0) return random(100) / 4;
                if (kind === 1) return words[random(words.length)] + random(3);
                if (kind === 2) return random(2) === 0;
                if (kind === 3) return null;
                if (kind === 4) return Array.from({ length: random(4) }, () => value(depth + 1));
                return Object.fromEntries(Array.from({ length: random(4) }, () => [words[random(words.length)], value(depth + 1)]));
              };
              const turned = (v) => Array.isArray(v) ? v.map(turned) : v && typeof v === "object"
                ? Object.fromEntries(Object.entries(v).reverse().map(([k, x]) => [k, turned(x)])) : v;
              for (let round = 0; round < 1000; round++) {
                const one = { a: value(0) };
                const read = json.parse(JSON.stringify(one));
                if (JSON.stringify(JSON.parse(json.pretty(read))) !== JSON.stringify(one)) return "pretty " + JSON.stringify(one);
                const other = json.parse(JSON.stringify(turned(one), null, 3));
                if (!json.equal(read, other)) return "order of members " + JSON.stringify(one);
                if (json.compare(read, other).some((side) => side.ranges.length)) return "marks equal " + JSON.stringify(one);
                const third = { a: value(0) };
                const [left, right] = json.compare(read, json.parse(JSON.stringify(third)));
                if (JSON.stringify(JSON.parse(left.text)) !== JSON.stringify(one)) return "left " + JSON.stringify([one, third]);
                if (JSON.stringify(JSON.parse(right.text)).length !== JSON.stringify(third).length) return "right " + JSON.stringify([one, third]);
                const same = json.equal(read, json.parse(JSON.stringify(third)));
                if (same !== (left.ranges.length + right.ranges.length === 0)) return "ranges " + JSON.stringify([one, third]);
              }
              const equal = (a, b) => json.equal(json.parse(a), json.parse(b));
              if (!equal("[1.0, 1e2, -0]", "[1, 100, 0.0]")) return "numbers by value";
              if (equal("[12345678901234567890]", "[12345678901234567891]")) return "long numbers lose digits";
              if (json.pretty(json.parse("[12345678901234567890]")).includes("12345678901234567000")) return "digits change";
              for (const bad of ['{"a":1', "[1,]", '{"a" 1}', "[01]", "1", '"text"', "[1}", '["\\n"]', "[tru]", "[1] x"]) {
                if (json.parse(bad) !== null) return `reads ${bad}`;
              }
              return null;
            }""",
            place,
        )
        expect_equal(found, None, "modules")


def accessible(bench):
    """axe finds nothing to say in both themes; no sideways scrolling at 360 px and at 200 % zoom; every part by keyboard."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        for width, height in ((1280, 900), (640, 450), (360, 740)):
            with bench.reviewer("Ada", viewport={"width": width, "height": height}, color_scheme=scheme) as ada:
                for route in ("search", "facts", "alone"):
                    ada.open(route)
                    ada.settled()
                    found = Axe().run(ada.page)
                    if found.violations_count:
                        raise Trouble(f"axe, {route}, {scheme}, {width}: {found.generate_report()}")
                    wide = ada.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
                    expect_equal(max(0, wide), 0, f"{route} at {width} px scrolls sideways by")
    with bench.reviewer("Ada") as ada:
        ada.open("search")
        reached = set()
        for _ in range(60):
            ada.press("Tab")
            reached.add(ada.page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName"))
        for part in ("accept", "edit", "both", "reject", "skip", "undo", "route", "filter-sum", "help-open", "reviewer", "take", "model field"):
            if part not in reached:
                raise Trouble(f"{part} is not reached by Tab: {reached}")


SCENARIOS = [
    fifty_by_keyboard,
    reload_in_the_middle,
    narrow_by_filter,
    modules,
    accessible,
    two_at_once,
    labels_by_digit,
    blind_on_the_wire,
    named_where_it_fails,
    one_answer,
    other_layouts,
    hostile_text,
    holdout_is_blind,
    clusters,
    second_opinions,
    export_files,
]


def login(browser, base, token):
    """Where a token is set: the page asks for it, a wrong one is told, the cookie is nobody else's."""
    person = Reviewer(browser, base, "Ada")
    page = person.page
    page.goto(f"{base}/")
    page.wait_for_url("**/login")
    page.get_by_label("Admin token").fill("guess")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("not the admin token")
    page.get_by_label("Admin token").fill(token)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review**")
    page.wait_for_selector(f"{VISIBLE}, .nothing p")
    (cookie,) = person.context.cookies()
    expect_equal((cookie["httpOnly"], cookie["sameSite"]), (True, "Strict"), "cookie")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto(f"{base}/review")
    page.wait_for_url("**/login")
    person.close()


def shots(browser, base, folder):
    for scheme in ("light", "dark"):
        for width, height in ((1280, 900), (360, 740)):
            person = Reviewer(browser, base, "Ada", viewport={"width": width, "height": height}, color_scheme=scheme)
            for route in ("search", "facts", "labels", "hostile", "held", "alone"):
                person.open(route)
                person.settled()
                person.page.screenshot(path=f"{folder}/{route}-{width}-{scheme}.png", full_page=True)
            person.open("labels").press("ArrowLeft", "c")
            expect(person.page.locator("#cluster")).to_be_visible()
            person.page.screenshot(path=f"{folder}/cluster-{width}-{scheme}.png")
            person.open("search").page.locator("#export-open").click()
            expect(person.page.locator("#export-plan table")).to_be_visible()
            person.page.screenshot(path=f"{folder}/export-{width}-{scheme}.png")
            person.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--shots")
    parser.add_argument("--login")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    # As long as for everything else: the machine may be crowded.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        bench = Bench(browser, arguments.base)
        if arguments.shots:
            bench.wait_until_filled()
            shots(browser, arguments.base, arguments.shots)
        elif arguments.login:
            login(browser, arguments.base, arguments.login)
            print("review page: login passed")
        else:
            bench.wait_until_filled()
            for scenario in SCENARIOS:
                if arguments.only and scenario.__name__ not in arguments.only.split(","):
                    continue
                began = time.monotonic()
                scenario(bench)
                print(f"review page: {scenario.__name__.replace('_', ' ')} passed ({time.monotonic() - began:.1f} s)")
        browser.close()


if __name__ == "__main__":
    main()
