// What differs between two texts: words, or the tokens of a query language. Myers' algorithm (An O(ND) Difference
// Algorithm, 1986), within bounds: where two texts have too little in common, all between their common ends differs.

const mostTokens = 4000;
const mostSteps = 600;

/** Names, numbers, dates and quoted strings whole, operators of two characters, everything else by itself. */
const term = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\p{L}\p{N}_](?:[\p{L}\p{N}_.\-\/@]*[\p{L}\p{N}_])?|[<>=!]=|&&|\|\||->|\s+|[^]/gu;
const word = /[\p{L}\p{N}_']+|\s+|[^]/gu;

/** Tokens as `{ text, from }`; white space is a token, so that nothing of the text is lost. */
function tokens(text, pattern) {
  const found = [];
  for (const match of text.matchAll(pattern)) {
    found.push({ text: match[0], from: match.index });
    if (found.length > mostTokens) break;
  }
  return found;
}

/**
 * The parts of each text that the other has not.
 * @param style "dsl": by its tokens; anything else: by words
 * @returns {{ left: {from, to}[], right: {from, to}[] }}
 */
export function differences(left, right, style) {
  const pattern = style === "dsl" ? term : word;
  const [a, b] = [tokens(left, pattern), tokens(right, pattern)];
  const kept = common(a, b, (x, y) => x.text === y.text);
  return { left: trimmed(left, gaps(a, kept, 0, left.length)), right: trimmed(right, gaps(b, kept, 1, right.length)) };
}

/** Without the white space around what differs, unless there is nothing else. */
function trimmed(text, ranges) {
  return ranges.map(({ from, to }) => {
    const part = text.slice(from, to);
    if (part.trim() === "") return { from, to };
    return { from: from + part.length - part.trimStart().length, to: to - (part.length - part.trimEnd().length) };
  });
}

/** The ranges between tokens that are kept; neighbours that only white space parts become one. */
function gaps(list, kept, column, end) {
  const ranges = [];
  const stays = new Set(kept.map((pair) => pair[column]));
  for (let index = 0; index < list.length; index++) {
    if (stays.has(index)) continue;
    const from = list[index].from;
    const to = index + 1 < list.length ? list[index + 1].from : end;
    const last = ranges.at(-1);
    if (last && last.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

/**
 * A longest common subsequence as pairs of positions.
 * @param same whether two elements are the same
 */
export function common(a, b, same) {
  let start = 0;
  while (start < a.length && start < b.length && same(a[start], b[start])) start++;
  let [enda, endb] = [a.length, b.length];
  while (enda > start && endb > start && same(a[enda - 1], b[endb - 1])) {
    enda--;
    endb--;
  }
  const pairs = [];
  for (let index = 0; index < start; index++) pairs.push([index, index]);
  pairs.push(...middle(a.slice(start, enda), b.slice(start, endb), same).map(([x, y]) => [x + start, y + start]));
  for (let index = 0; enda + index < a.length; index++) pairs.push([enda + index, endb + index]);
  return pairs;
}

function middle(a, b, same) {
  const most = Math.min(a.length + b.length, mostSteps);
  // furthest[k + most]: how far along `a` the best path on diagonal k has come.
  let furthest = new Int32Array(2 * most + 3);
  const trace = [];
  for (let steps = 0; steps <= most; steps++) {
    trace.push(furthest.slice());
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && furthest[most + k] < furthest[most + k + 2]);
      let x = down ? furthest[most + k + 2] : furthest[most + k] + 1;
      let y = x - k;
      while (x < a.length && y < b.length && same(a[x], b[y])) {
        x++;
        y++;
      }
      furthest[most + k + 1] = x;
      if (x >= a.length && y >= b.length) return backwards(trace, a.length, b.length, most);
    }
  }
  return [];
}

function backwards(trace, x, y, most) {
  const pairs = [];
  for (let steps = trace.length - 1; steps >= 0; steps--) {
    const furthest = trace[steps];
    const k = x - y;
    const down = k === -steps || (k !== steps && furthest[most + k] < furthest[most + k + 2]);
    const before = down ? k + 1 : k - 1;
    const beforeX = steps === 0 ? 0 : furthest[most + before + 1];
    const beforeY = steps === 0 ? 0 : beforeX - before;
    while (x > beforeX && y > beforeY && x > 0 && y > 0) {
      x--;
      y--;
      pairs.push([x, y]);
    }
    x = beforeX;
    y = beforeY;
  }
  return pairs.reverse();
}
