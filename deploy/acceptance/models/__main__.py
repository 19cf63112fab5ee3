"""The page Models in Debian's Chromium, against a real gateway and a provider whose small model really learns.

    python3 -B deploy/acceptance/models BIN [SHOTS]

    turned      a turn is planned and run from the page; the gateway is killed meanwhile, and the turn is not
    renamed     the format changes: the plan says what that makes invalid; the turn is cancelled, and goes on later
    going       a version is refused, forced with a reason, and taken back
    trial       a version goes on trial, the page shows how it stands, and ends it
    readable    axe finds nothing, 360 pixels are enough, and a keyboard is

BIN holds understudy and understudy-sim; python has `playwright` and `axe-playwright-python`. SHOTS: a directory for
pictures. Everything is on loopback and in a folder that goes at the end; what is started here is ended by its process id.
"""
import json
import os
import re
import signal
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cycle"))

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from house import House, check, tickets, until

CHROMIUM = "/usr/bin/chromium"
NAME = "Kim"
NEW_NAMES = {"bug": "defect", "feature": "wish", "question": "ask"}


class Page:
    """One browser at the page; console errors, exceptions and violations of its policy are kept."""

    def __init__(self, browser, house, width=1280):
        self.trouble = []
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.context.add_init_script(
            f"localStorage.setItem('understudy reviewer', {json.dumps(NAME)});"
            "document.addEventListener('securitypolicyviolation', (e) => console.error('policy ' + e.violatedDirective));"
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        # While the gateway is away, and where it refuses, the browser says so itself.
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.complain(m.text))
        self.page.on("pageerror", lambda error: self.trouble.append(f"exception: {error}"))
        self.page.goto(f"http://127.0.0.1:{house.admin_port}/models")
        self.page.wait_for_selector("#cycle button")

    def complain(self, text):
        if not re.search(r"status of (409|422)|ERR_CONNECTION|ERR_EMPTY|ERR_NETWORK|ERR_SOCKET", text):
            self.trouble.append(text)

    def text(self, selector):
        return self.page.locator(selector).text_content()

    def plan(self, count):
        self.page.locator("#plan-open").click()
        expect(self.page.locator("#plan-run")).not_to_have_attribute("aria-disabled", "true", timeout=60_000)
        self.page.locator("#plan-form [name=count]").fill(str(count))
        self.page.locator("#plan-form [name=budget]").fill("50")
        self.page.locator("#plan-form [name=budget]").blur()
        expect(self.page.locator("#plan-run")).to_have_attribute("aria-disabled", "true")
        expect(self.page.locator("#plan-run")).not_to_have_attribute("aria-disabled", "true", timeout=60_000)
        return self.text("#plan-said")

    def run(self):
        self.page.locator("#plan-run").click()
        expect(self.page.locator("#said")).to_contain_text("The cycle has begun", timeout=60_000)
        expect(self.page.locator("#cancel")).to_be_visible()

    def close(self):
        self.context.close()
        check(not self.trouble, f"the browser complained: {self.trouble}")


def turned(house, browser, shots):
    page = Page(browser, house)
    check("large answers everything" in page.text("#standing"), page.text("#standing"))
    plan = page.plan(0)
    check("What it costs" in plan and "invalid" not in plan, plan)
    shot(page, shots, "plan")
    page.run()
    shot(page, shots, "running")
    house.gateway.send_signal(signal.SIGKILL)
    house.gateway.wait()
    turn = house.last_turn()
    check(turn["state"] == "running", f"it was over before the gateway was killed: {turn}")
    house.serve()
    expect(page.page.locator("#cycle")).to_contain_text("went into service", timeout=120_000)
    expect(page.page.locator("#standing")).to_contain_text("In service since")
    check(page.page.locator(".stages .done").count() == 4, "stages are missing")
    check(page.page.locator("svg.curve polyline").count() == 1, "there is no curve")
    check("meets the bar" in page.text("#evaluation"), page.text("#evaluation"))
    for title in ("Versions", "Evaluations", "Turns", "Data sets", "Jobs"):
        rows = page.page.locator(f"section.history:has(h2:text-is('{title}')) tbody tr").count()
        check(rows == 1, f"{title}: {rows} rows")
    events = house.call(house.admin_port, "GET", "/admin/v1/events?limit=50")[1]["data"]
    who = {event["what"]: event["who"] for event in events}
    check(who.get("cycle") == NAME and who.get("cycle done") == NAME, f"the audit log: {who}")
    shot(page, shots, "served")
    page.close()
    print(f"  it went on while the gateway was killed and started; {turn['id']} is in service, by {who['cycle']}")


def renamed(house, browser, shots):
    model = house.route()["small"]["model"]
    house.names = NEW_NAMES
    house.write_settings()
    house.tell_large()
    house.reload()
    page, other = Page(browser, house), Page(browser, house)
    expect(page.page.locator("#standing")).to_contain_text("trained for an older contract")
    plan = page.plan(0)
    for words in (f"'{model}' was trained for an older contract", "answers in the store are of an older contract", "cached"):
        check(words in plan, f"the plan does not say '{words}': {plan}")
    shot(page, shots, "invalid")
    other.plan(0)
    page.run()
    other.page.locator("#plan-run").click()
    expect(other.page.locator("#plan-said .bad")).to_contain_text("under way", timeout=60_000)
    other.page.keyboard.press("Escape")
    expect(other.page.locator("#cancel")).to_be_visible()
    other.page.locator("#cancel").click()
    expect(page.page.locator("#cycle")).to_contain_text("goes on where it was", timeout=30_000)
    stopped = house.last_turn()
    check(stopped["state"] == "stopped", f"cancelled: {stopped}")
    page.plan(0)
    page.run()
    expect(page.page.locator("#cycle")).to_contain_text("went into service", timeout=180_000)
    check(house.last_turn()["id"] == stopped["id"], "another turn was begun")
    small = 0
    for ticket, _ in tickets(60, seed=99):
        by, answer = house.ask(ticket)
        check(answer in NEW_NAMES.values(), f"{by} answered {answer}")
        small += by == "small"
    check(small > 0, "the small model answers nothing")
    page.close()
    other.close()
    print(f"  {stopped['id']} was cancelled and went on; of 60 new tickets small answers {small}, all in the new words")


