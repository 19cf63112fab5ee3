// What came before: versions, evaluations, data sets, jobs, turns. The newest first.

import { element, number } from "./dom.js";
import { dollars, percent, ratio, when } from "./format.js";

/** A table under a heading, or the words that say that there is nothing. */
function table(title, columns, rows, nothing) {
  const heading = element("h2", { id: `${title.toLowerCase().replaceAll(" ", "-")}-title` }, title);
  if (rows.length === 0) return element("section", { class: "history" }, heading, element("p", { class: "note" }, nothing));
  return element(
    "section",
    { class: "history", role: "region", "aria-labelledby": heading.id, tabindex: "0" },
    heading,
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map(cell)))),
    ),
  );
}

const cell = (content) => element("td", {}, content ?? "–");
const code = (text) => (text ? element("code", {}, text) : null);

export function versions(history, inService, onTrial, promote) {
  const rows = history.versions.map((version) => {
    const found = history.evaluations.find((evaluation) => evaluation.id === version.evaluation);
    const isCurrent = version.model === inService;
    const isOnTrial = version.model === onTrial;
    const state = isCurrent ? "in service" : isOnTrial ? "on trial" : version.contract === history.contract ? "" : "older contract";
    return [
      code(version.model),
      when(version.created_at),
      version.examples === null ? null : number(version.examples),
      found ? percent(found.accepted) : null,
      found ? percent(found.fallback) : null,
      state,
      isCurrent || isOnTrial
        ? ""
        : element(
            "button",
            { type: "button", id: `promote-${version.model}`, "aria-label": `Promote ${version.model}`, onclick: () => promote(version) },
            "Promote…",
          ),
    ];
  });
  const columns = ["Version", "Trained", "Examples", "Accepted agree", "Left to large", "", ""];
  return table("Versions", columns, rows, "No version yet: the first turn of the cycle makes one.");
}

export function evaluations(history) {
  const rows = history.evaluations.map((found) => [
    when(found.at),
    code(found.model),
    `${number(found.holdout.inputs)} ${found.evaluated_on}`,
    `${percent(found.accepted)}, at least ${percent(found.accepted_low)}`,
    percent(found.fallback),
    ratio(found.price_ratio),
    ratio(found.latency_ratio),
    found.bar.met ? "met" : "not met",
    `${found.looks}`,
  ]);
  const columns = ["Evaluated", "Version", "On", "Accepted agree", "Left to large", "Cheaper", "Faster", "Bar", "Look"];
  return table("Evaluations", columns, rows, "Nothing was measured yet.");
}

export function dataSets(history) {
  const rows = history.data_sets.map((set) => [
    code(set.id),
    when(set.made_at),
    set.files.map((file) => `${number(file.lines)} ${file.part}`).join(", "),
    set.format,
    set.models.length > 0 ? set.models.join(", ") : null,
  ]);
  return table("Data sets", ["Data set", "Made", "Lines", "Format", "Learnt by"], rows, "No training file was written yet.");
}

export function jobs(history) {
  const rows = history.jobs.map((job) => [
    code(job.id),
    when(job.created_at),
    job.trainer,
    job.error ? `${job.status}: ${job.error.message}` : job.status,
    job.trained_tokens === null ? null : number(job.trained_tokens),
    dollars(job.cost),
  ]);
  const columns = ["Job", "Asked for", "Trainer", "State", "Tokens", "Cost"];
  return table("Jobs", columns, rows, "Nothing was trained yet.");
}

export function turns(history) {
  const rows = history.cycles.map((turn) => [
    code(turn.id),
    when(turn.started_at),
    turn.started_by,
    turn.state === "running" ? `under way: ${turn.stage}` : turn.state,
    outcome(turn),
    dollars(turn.spent),
  ]);
  return table("Turns", ["Turn", "Begun", "By", "State", "What came of it", "Spent"], rows, "The cycle was never run.");
}

/** In a few words. */
export function outcome(turn) {
  if (turn.reason) return turn.reason;
  if (!turn.result) return null;
  const { model, canary, promoted, reason } = turn.result;
  if (promoted) return `${model} went into service`;
  if (canary) return `${model} went on trial`;
  return reason ?? null;
}
