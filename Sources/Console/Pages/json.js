// JSON answers, compared by value and shown pretty. A reader of our own, because the built-in one changes what it reads:
// numbers of many digits lose some, and of two members with one name the first is gone. Here a number keeps its
// spelling, and equal values are equal however they are written.

import { common } from "./diff.js";

const mostBytes = 200_000;

/** The value of a text; null where the text is no JSON object or array, or a very long one. */
export function parse(text) {
  if (text.length > mostBytes) return null;
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    reader.space();
    return reader.at === text.length && (value.kind === "object" || value.kind === "array") ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  space() {
    const pattern = /[ \t\n\r]*/y;
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)[0].length;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) throw new SyntaxError(`at ${this.at}`);
    this.at += match[0].length;
    return match[0];
  }

  value(depth) {
    if (depth > 200) throw new SyntaxError("too deep");
    this.space();
    switch (this.text[this.at]) {
      case "{":
        return { kind: "object", members: this.list("{", "}", () => this.member(depth)) };
      case "[":
        return { kind: "array", items: this.list("[", "]", () => this.value(depth + 1)) };
      case '"':
        return this.string();
      case "t":
      case "f":
      case "n": {
        const source = this.take(/true|false|null/y);
        return { kind: "scalar", source, equal: source };
      }
      default: {
        const source = this.take(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
        return { kind: "scalar", source, equal: `number ${decimal(source)}` };
      }
    }
  }

  string() {
    const source = this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    return { kind: "scalar", source, equal: `string ${JSON.parse(source)}` };
  }

  member(depth) {
    this.space();
    const name = this.string();
    this.space();
    this.take(/:/y);
    return { name: name.source, key: JSON.parse(name.source), value: this.value(depth + 1) };
  }

  list(open, close, element) {
    this.at += open.length;
    const found = [];
    this.space();
    if (this.text[this.at] === close) {
      this.at++;
      return found;
    }
    for (;;) {
      found.push(element());
      this.space();
      if (this.take(/[,\]}]/y) === close) return found;
      if (this.text[this.at - 1] !== ",") throw new SyntaxError(`at ${this.at}`);
    }
  }
}

/** One spelling for all that are the same number: digits without zeros around them, and a power of ten. */
function decimal(source) {
  const [, sign, whole, fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source);
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign}${kept}e${BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

/** A text that is the same for equal values: members in the order of their names. */
function canonical(value) {
  if (value.canonical !== undefined) return value.canonical;
  let text;
  if (value.kind === "scalar") text = value.equal;
  else if (value.kind === "array") text = `[${value.items.map(canonical).map(quoted).join()}]`;
  else text = `{${value.members.map((one) => quoted(one.key) + quoted(canonical(one.value))).sort().join()}}`;
  value.canonical = text;
  return text;
}

const quoted = (text) => JSON.stringify(text);

export const equal = (a, b) => canonical(a) === canonical(b);

/**
 * Both values pretty, members in one order, and what of each the other has not.
 * @returns two of `{ text, ranges }`
 */
export function compare(left, right) {
  const printers = [new Printer(), new Printer()];
  both(left, right, printers, 0);
  return printers.map(({ text, ranges }) => ({ text, ranges }));
}

export function pretty(value) {
  const printer = new Printer();
  alone(value, printer, 0, false);
  return printer.text;
}

class Printer {
  text = "";
  ranges = [];

  put(text, differs = false) {
    if (differs) this.mark(this.text.length, this.text.length + text.length);
    this.text += text;
  }

  mark(from, to) {
    const last = this.ranges.at(-1);
    if (last && last.to === from) last.to = to;
    else if (to > from) this.ranges.push({ from, to });
  }

  line(level) {
    this.text += `\n${"  ".repeat(level)}`;
  }
}

function both(left, right, [a, b], level) {
  if (left.kind !== right.kind || left.kind === "scalar") {
    const differs = !equal(left, right);
    alone(left, a, level, differs);
    alone(right, b, level, differs);
  } else if (left.kind === "object") {
    bothObjects(left, right, a, b, level);
  } else {
    bothArrays(left, right, a, b, level);
  }
}

function bothObjects(left, right, a, b, level) {
  const [rest, pairs] = [[...right.members], []];
  for (const member of left.members) {
    const index = rest.findIndex((other) => other.key === member.key);
    pairs.push([member, index < 0 ? null : rest.splice(index, 1)[0]]);
  }
  pairs.push(...rest.map((member) => [null, member]));
  const lists = [list(a, "{", "}", left.members.length, level), list(b, "{", "}", right.members.length, level)];
  for (const [one, other] of pairs) {
    if (one) lists[0].next();
    if (other) lists[1].next();
    if (one) a.put(`${one.name}: `, !other);
    if (other) b.put(`${other.name}: `, !one);
    if (one && other) both(one.value, other.value, [a, b], level + 1);
    else if (one) alone(one.value, a, level + 1, true);
    else alone(other.value, b, level + 1, true);
  }
  lists.forEach((each) => each.end());
}

function bothArrays(left, right, a, b, level) {
  const kept = [...common(left.items, right.items, equal), [left.items.length, right.items.length]];
  const lists = [list(a, "[", "]", left.items.length, level), list(b, "[", "]", right.items.length, level)];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of kept) {
    // What stands between two equal elements differs: by pairs as far as there are some.
    while (x < nextX || y < nextY) {
      const one = x < nextX ? left.items[x++] : null;
      const other = y < nextY ? right.items[y++] : null;
      if (one) lists[0].next();
      if (other) lists[1].next();
      if (one && other) both(one, other, [a, b], level + 1);
      else if (one) alone(one, a, level + 1, true);
      else alone(other, b, level + 1, true);
    }
    if (nextX === left.items.length && nextY === right.items.length) break;
    lists.forEach((each) => each.next());
    both(left.items[x++], right.items[y++], [a, b], level + 1);
  }
  lists.forEach((each) => each.end());
}

function alone(value, printer, level, differs) {
  if (value.kind === "scalar") return printer.put(value.source, differs);
  const isObject = value.kind === "object";
  const elements = isObject ? value.members : value.items;
  const lines = list(printer, isObject ? "{" : "[", isObject ? "}" : "]", elements.length, level, differs);
  for (const each of elements) {
    lines.next();
    if (isObject) printer.put(`${each.name}: `, differs);
    alone(isObject ? each.value : each, printer, level + 1, differs);
  }
  lines.end();
}

/** The brackets, commas and line breaks around elements that somebody else prints. */
function list(printer, open, close, count, level, differs = false) {
  printer.put(open, differs);
  let index = 0;
  return {
    next() {
      if (index++ > 0) printer.put(",", differs);
      printer.line(level + 1);
    },
    end() {
      if (count > 0) printer.line(level);
      printer.put(close, differs);
    },
  };
}