def going(house, browser, shots):
    page = Page(browser, house)
    now = house.route()["small"]["model"]
    button = page.page.locator("button[id^='promote-']")
    check(button.count() == 1, f"{button.count()} versions to promote")
    button.click()
    page.page.locator("#going-ok").click()
    expect(page.page.locator("#going-said li")).to_contain_text(["another contract"])
    page.page.locator("#going-reason").fill("to see what happens")
    shot(page, shots, "forced")
    page.page.locator("#going-ok").click()
    expect(page.page.locator("#standing")).to_contain_text("forced: to see what happens")
    check(house.route()["small"]["model"] != now, "the version was not promoted")
    page.page.locator("#roll-back").click()
    page.page.locator("#going-ok").click()
    expect(page.page.locator("#said")).to_contain_text("was taken back")
    until(lambda: house.route()["small"]["model"] == now, 5, "it is rolled back")
    page.close()
    print("  refused for its contract, forced with a reason, and taken back")


def trial(house, browser, shots):
    house.run("finetune", "tickets", "--curve", "300", "--budget", "50", "--yes")
    house.more = "    canary: { share: 20%, within: 1h }\n"
    house.write_settings()
    house.reload()
    page = Page(browser, house)
    page.page.locator("button[id^='promote-']").first.click()
    expect(page.page.locator("#going-way")).to_contain_text("On trial first, with 20 %")
    page.page.locator("#going-ok").click()
    until(lambda: page.page.locator("#going-reason").is_visible() or house.route()["canary"], 10, "an answer")
    if page.page.locator("#going-reason").is_visible():
        page.page.locator("#going-reason").fill("to see how it does")
        page.page.locator("#going-ok").click()
    expect(page.page.locator("#standing")).to_contain_text("On trial: ft:")
    expect(page.page.locator("#standing")).to_contain_text("20.0 % of inputs, step 1 of")
    for ticket, _ in tickets(40, seed=7):
        house.ask(ticket)
    expect(page.page.locator("#standing")).to_contain_text("Agreement", timeout=20_000)
    shot(page, shots, "trial")
    page.page.locator("#roll-back").click()
    page.page.locator("#going-ok").click()
    expect(page.page.locator("#standing")).to_contain_text("The last trial")
    check(house.route()["canary"] is None, "it is still on trial")
    page.close()
    print("  a version went on trial with a fifth of the inputs, and was ended")


def readable(house, browser, shots):
    for width in (1280, 360):
        page = Page(browser, house, width)
        found = Axe().run(page.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        names = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found.response["violations"]]
        check(not names, f"axe at {width}: {names}")
        wide = page.page.evaluate("document.documentElement.scrollWidth")
        check(wide <= width, f"at {width} pixels it is {wide} wide")
        shot(page, shots, f"{width}")
        page.close()
    page = Page(browser, house)
    page.page.locator("#plan-open").focus()
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#plan")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#plan")).not_to_be_visible()
    # What is looked at again does not take the focus away.
    page.page.evaluate("document.getElementById('plan-open').focus()")
    time.sleep(3)
    check(page.page.evaluate("document.activeElement.id") == "plan-open", "the focus was lost")
    page.close()
    print("  axe: nothing; 360 pixels and a keyboard are enough")


def shot(page, shots, name):
    if shots:
        page.page.screenshot(path=f"{shots}/models-{name}.png", full_page=True)


class SlowHouse(House):
    """Large takes its time, so that there is something to see."""

    latency_ms = 1

    def large(self):
        models = super().large()
        models["large"]["latency_ms"] = self.latency_ms
        return models

    def tell_large(self):
        answer, said = self.call(self.sim_port, "POST", "/sim/script", {"models": self.large()})
        check(answer.status in (200, 204), f"the simulated provider: {said}")

    def serve(self):
        super().serve()
        self.gateway = self.started[-1]

    def last_turn(self):
        """From the store, since the gateway may be away."""
        with sqlite3.connect(f"file:{self.folder}/var/understudy.db?mode=ro", uri=True, timeout=5) as store:
            turns = [json.loads(row[0]) for row in store.execute("SELECT json FROM documents WHERE kind = 'cycle'")]
        return max(turns, key=lambda turn: int(turn["id"].rpartition("/")[2]))


def main():
    bin, shots = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder, SlowHouse(bin, folder) as house, sync_playwright() as playwright:
        house.give(1500, seed=1)
        house.run("generate", "tickets", "--inputs", house.inputs, "--at-once", "64", "--budget", "50", "--yes")
        house.latency_ms = 250
        house.tell_large()
        house.serve()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for story in (turned, renamed, going, trial, readable):
            print(f"models: {story.__name__}", flush=True)
            story(house, browser, shots)
        browser.close()


main()
