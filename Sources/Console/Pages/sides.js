// The answers of an item, side by side: what differs is marked, and where they are named, who wrote which, what failed
// and how sure it was.

import { differences } from "./diff.js";
import { element, plural } from "./dom.js";
import { heatLayers, heatStrip, leastSure } from "./heat.js";
import { compare, parse, pretty } from "./json.js";
import { paintLayers, textBlock } from "./text.js";

export const places = ["left", "right"];
const arrows = ["\u2190", "\u2192"];
const titles = ["Left", "Right"];

/** What of a side goes into the data set: its text; nothing where it calls tools instead. */
export const textOf = (side) => side.text ?? "";

export const isSame = (item) =>
  item.sides.length === 2 && item.sides[0].text === item.sides[1].text
  && JSON.stringify(item.sides[0].calls) === JSON.stringify(item.sides[1].calls);

/**
 * @param take called with "left" or "right" when a side is taken by hand
 * @returns {{ element, show(taken) }}
 */
export function sidesOf(item, take) {
  const shown = forms(item);
  const panels = item.sides.map((side, index) => panel(item, side, index, shown[index], take));
  const section = element(
    "section",
    { class: item.sides.length === 2 ? "pair" : "pair one", "aria-label": "Answers" },
    ...panels.map((each) => each.element),
  );
  return {
    element: section,
    show(taken) {
      panels.forEach((each, index) => each.show(taken === places[index] || taken === "both" || taken === "only"));
    },
  };
}

/** Each side's text in the form it is shown in, with the ranges in which they differ. */
function forms(item) {
  const texts = item.sides.map(textOf);
  const values = texts.map((text) => (item.style === "label" ? null : parse(text)));
  if (texts.length === 1) {
    return [values[0] ? { text: pretty(values[0]), ranges: [], isPretty: true } : { text: texts[0], ranges: [] }];
  }
  if (values[0] && values[1]) return compare(...values).map((form) => ({ ...form, isPretty: true }));
  const { left, right } = differences(texts[0], texts[1], item.style);
  return [{ text: texts[0], ranges: left }, { text: texts[1], ranges: right }];
}

function panel(item, side, index, form, take) {
  const isPair = item.sides.length === 2;
  const title = heading(item, side, index);
  const button = isPair
    ? element(
        "button",
        { type: "button", class: "take", "aria-pressed": "false", onclick: () => take(places[index]) },
        element("span", {}, "Take"),
        element("kbd", { "aria-hidden": "true" }, arrows[index]),
      )
    : null;
  const body = element("div", { class: "answer" });
  fill(body, item, side, index, form);
  const whole = element(
    "section",
    { class: "sheet side", "aria-label": isPair ? titles[index] : "Answer" },
    element("div", { class: "side-head" }, title, button),
    body,
  );
  return {
    element: whole,
    show(isTaken) {
      whole.classList.toggle("taken", isTaken && isPair);
      if (!button) return;
      button.setAttribute("aria-pressed", String(isTaken));
      button.firstChild.textContent = isTaken ? "\u2713 Taken" : "Take";
    },
  };
}

function heading(item, side, index) {
  if (!item.named) return element("h2", {}, item.sides.length === 2 ? titles[index] : "Answer");
  const role = side.role === "small" ? "Small" : "Large";
  return element(
    "h2",
    {},
    element("span", { class: `role ${side.role}` }, item.sides.length === 2 ? `${titles[index]}: ${role}` : role),
    " ",
    element("span", { class: "name" }, side.model),
  );
}

function fill(body, item, side, index, form) {
  if (side.fails) {
    body.append(
      element("p", { class: "fails" }, "\u2717 ", element("b", {}, side.fails.check.replaceAll("_", " ")), ` ${side.fails.detail ?? ""}`),
    );
  }
  if (side.refusal) body.append(element("p", { class: "note" }, "It refused:"), textBlock(side.refusal));
  for (const call of side.calls ?? []) {
    const value = parse(call.arguments);
    body.append(element("p", { class: "note" }, "Calls ", element("code", { class: "model" }, call.name)));
    body.append(textBlock(value ? pretty(value) : call.arguments));
  }
  if (side.text !== null && (side.text !== "" || !(side.calls?.length || side.refusal))) {
    const heat = side.tokens && !form.isPretty ? heatLayers(side.tokens, form.text) : null;
    const name = item.named ? (side.role === "small" ? "del" : "ins") : "mark";
    const layers = form.ranges.map((range) => ({ ...range, name }));
    body.append(
      side.text === ""
        ? element("p", { class: "note" }, "An empty answer.")
        : textBlock(form.text, {
            label: item.sides.length === 2 ? `${titles[index]} answer` : "Answer",
            paint: (block, part) => paintLayers(block, part, [...layers, ...(heat ?? [])]),
          }),
    );
    if (side.tokens && !heat && side.tokens.length > 0) body.append(heatStrip(side.tokens));
    if (form.ranges.length > 0) {
      body.append(element("p", { class: "for-readers" }, plural(form.ranges.length, "difference")));
    }
  }
  if (side.tokens) body.append(leastSure(side.tokens) ?? "");
  if (side.choices > 1) body.append(element("p", { class: "note" }, `The first of ${side.choices} choices.`));
  if (side.cut_at !== null && side.cut_at !== undefined) {
    body.append(element("p", { class: "note" }, `Cut off after ${plural(side.cut_at, "token")}.`));
  }
}
