// What goes into the data set: a field with the answer, checked by the gateway with the route's own checks while it is
// written. Nothing that fails them is kept, and the place where it fails is one key away.

import { write } from "./api.js";
import { element, number, plural } from "./dom.js";
import { beginning, hiddenIn, turnsDirection } from "./text.js";

const longestField = 20_000;
const pause = 150;

export class AnswerBox {
  /** @param hint what an empty field says */
  constructor(item, { hint, changed }) {
    this.item = item;
    this.changed = changed;
    this.value = "";
    /** The latest reply of the gateway, and the text it is about. */
    this.checked = null;
    this.timer = null;
    this.field = element("textarea", {
      class: "model field",
      rows: 1,
      dir: "auto",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      "aria-label": "The answer that goes into the data set",
      placeholder: hint,
      oninput: () => {
        this.value = this.field.value;
        this.settle();
        this.changed(true);
      },
    });
    this.long = element("div", { class: "long", hidden: true });
    this.status = element("p", { class: "status", role: "status" });
    this.element = element(
      "section",
      { class: "sheet box", "aria-label": "Goes into the data set" },
      element("h2", {}, "Goes into the data set"),
      this.field,
      this.long,
      this.status,
    );
  }

  /** Shows an answer, and asks what the checks say about it. */
  set(text) {
    this.value = text;
    const isLong = text.length > longestField;
    this.field.hidden = isLong;
    this.long.hidden = !isLong;
    if (isLong) this.showPart(text);
    else this.field.value = text;
    this.settle();
    this.changed(false);
  }

  showPart(text) {
    const part = element("pre", { class: "model" });
    part.append(beginning(text, 2000), "\u2026");
    this.long.replaceChildren(
      part,
      element("button", { type: "button", class: "quiet", onclick: () => this.open() }, `Edit all ${number(text.length)} characters`),
    );
  }

  open() {
    this.field.hidden = false;
    this.long.hidden = true;
    this.field.value = this.value;
    this.field.focus();
  }

  focus() {
    if (this.field.hidden) this.open();
    this.field.focus();
  }

  /** After each change: the size of the field, and soon the checks. */
  settle() {
    this.field.rows = Math.min(18, Math.max(1, this.value.split("\n", 18).length));
    this.field.classList.toggle("logical", turnsDirection(this.value));
    clearTimeout(this.timer);
    if (this.value === "") {
      this.checked = null;
      this.status.replaceChildren();
      this.status.className = "status";
      return;
    }
    this.timer = setTimeout(() => this.check().catch((problem) => this.say(problem.message, "bad")), pause);
  }

  /** Asks now; the reply for the text as it is. */
  async check() {
    clearTimeout(this.timer);
    const text = this.value;
    if (this.checked?.text === text) return this.checked.reply;
    const reply = await write("review/check", { route: this.item.route, completion: text });
    if (this.value === text) {
      this.checked = { text, reply };
      this.show(reply);
    }
    return reply;
  }

  /** Whether the text as it is passed; null where that is not known yet. */
  get passes() {
    return this.checked?.text === this.value ? this.checked.reply.passes : null;
  }

  show(reply) {
    const parts = [];
    for (const finding of reply.checks) {
      if (parts.length) parts.push("  ");
      const name = finding.name.replaceAll("_", " ");
      if (finding.passes) {
        parts.push(element("span", { class: "good" }, `\u2713 ${name}`));
        continue;
      }
      parts.push(element("span", { class: "bad" }, `\u2717 ${name}: ${finding.detail}`));
      if (finding.place) {
        const { line, column, index } = finding.place;
        const words = index >= this.value.length ? "at the end" : `line ${number(line)}, column ${number(column)}`;
        parts.push(" ", element("button", { type: "button", class: "quiet place", onclick: () => this.goTo(index) }, words));
      }
    }
    if (reply.checks.length === 0) parts.push(element("span", {}, "This route has no checks."));
    parts.push("  ", element("span", {}, plural([...this.value].length, "character")));
    const hidden = hiddenIn(this.value);
    if (hidden.size > 0) {
      const list = [...hidden].map(([name, count]) => (count > 1 ? `${name} \u00d7${count}` : name)).join(", ");
      parts.push("  ", element("span", { class: "doubt" }, `! does not show: ${list}`));
    }
    this.status.replaceChildren(...parts);
    this.status.className = "status";
  }

  say(message, kind) {
    this.status.replaceChildren(message);
    this.status.className = `status ${kind}`;
  }

  /** The cursor at the place that a check objects to, and the character there selected. */
  goTo(index) {
    this.focus();
    this.field.setSelectionRange(index, Math.min(this.value.length, index + 1));
  }

  goToFailure() {
    const failed = this.checked?.reply.checks.find((finding) => !finding.passes);
    if (failed?.place) this.goTo(failed.place.index);
    else this.focus();
  }
}
