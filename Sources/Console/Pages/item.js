// One item as a person sees it: the question, the answers, what goes into the data set. Built once, ahead of its turn.

import { read } from "./api.js";
import { AnswerBox } from "./box.js";
import { element, keyed, number, plural } from "./dom.js";
import { isSame, places, sidesOf, textOf } from "./sides.js";
import { appendShown, textBlock } from "./text.js";
import { decimals, reasonWords, scoreWords, sourceWords, when } from "./words.js";

const shortQuestion = 300;

export class ItemView {
  /**
   * @param item as the gateway sends it
   * @param act `{ take(side), cluster(), label(text), changed() }`
   */
  constructor(item, act) {
    this.item = item;
    this.act = act;
    /** "left", "right", "both" (they are the same), "only", or null: none yet. */
    this.taken = null;
    this.box = new AnswerBox(item, { hint: hint(item), changed: (byHand) => this.boxChanged(byHand) });
    this.sides = item.sides.length > 0 ? sidesOf(item, act.take) : null;
    this.clusterPlace = element("span", {});
    this.element = element(
      "article",
      { class: "item", tabindex: "-1", "aria-label": "Item to review" },
      this.about(),
      this.question(),
      this.why(),
      this.sides?.element,
      this.labels(),
      this.box.element,
      this.details(),
    );
    this.begin();
  }

  // Whether `accept` has something to accept.
  get isReady() {
    return this.taken !== null || this.box.value !== "";
  }

  get isChanged() {
    return this.taken === null ? this.box.value !== "" : this.box.value !== this.textTaken();
  }

  /** What the reviewer is shown at first: where nothing is blind, large's answer is taken; blind, nothing is. */
  begin() {
    const item = this.item;
    const draft = sessionStorage.getItem(this.draftName);
    if (item.decided?.verb === "edit") {
      this.box.set(item.completion ?? "");
    } else if (item.decided?.side) {
      this.take(item.decided.side);
    } else if (item.sides.length === 1) {
      this.take("only");
    } else if (isSame(item)) {
      this.take("both");
    } else if (item.named && !item.decided) {
      this.take(places[item.sides.findIndex((side) => side.role === "large")]);
    } else {
      this.showTaken();
    }
    if (draft !== null) {
      const { taken, text } = JSON.parse(draft);
      this.taken = taken;
      this.box.set(text);
      this.showTaken();
    }
  }

  take(side) {
    this.taken = side;
    this.box.set(this.textTaken());
    this.showTaken();
  }

  textTaken() {
    const { sides } = this.item;
    if (sides.length === 0 || this.taken === null) return "";
    return textOf(sides[this.taken === "right" ? 1 : 0]);
  }

  showTaken() {
    this.sides?.show(this.taken);
    const others = this.item.cluster - 1;
    if (others < 1 || this.item.decided) return;
    this.clusterPlace.replaceChildren(
      this.taken
        ? keyed("c", `See and accept all ${number(this.item.cluster)}`, this.act.cluster, { class: "quiet" })
        : `Take a side to see them.`,
    );
    this.clusterPlace.prepend(`${number(others)} more like this, with an equal answer. `);
  }

  boxChanged(byHand) {
    if (byHand) {
      if (this.isChanged) sessionStorage.setItem(this.draftName, JSON.stringify({ taken: this.taken, text: this.box.value }));
      else this.forgetDraft();
    }
    this.act.changed();
  }

  get draftName() {
    return `draft ${this.item.id}`;
  }

  forgetDraft() {
    sessionStorage.removeItem(this.draftName);
  }

  /** The decision that `accept` stands for here. */
  get acceptance() {
    if (this.isChanged) return { decision: "edit", completion: this.box.value };
    return { decision: "accept", side: this.taken === "only" ? null : this.taken };
  }

  // MARK: Parts

  about() {
    const item = this.item;
    const parts = [sourceWords[item.source] ?? item.source, item.route, when(item.created_at)];
    if (item.version) parts.push(`version ${item.version}`);
    if (item.sides.length === 1) parts.push("one answer");
    if (item.shape === "blank") parts.push("evaluation set: answer it yourself, nothing is suggested");
    return element("p", { class: "about" }, parts.join(" \u00b7 "));
  }

