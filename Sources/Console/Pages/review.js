// The review page: one item at a time, one key a decision, the next item ready behind it.
//
//   queue.js    what this reviewer holds and has decided      item.js   one item on the screen
//   trail.js    the last decisions, back and forth among them  box.js    the answer that goes into the data set
//
// Two items are in the page: the one that is seen, and the next, built and hidden. Deciding swaps them before anything
// is sent. Where an item comes back (undo, a look back, a refusal), the one it interrupts waits.

import { read } from "./api.js";
import { openCluster } from "./cluster.js";
import { byID, number, replace } from "./dom.js";
import { openExport } from "./export.js";
import { Filters, filterOfAddress } from "./filters.js";
import { ItemView } from "./item.js";
import { listen } from "./keys.js";
import { Progress } from "./progress.js";
import { Queue, onScreen } from "./queue.js";
import { isSame, places } from "./sides.js";
import { Trail } from "./trail.js";
import { askName, enter } from "./visitor.js";
import { verdictWords } from "./words.js";

class Page {
  constructor(routes, reviewer, filter) {
    this.reviewer = reviewer;
    this.stage = byID("stage");
    /** The view that is seen, and the one that waits behind it. */
    this.view = null;
    this.nextView = null;
    /** While a decided item is looked at: its id. */
    this.lookingAt = null;
    this.filters = new Filters(routes, filter, (changed) => this.changeFilter(changed));
    this.queue = new Queue(reviewer, filter, {
      filled: () => this.showQueue(),
      decided: (entry) => this.decided(entry),
      refused: (entry, problem) => this.refused(entry, problem),
    });
    this.progress = this.makeProgress(filter);
    this.trail = new Trail((id) => this.look(id));
  }

  makeProgress(filter) {
    return new Progress(filter.route, this.reviewer, filter, (id) => this.look(id));
  }

  async begin() {
    this.bindKeys();
    byID("reviewer-name").textContent = this.reviewer;
    this.trailFilled = this.queue.history().then(({ data }) => this.trail.fill(data));
    await Promise.all([this.refill(), this.trailFilled, this.refreshProgress()]);
  }

  async refreshProgress() {
    try {
      const found = await this.progress.refresh();
      this.filters.show(found.facets);
    } catch (problem) {
      this.say(problem.message, "bad");
    }
  }

  async changeFilter(filter) {
    clearTimeout(this.progress.timer);
    this.progress = this.makeProgress(filter);
    this.queue.filter = filter;
    this.lookingAt = null;
    this.clear();
    try {
      await this.queue.release();
    } catch (problem) {
      this.say(problem.message, "bad");
    }
    await Promise.all([this.refill(), this.refreshProgress()]);
  }

  clear() {
    this.view = null;
    this.nextView = null;
    this.stage.replaceChildren();
  }

  async refill() {
    try {
      await this.queue.fill();
    } catch (problem) {
      this.say(problem.message, "bad");
      if (!this.view) this.showNothing(problem.message, () => this.refill());
    }
  }

  // MARK: What is seen

  build(item) {
    return new ItemView(item, {
      take: (side) => this.take(side),
      cluster: () => this.cluster(),
      label: (text) => this.label(text),
      changed: () => this.showButtons(),
    });
  }

  /** Brings the page in line with the queue; what is seen already stays. */
  showQueue() {
    if (this.lookingAt) return;
    const { current, next } = this.queue;
    if (!current) {
      this.clear();
      if (this.queue.isEmpty) this.showEnd();
      return;
    }
    if (this.view?.item !== current) {
      this.view = this.nextView?.item === current ? this.nextView : this.build(current);
      this.nextView = null;
      this.stage.replaceChildren(this.view.element);
      this.view.element.hidden = false;
      this.announce();
    }
    this.prepareNext(next);
    this.showButtons();
  }

  prepareNext(next) {
    if (!next || this.nextView?.item === next) return;
    this.nextView?.element.remove();
    this.nextView = this.build(next);
    this.nextView.element.hidden = true;
    this.stage.append(this.nextView.element);
  }

