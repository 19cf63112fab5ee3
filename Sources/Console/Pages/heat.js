// How sure the small model was, token by token: a strip under the text, thicker and redder the less sure. The thickness
// says it without the colour, and the least sure tokens are named beside it.

import { element } from "./dom.js";
import { appendShown } from "./text.js";
import { decimals } from "./words.js";

/** 0 (sure) to 5 (a guess), by the probability that the token had. */
export function level(logprob) {
  if (logprob === null) return 5;
  const probability = Math.exp(logprob);
  return [0.95, 0.8, 0.6, 0.35, 0.15].filter((limit) => probability < limit).length;
}

/** The tokens as ranges of the text; null where they are not the text's. */
export function heatLayers(tokens, text) {
  const layers = [];
  let from = 0;
  for (const [token, logprob] of tokens) {
    const to = from + token.length;
    if (to > text.length || text.slice(from, to) !== token) return null;
    const title = logprob === null ? "no confidence came with this token" : `log-probability ${decimals(logprob)}`;
    layers.push({ from, to, name: "span", className: `heat heat-${level(logprob)}`, title });
    from = to;
  }
  return from === text.length ? layers : null;
}

/** The tokens in a line of their own, for texts that are shown in another form than they were written. */
export function heatStrip(tokens) {
  const strip = element("pre", { class: "model strip", "aria-label": "token confidences" });
  for (const [token, logprob] of tokens.slice(0, 1000)) {
    const span = element("span", { class: `heat heat-${level(logprob)}`, title: decimals(logprob) || null });
    appendShown(span, token);
    strip.append(span);
  }
  return strip;
}

/** "Least sure: changed −2.31, sort −0.80" */
export function leastSure(tokens) {
  const unsure = tokens
    .filter(([token, logprob]) => logprob !== null && logprob < -0.05 && token.trim() !== "")
    .sort((a, b) => a[1] - b[1])
    .slice(0, 3);
  if (unsure.length === 0) return null;
  const line = element("p", { class: "note" }, "Least sure: ");
  unsure.forEach(([token, logprob], index) => {
    const code = element("code", { class: "model" });
    appendShown(code, token.trim().slice(0, 40));
    line.append(index > 0 ? ", " : "", code, ` ${decimals(logprob)}`);
  });
  return line;
}