  question() {
    const { ask, turns } = this.item;
    const whole = element("div", { class: "question" });
    if (turns.length > 0) {
      const more = element("details", { class: "turns" }, element("summary", {}, `${plural(turns.length, "message")} before this`));
      for (const turn of turns) more.append(element("p", { class: "note" }, turn.role), textBlock(turn.text));
      whole.append(more);
    }
    const heading = element("h1", { class: "ask model", dir: "auto" });
    if (ask.length <= shortQuestion) appendShown(heading, ask);
    else heading.append("The question");
    whole.append(heading);
    if (ask.length > shortQuestion) whole.append(textBlock(ask, { className: "long-ask" }));
    if (ask === "") whole.append(element("p", { class: "note" }, "The input is empty."));
    return whole;
  }

  why() {
    const { item } = this;
    const line = element("p", { class: "why" });
    if (item.why) {
      line.append(item.source === "fallback" ? "Fell back: " : "Why it is here: ", element("b", {}, reasonWords(item.why.reason)));
      if (item.why.score !== null && item.why.threshold !== null) {
        const name = scoreWords[item.why.score_name] ?? "score";
        line.append(`, ${name} ${decimals(item.why.score)}, threshold ${decimals(item.why.threshold)}`);
      }
    } else if (item.sides.length === 2) {
      line.append(isSame(item) ? "Both sides say the same. " : "Both pass the checks. Who wrote which is told after you decide. ");
    }
    line.append(" ", this.clusterPlace);
    return line;
  }

  labels() {
    if (!this.item.labels) return null;
    const buttons = this.item.labels.map((label, index) => {
      const button = keyed(index < 9 ? String(index + 1) : null, "", () => this.act.label(label), { class: "label" });
      appendShown(button.firstChild, label);
      return button;
    });
    return element("div", { class: "labels", role: "group", "aria-label": "Labels" }, ...buttons);
  }

  details() {
    const body = element("div", { class: "details-body" });
    const details = element(
      "details",
      {
        class: "more",
        ontoggle: () => {
          if (details.open && body.childElementCount === 0) this.fillDetails(body);
        },
      },
      element("summary", {}, this.item.named ? "Prompt as sent, models, timing" : "Prompt as sent"),
      body,
    );
    return details;
  }

  async fillDetails(body) {
    if (this.item.named && this.item.sides.length > 0) body.append(table(this.item));
    try {
      const { prompts } = await read(`review/items/${this.item.id}/prompts`);
      for (const prompt of prompts) {
        body.append(element("h2", {}, `Sent to ${prompt.to}`));
        for (const turn of prompt.turns) {
          if (turn.role) body.append(element("p", { class: "note" }, turn.role));
          body.append(textBlock(turn.text));
        }
      }
      if (prompts.length === 0) body.append(element("p", { class: "note" }, "No prompt was kept with this item."));
    } catch (problem) {
      body.append(element("p", { class: "bad" }, problem.message));
    }
  }
}

function hint(item) {
  if (item.shape === "blank") return "Write the right answer";
  if (item.sides[0]?.calls?.length) return "A tool call: accept or reject it as it is";
  return "Take a side first: \u2190 or \u2192. Or write the right answer.";
}

function table(item) {
  const rows = [
    ["Model", (side) => side.model],
    ["Time", (side) => (side.ms === null ? "" : `${number(Math.round(side.ms))} ms`)],
    ["Cost", (side) => (side.cost === null ? "not known" : `${side.cost.toPrecision(3)} USD`)],
    ["Ended with", (side) => side.finish ?? ""],
    ["Tokens", (side) => (side.tokens ? number(side.tokens.length) : "")],
  ];
  const head = element("tr", {}, element("td", {}), ...item.sides.map((side) => element("th", { scope: "col" }, side.role)));
  const body = rows.map(([name, cell]) =>
    element("tr", {}, element("th", { scope: "row" }, name), ...item.sides.map((side) => element("td", {}, cell(side)))),
  );
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}