  announce() {
    const { item } = this.view;
    if (!this.lookingAt) sessionStorage.setItem(onScreen, item.id);
    byID("next-item").textContent = `${item.decided ? "Decided item" : "Next item"}: ${item.ask.slice(0, 200)}`;
    const focused = document.activeElement;
    // Never out of a field: the next letters would be keys.
    const isTyping = focused?.matches("input, textarea, select") && !focused.closest("[hidden]") && focused.offsetParent;
    if (!isTyping && !(focused instanceof HTMLButtonElement && byID("acts").contains(focused))) {
      this.view.element.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }

  /** Shows an item that is not the queue's next: one that comes back, or one that is looked at. */
  show(item) {
    this.view = this.build(item);
    this.nextView = null;
    this.stage.replaceChildren(this.view.element);
    this.announce();
    this.showButtons();
  }

  showEnd() {
    const words = this.filters.isNarrow
      ? "Nothing is left to review under this filter."
      : "Nothing is left to review on this route. Every fallback becomes an item, so traffic brings more.";
    this.showNothing(words, () => this.refill());
  }

  showNothing(words, again) {
    const template = byID("nothing").content.cloneNode(true);
    template.querySelector("p").textContent = words;
    template.querySelector("button").addEventListener("click", again);
    this.stage.replaceChildren(template);
    byID("next-item").textContent = words;
    this.showButtons();
  }

  showButtons() {
    const { view } = this;
    const isPair = view?.item.sides.length === 2;
    enable("accept", Boolean(view?.isReady));
    byID("accept").firstElementChild.textContent = view?.isReady && view.isChanged ? "Accept edited" : "Accept";
    enable("edit", Boolean(view));
    byID("both").hidden = !isPair;
    enable("both", Boolean(isPair));
    enable("reject", Boolean(view));
    enable("skip", Boolean(view));
    enable("undo", this.trail.canUndo);
    byID("back").hidden = !this.lookingAt;
  }

  say(words, kind = "") {
    const line = byID("said");
    line.textContent = words;
    line.className = `said ${kind}`;
  }

  // MARK: Deciding

  take(side) {
    const { view } = this;
    if (!view || view.item.sides.length !== 2) return;
    view.take(side);
    this.showButtons();
  }

  async accept() {
    const { view } = this;
    if (!view) return;
    if (!view.isReady) {
      return this.say(
        view.item.shape === "blank" ? "Write the answer first, with e." : "Take a side first, with \u2190 or \u2192; or b where both are right.",
        "doubt",
      );
    }
    if (!this.sidesPass(view) || (view.isChanged && !(await this.mayKeep(view)))) return;
    this.decide(view, view.acceptance);
  }

  /** Whether what is taken as it is passed the checks; the gateway said so with the item. */
  sidesPass(view, taken = view.isChanged ? null : view.taken) {
    const sides = view.item.sides.filter((_, index) => taken === "both" || taken === "only" || taken === places[index]);
    const failed = sides.find((side) => side.fails)?.fails;
    if (failed) {
      this.say(`This answer fails ${failed.check.replaceAll("_", " ")}, so it cannot be kept. Edit it, or reject it.`, "bad");
    }
    return !failed;
  }

  /** Whether an answer written by hand passes the checks; where it does not, the cursor goes to the place. */
  async mayKeep(view) {
    if (view.box.passes === null) {
      try {
        await view.box.check();
      } catch (problem) {
        this.say(problem.message, "bad");
        return false;
      }
    }
    if (view !== this.view) return false;
    if (view.box.passes) return true;
    this.say("What you wrote fails the checks of its route, so it is not kept.", "bad");
    view.box.goToFailure();
    return false;
  }

  both() {
    const { view } = this;
    if (view?.item.sides.length !== 2) return;
    if (this.sidesPass(view, "both")) this.decide(view, { decision: "accept", side: "both" });
  }

  edit() {
    this.view?.box.focus();
  }

  label(text) {
    if (this.view) this.decide(this.view, { decision: "label", completion: text });
  }

  digit(index) {
    const label = this.view?.item.labels?.[index];
    if (label !== undefined) this.label(label);
  }

  /** Swaps the items, then sends. */
  decide(view, decision, members = []) {
    if (!view || view !== this.view) return;
    view.forgetDraft();
    this.say("");
    const wasLooking = this.lookingAt !== null;
    this.lookingAt = null;
    if (!wasLooking) this.queue.advance();
    this.trail.add(view.item, decision);
    const { current } = this.queue;
    if (current && !wasLooking && this.nextView?.item === current) {
      this.view = this.nextView;
      this.nextView = null;
      view.element.remove();
      this.view.element.hidden = false;
      this.announce();
      this.showButtons();
      // After the frame that shows it: building the one behind takes longer.
      setTimeout(() => this.queue.current === current && this.prepareNext(this.queue.next), 0);
    } else if (current) {
      this.view = null;
      this.nextView = null;
      this.showQueue();
    } else {
      this.clear();
    }
    this.queue.send(view.item, decision, members);
    this.refill();
  }

  decided({ item, reply }) {
    this.trail.settle(item.id, reply);
    this.say(outcome(reply), reply.agrees === false ? "doubt" : "");
    this.progress.refreshSoon();
    this.showButtons();
  }

  /** The gateway did not take it: the item comes back with what was wrong. */
  refused({ item, decision }, problem) {
    this.trail.drop(item.id);
    this.queue.bring(item);
    this.lookingAt = null;
    this.show(item);
    if (decision.decision === "edit") this.view.box.set(decision.completion);
    this.say(problem.message, "bad");
    this.prepareNext(this.queue.next);
  }

  async undo() {
    if (!this.trail.canUndo) return this.say("There is nothing to take back.");
    try {
      const item = await this.queue.undo();
      if (!item) return this.say("There is nothing to take back.");
      this.trail.undone(item.id);
      this.lookingAt = null;
      this.show(item);
      this.prepareNext(this.queue.next);
      this.say("Taken back.");
      this.progress.refreshSoon();
    } catch (problem) {
      this.say(problem.message, "bad");
    }
  }

  // MARK: Looking back

  async look(id) {
    try {
      const { item } = await this.queue.item(id);
      this.lookingAt = id;
      this.show(item);
      this.say(item.decided ? `${item.decided.by} ${verdictWords[item.decided.verb]} this.` : "");
    } catch (problem) {
      this.say(problem.message, "bad");
    }
  }

  async older() {
    // Right behind a reload the decisions before it are still on their way.
    await this.trailFilled?.catch(() => {});
    const id = this.trail.before(this.lookingAt);
    if (id) this.look(id);
    else this.say("That was the first.");
  }

  newer() {
    if (!this.lookingAt) return;
    const id = this.trail.behind(this.lookingAt);
    if (id) this.look(id);
    else this.forward();
  }

  /** Back to the queue. */
  forward() {
    if (!this.lookingAt) return;
    this.lookingAt = null;
    this.view = null;
    this.nextView = null;
    this.say("");
    this.showQueue();
  }

  // MARK: Clusters

  async cluster() {
    const { view } = this;
    if (!view?.taken || view.item.cluster < 2) return;
    if (view.isChanged) return this.say("An edited answer is one item\u2019s own: accept it alone.", "doubt");
    try {
      const members = await openCluster(view.item, view.taken);
      if (members && view === this.view) this.decide(view, view.acceptance, members);
    } catch (problem) {
      this.say(problem.message, "bad");
    }
  }

  bindKeys() {
    const actions = {
      a: () => this.accept(),
      b: () => this.both(),
      e: () => this.edit(),
      x: () => this.decide(this.view, { decision: "reject" }),
      s: () => this.decide(this.view, { decision: "skip" }),
      u: () => this.undo(),
      c: () => this.cluster(),
      k: () => this.older(),
      j: () => this.newer(),
      ArrowLeft: () => this.take("left"),
      ArrowRight: () => this.take("right"),
      Escape: () => this.forward(),
      "?": () => byID("help").showModal(),
    };
    for (let digit = 1; digit <= 9; digit++) actions[digit] = () => this.digit(digit - 1);
    const timed = Object.fromEntries(Object.entries(actions).map(([key, act]) => [key, (event) => measured(event, act)]));
    listen(timed, () => !document.querySelector("dialog[open]"));
    const press = { accept: "a", edit: "e", both: "b", reject: "x", skip: "s", undo: "u" };
    for (const [id, key] of Object.entries(press)) {
      byID(id).addEventListener("click", () => byID(id).getAttribute("aria-disabled") !== "true" && actions[key]());
    }
    byID("back").addEventListener("click", () => this.forward());
    byID("help-open").addEventListener("click", () => byID("help").showModal());
    const { routes } = this.filters;
    byID("export-open").hidden = !routes.some((route) => route.format);
    byID("export-open").addEventListener("click", () => openExport(routes, this.filters.filter.route, this.reviewer));
  }
}

/** How long it took from the key to the next frame, for whoever looks (`performance.getEntriesByName("switch")`). */
function measured(event, act) {
  const start = event.timeStamp;
  const before = document.querySelector("#stage > .item:not([hidden])");
  act();
  if (document.querySelector("#stage > .item:not([hidden])") === before) return;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => performance.measure("switch", { start, end: performance.now() });
    channel.port2.postMessage(null);
  });
}

