// The last decisions, oldest first: a letter each, to look back at, and where `k` and `j` go.

import { byID, element } from "./dom.js";
import { verdictWords } from "./words.js";

const shown = 10;
const letters = { accept: "a", edit: "e", reject: "x", skip: "s" };

export class Trail {
  /** @param open called with the id of the item to look at */
  constructor(open) {
    this.open = open;
    /** `{ id, ask, verb }`, oldest first, what was taken back not among them. */
    this.entries = [];
  }

  get canUndo() {
    return this.entries.length > 0;
  }

  /** From the gateway's history, newest first. */
  fill(history) {
    const here = new Set(this.entries.map((entry) => entry.id));
    const older = history
      .filter((item) => !item.undone && !here.has(item.candidate))
      .map((item) => ({ id: item.candidate, ask: item.input, verb: item.verb }))
      .reverse();
    this.entries.unshift(...older);
    this.show();
  }

  add(item, decision) {
    this.entries = this.entries.filter((entry) => entry.id !== item.id);
    this.entries.push({ id: item.id, ask: item.ask, verb: decision.decision === "label" ? "accept" : decision.decision });
    this.show();
  }

  /** What the gateway made of it: a label may be an acceptance or an edit. */
  settle(id, reply) {
    const entry = this.entries.find((each) => each.id === id);
    if (entry) entry.verb = reply.verb;
    this.show();
  }

  drop(id) {
    this.entries = this.entries.filter((entry) => entry.id !== id);
    this.show();
  }

  undone(id) {
    const index = this.entries.findLastIndex((entry) => entry.id === id);
    if (index >= 0) this.entries.splice(index, 1);
    this.show();
  }

  /** The one decided before that of this id; of null, the latest. */
  before(id) {
    const index = id === null ? this.entries.length : this.entries.findIndex((entry) => entry.id === id);
    return index > 0 ? this.entries[index - 1].id : null;
  }

  behind(id) {
    const index = this.entries.findIndex((entry) => entry.id === id);
    return index >= 0 && index + 1 < this.entries.length ? this.entries[index + 1].id : null;
  }

  show() {
    const buttons = this.entries.slice(-shown).map((entry, index, list) => {
      const back = list.length - index;
      const words = `${back} back, ${verdictWords[entry.verb]}: ${entry.ask.slice(0, 80)}`;
      return element(
        "button",
        { type: "button", class: `mark ${entry.verb}`, title: words, "aria-label": words, onclick: () => this.open(entry.id) },
        letters[entry.verb],
      );
    });
    byID("trail").replaceChildren(...buttons);
  }
}
