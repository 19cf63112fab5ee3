// Which small model a route has in service, and which one is on trial beside it.

import { element } from "./dom.js";
import { percent, points, when } from "./format.js";

const outcomes = { promoted: "went into service", rolled_back: "was rolled back", not_proven: "was not proven", replaced: "was replaced" };

/** @param act `{ rollBack }` */
export function standing(route, history, act) {
  const { version: service, promotion, canary } = route;
  const isAsked = Boolean(route.small?.model);
  const model = route.small?.model ?? service?.model;
  const known = history.versions.find((version) => version.model === model);
  const canGoBack = Boolean(canary) || (promotion?.history.length ?? 0) > 0;
  return [
    element("p", { class: "ask" }, model ? element("code", {}, model) : "No small model: large answers everything"),
    element("p", { class: "note" }, origin(route, model)),
    ...warnings(route, history, known, isAsked).map((line) => element("p", { class: "doubt" }, line)),
    canary ? trial(canary, route.canary_finding) : lastTrial(promotion),
    canGoBack
      ? element(
          "div",
          { class: "buttons" },
          element("button", { type: "button", id: "roll-back", onclick: act.rollBack }, canary ? "End the trial…" : "Roll back…"),
        )
      : null,
  ];
}

function origin({ version: service, file_wins: fileWins }, model) {
  if (fileWins) return "Named by the settings file, which was changed after the last promotion: the file wins.";
  if (service) return `In service since ${when(service.at)} · by ${service.by} · ${service.reason}`;
  return model ? "Named by the settings file." : "The first turn of the cycle trains one.";
}

function warnings({ stale }, history, known, isAsked) {
  const lines = [];
  if (stale) {
    const meanwhile = isAsked ? "It goes on answering" : "Large answers";
    lines.push(`It was trained for an older contract. ${meanwhile} until another one is trained: run the cycle.`);
  }
  if (known?.shutdown_date) {
    const isGone = new Date(known.shutdown_date) <= new Date();
    lines.push(`Its provider ${isGone ? "has shut it down" : "shuts it down"} on ${known.shutdown_date.slice(0, 10)}: train another.`);
  }
  return lines;
}

function trial(canary, finding) {
  const lines = [
    `${percent(canary.share)} of inputs, step ${canary.step + 1} of ${canary.steps}`,
    `since ${when(canary.started_at)}`,
    `ends without proof on ${when(canary.ends_at)}`,
  ];
  return element(
    "div",
    { class: "trial" },
    element("h3", {}, "On trial: ", element("code", {}, canary.challenger.model)),
    element("p", { class: "note" }, lines.join(" · ")),
    finding
      ? element(
          "p",
          {},
          `Agreement ${percent(finding.agreement[0])} to ${percent(finding.agreement[1])}, the bar ${percent(canary.bar)}; ` +
            `falls back ${points(finding.fallbacks[0])} to ${points(finding.fallbacks[1])} points more than the one in service.`,
        )
      : null,
  );
}

function lastTrial(promotion) {
  const last = promotion?.last_trial;
  if (!last) return null;
  return element("p", { class: "note" }, `The last trial, ${when(last.at)}: ${last.model} ${outcomes[last.outcome] ?? last.outcome}: ${last.reason}`);
}
