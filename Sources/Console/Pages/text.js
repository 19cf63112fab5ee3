// Text of models and clients, shown as what it is. It comes from anywhere: what would hide itself (control characters,
// marks that turn the direction of writing around, spaces of no width) is shown by name, and what is very long is shown
// in part. It goes into the page as text nodes only.

import { element, number } from "./dom.js";

const names = new Map([
  [0x00ad, "SHY"], [0x034f, "CGJ"], [0x061c, "ALM"], [0x115f, "HCF"], [0x1160, "HJF"], [0x180e, "MVS"],
  [0x200b, "ZWSP"], [0x200c, "ZWNJ"], [0x200d, "ZWJ"], [0x200e, "LRM"], [0x200f, "RLM"], [0x2028, "LSEP"],
  [0x2029, "PSEP"], [0x202a, "LRE"], [0x202b, "RLE"], [0x202c, "PDF"], [0x202d, "LRO"], [0x202e, "RLO"],
  [0x2060, "WJ"], [0x2066, "LRI"], [0x2067, "RLI"], [0x2068, "FSI"], [0x2069, "PDI"], [0x3164, "HF"],
  [0xfeff, "BOM"], [0xfffd, "not UTF-8"],
]);

/** What does not show itself, or shows something else: controls but tab and line feed, formats, halves of pairs. */
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00a0\u034f\u115f\u1160\u3164\ufffd]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u;
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export const turnsDirection = (text) => bidi.test(text);

function nameOf(character) {
  const code = character.codePointAt(0);
  if (names.has(code)) return names.get(code);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  if (code === 0xa0) return "NBSP";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** How many characters of a text do not show themselves, and which; for a note beside a field that shows them raw. */
export function hiddenIn(text) {
  const found = new Map();
  for (const [character] of text.slice(0, 200_000).matchAll(new RegExp(hidden, "gu"))) {
    const name = nameOf(character);
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

/** Appends text to a parent, hidden characters by name. */
export function appendShown(parent, text) {
  let rest = 0;
  for (const match of text.matchAll(new RegExp(hidden, "gu"))) {
    if (match.index > rest) parent.append(text.slice(rest, match.index));
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    parent.append(element("span", { class: "hidden-character", title: `U+${code}` }, nameOf(match[0])));
    rest = match.index + match[0].length;
  }
  if (rest < text.length) parent.append(text.slice(rest));
}

/** The beginning of a text that does not end inside a surrogate pair. */
export function beginning(text, limit) {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit);
}

export const longest = 6000;

/**
 * A block that shows a text: at most `longest` characters at first, the rest on demand.
 * `paint(part)` fills the block with the part that is shown; without it the text is shown plain.
 */
export function textBlock(text, { className = "", label = null, paint = null } = {}) {
  const block = element("pre", { class: `model ${className}`, dir: "auto", "aria-label": label });
  if (text.length <= longest) {
    if (paint) paint(block, text);
    else appendShown(block, text);
    return block;
  }
  const part = beginning(text, longest);
  if (paint) paint(block, part);
  else appendShown(block, part);
  block.append("\u2026");
  const all = element(
    "button",
    {
      type: "button",
      class: "quiet",
      onclick: () => {
        block.replaceChildren();
        appendShown(block, text);
        all.remove();
      },
    },
    `Show all ${number(text.length)} characters`,
  );
  return element("div", { class: "long" }, block, all);
}

/** Splits a text at the borders of several layers of ranges and shows each piece inside its marks. */
export function paintLayers(parent, text, layers) {
  const borders = new Set([0, text.length]);
  for (const { from, to } of layers) {
    if (from < text.length) borders.add(from);
    if (to < text.length) borders.add(to);
  }
  const sorted = [...borders].sort((a, b) => a - b);
  const waiting = [...layers].sort((a, b) => a.from - b.from);
  let open = [];
  for (let index = 0; index + 1 < sorted.length; index++) {
    const [from, to] = [sorted[index], sorted[index + 1]];
    open = open.filter((layer) => layer.to > from);
    while (waiting.length && waiting[0].from <= from) {
      const layer = waiting.shift();
      if (layer.to > from) open.push(layer);
    }
    let place = parent;
    for (const layer of open) {
      const wrapper = element(layer.name, { class: layer.className ?? null, title: layer.title ?? null });
      place.append(wrapper);
      place = wrapper;
    }
    appendShown(place, text.slice(from, to));
  }
}
