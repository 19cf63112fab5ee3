// The deferral curve: the share of right answers as more of them are left to large, the least sure first.

import { percent } from "./format.js";

const space = "http://www.w3.org/2000/svg";
const [left, right, top, bottom] = [52, 574, 14, 206];

function draw(name, attributes, text) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** @param evaluation with a `curve` of at least two points */
export function deferralCurve(evaluation) {
  const { points } = evaluation.curve;
  const lowest = Math.min(...points.map((point) => point.quality), 0.9);
  const least = Math.max(0, Math.floor((lowest - 0.01) * 20) / 20);
  const x = (deferred) => left + deferred * (right - left);
  const y = (quality) => bottom - ((quality - least) / (1 - least)) * (bottom - top);
  const end = points.at(-1);
  const words =
    `Right answers by share left to large: ${percent(points[0].quality)} with ${percent(points[0].deferred)} left to it, ` +
    `${percent(end.quality)} with ${percent(end.deferred)}.`;
  const made = draw("svg", { viewBox: "0 0 600 246", role: "img", "aria-label": words, class: "curve" });
  for (let step = 0; step <= 4; step += 1) {
    const quality = least + ((1 - least) * step) / 4;
    const deferred = step / 4;
    made.append(
      draw("path", { d: `M${left} ${y(quality)}H${right}`, class: "grid" }),
      draw("text", { x: left - 6, y: y(quality) + 4, "text-anchor": "end" }, `${Number((quality * 100).toFixed(1))} %`),
      draw("text", { x: x(deferred), y: bottom + 18, "text-anchor": "middle" }, `${deferred * 100} %`),
    );
  }
  made.append(
    draw("path", { d: `M${left} ${y(0.9)}H${right}`, class: "bar" }),
    draw("path", { d: `M${x(points[0].deferred)} ${y(points[0].quality)}L${x(end.deferred)} ${y(end.quality)}`, class: "chance" }),
    draw("polyline", { points: points.map((point) => `${x(point.deferred)},${y(point.quality)}`).join(" "), class: "line" }),
    draw("text", { x: (left + right) / 2, y: 242, "text-anchor": "middle" }, "left to large, the least sure first"),
  );
  const { fallback, figures } = evaluation;
  const served = figures.served.share;
  if (fallback !== null && served !== null && served >= least) {
    made.append(draw("circle", { cx: x(fallback), cy: y(served), r: 4, class: "now" }));
  }
  return made;
}
