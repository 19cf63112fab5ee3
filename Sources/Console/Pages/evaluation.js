// What the latest evaluation of a version found: the four figures that the method promises, the bar, the curve.

import { deferralCurve } from "./curve.js";
import { element, number } from "./dom.js";
import { dollars, milliseconds, percent, ratio, when } from "./format.js";

const figure = (value, what, on) =>
  element("div", { class: "figure" }, element("b", {}, value), element("span", {}, what), element("small", {}, on));

function figures(found) {
  const { accepted, small_against_large: alike } = found.figures;
  const reference = found.reference === "large" ? "large" : "the label";
  const on = found.evaluated_on;
  const made = [
    figure(percent(accepted.share), `of accepted answers agree with ${reference}`, `at least ${percent(accepted.low)}, ${number(accepted.of)} ${on}`),
    figure(percent(alike.share), "of all small answers agree with large", `at least ${percent(alike.low)}, ${number(alike.of)} ${on}; 90 % promised`),
  ];
  const { price, latency } = found;
  if (price) {
    const each = `${dollars(price.served_usd)} against ${dollars(price.large_usd)} a request`;
    made.push(figure(ratio(price.effective), "cheaper than all-large", `${each}, ${on}; a call alone ${ratio(price.call)}, up to 40× promised`));
  }
  if (latency) {
    const { small, large, ratio: faster } = latency.p50;
    made.push(figure(ratio(faster), "faster at the median", `${milliseconds(small.ms)} against ${milliseconds(large.ms)}, ${on}; 4 to 5× promised`));
  }
  return element("div", { class: "figures-row" }, ...made);
}

const list = (lines) => element("ul", {}, ...lines.map((line) => element("li", {}, line)));

function bar({ met, reasons, help }) {
  if (met) return element("p", { class: "good" }, "It meets the bar for going live.");
  return element(
    "div",
    { class: "bar-missed" },
    element("p", { class: "bad" }, "It does not meet the bar for going live:"),
    list(reasons),
    help.length > 0 ? element("p", {}, "What would help:") : null,
    help.length > 0 ? list(help) : null,
  );
}

/** @param found an evaluation, or undefined */
export function evaluation(found) {
  if (!found) return [element("p", { class: "note" }, "No version was measured yet.")];
  const look = found.looks > 1 ? ` · look ${found.looks} at these inputs, and the bounds are wider for it` : "";
  return [
    element("p", { class: "note" }, element("code", {}, found.model), ` against ${found.large_model} · ${when(found.at)}${look}`),
    figures(found),
    bar(found.bar),
    found.curve?.points.length > 1
      ? element(
          "figure",
          { tabindex: "0", role: "region", "aria-label": "Quality against what is left to large" },
          deferralCurve(found),
          element(
            "figcaption",
            { class: "note" },
            `Right answers as more is left to large; dashed: the bar and leaving answers to large by chance; the dot: today. ` +
              `Over chance: ${found.curve.over_random?.toFixed(3) ?? "–"}.`,
          ),
        )
      : null,
  ];
}