function enable(id, isEnabled) {
  byID(id).setAttribute("aria-disabled", String(!isEnabled));
}

/** What a decision did, in a sentence; where it was blind, who wrote what. */
function outcome({ item, agrees, also, verb, after_reveal: afterReveal }) {
  const words = [`${verdictWords[verb][0].toUpperCase()}${verdictWords[verb].slice(1)}.`];
  if (also > 0) words[0] = `${words[0].slice(0, -1)}, and ${number(also)} like it.`;
  if (item.sides.length === 2 && !isSame(item)) {
    const [left, right] = item.sides.map((side) => side.role);
    words.push(`Left was ${left}, right was ${right}.`);
  }
  if (agrees === true) words.push("This was a known answer, and you gave it.");
  if (agrees === false) words.push("This was a known answer, and another one.");
  if (afterReveal) words.push("Marked: changed after the reveal.");
  return words.join(" ");
}

/** The reviewer's name: asked once, kept in this browser. */
async function begin() {
  await enter();
  const { data: routes } = await read("review/routes");
  if (routes.length === 0) {
    replace(byID("stage"), "There are no routes in the settings.");
    return;
  }
  const reviewer = await askName();
  await new Page(routes, reviewer, filterOfAddress(routes)).begin();
}

begin().catch((problem) => {
  byID("said").textContent = problem.message;
  byID("said").className = "said bad";
});
