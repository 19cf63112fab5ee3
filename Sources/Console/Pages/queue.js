// The items this reviewer holds, and what they have decided. The next item is there, and built, before it is asked for;
// a decision is sent behind the reviewer's back, and comes back only if the gateway refuses it.

import { inOrder, read, write } from "./api.js";

const ahead = 5;

/** Under this name the page remembers what is on the screen: after a reload it is there again. */
export const onScreen = "on screen";

export class Queue {
  /** @param events `{ filled(), decided(entry), refused(entry, problem) }` */
  constructor(reviewer, filter, events) {
    this.reviewer = reviewer;
    this.filter = filter;
    this.events = events;
    /** Items to come; the first is the one on the screen. */
    this.items = [];
    /** Ids of decisions under way. */
    this.pending = new Set();
    this.isFilling = false;
    this.isEmpty = false;
  }

  get current() {
    return this.items[0] ?? null;
  }

  get next() {
    return this.items[1] ?? null;
  }

  /** Takes more where few are left. */
  async fill() {
    if (this.isFilling || this.items.length >= ahead - 2) return;
    this.isFilling = true;
    try {
      const { data } = await inOrder(() =>
        write("review/take", { ...this.filter, reviewer: this.reviewer, count: ahead }),
      );
      const known = new Set(this.items.map((item) => item.id));
      const isFirst = known.size === 0;
      this.items.push(...data.filter((item) => !known.has(item.id) && !this.pending.has(item.id)));
      const seen = this.items.find((item) => item.id === sessionStorage.getItem(onScreen));
      if (isFirst && seen) this.bring(seen);
      this.isEmpty = this.items.length === 0;
    } finally {
      this.isFilling = false;
    }
    this.events.filled();
  }

  /** The current item is decided: the next one is current at once. */
  advance() {
    return this.items.shift();
  }

  /** An item comes (back) to the front. */
  bring(item) {
    this.items = [item, ...this.items.filter((other) => other.id !== item.id)];
    this.isEmpty = false;
  }

  /**
   * Sends a decision.
   * @param members ids of its cluster that are decided along with it
   */
  async send(item, decision, members = []) {
    const entry = { item, decision, reply: null };
    this.pending.add(item.id);
    try {
      entry.reply = await inOrder(() =>
        write("review/decide", { id: item.id, members, reviewer: this.reviewer, ...decision }),
      );
      this.events.decided(entry);
    } catch (problem) {
      this.events.refused(entry, problem);
    } finally {
      this.pending.delete(item.id);
    }
  }

  /** Takes the latest decision back; the item it was about, or null where there is none. */
  async undo() {
    const { item } = await inOrder(() => write("review/undo", { reviewer: this.reviewer }));
    if (item) this.bring(item);
    return item;
  }

  /** Gives everything back, for other reviewers or another filter. */
  async release() {
    this.items = [];
    await inOrder(() => write("review/release", { reviewer: this.reviewer }));
  }

  history() {
    return inOrder(() => read("review/history", { reviewer: this.reviewer, limit: "200" }));
  }

  /** A decided item, with all that is known about it. */
  item(id) {
    return inOrder(() => read(`review/items/${id}`, { reviewer: this.reviewer }));
  }
}
