// Training files: what would be in them, and the files themselves. The gateway makes and keeps them; this only asks.

import { write } from "./api.js";
import { byID, element, number, plural, replace } from "./dom.js";
import { appendShown } from "./text.js";

const form = byID("export-form");
const place = byID("export-plan");

/** Of what is asked for now; an answer to an earlier question is not shown. */
let asked = 0;
let asking = Promise.resolve();
let plan = null;

/**
 * @param routes as `review/routes` has them
 * @param route the one that is looked at
 * @param reviewer who asks, for the audit log
 */
export function openExport(routes, route, reviewer) {
  const known = routes.filter((each) => each.format);
  form.elements.route.replaceChildren(...known.map((each) => element("option", { value: each.name }, each.name)));
  const first = known.find((each) => each.name === route) ?? known[0];
  if (!first) return;
  form.elements.route.value = first.name;
  form.elements.format.value = first.format;
  form.elements.skip_invalid.checked = false;
  form.onchange = (event) => {
    if (event.target === form.elements.route) {
      form.elements.format.value = known.find((each) => each.name === form.elements.route.value).format;
    }
    look(reviewer);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (byID("export-write").getAttribute("aria-disabled") !== "true") make(reviewer);
  };
  byID("export").showModal();
  look(reviewer);
}

function wanted(reviewer) {
  const { route, format, validation, reviewed, skip_invalid: skip } = form.elements;
  return {
    reviewer,
    route: route.value,
    format: format.value,
    validation: Number(validation.value),
    reviewed: reviewed.value === "true",
    skip_invalid: skip.checked,
  };
}

/** One question after the other: the gateway makes one export at a time. */
function look(reviewer) {
  const turn = ++asked;
  allow(false);
  replace(place, element("p", { class: "note" }, "Looking at what there is\u2026"));
  asking = asking.then(async () => {
    if (turn !== asked) return;
    try {
      const found = await write("review/export/plan", wanted(reviewer));
      if (turn !== asked) return;
      plan = found;
      replace(place, ...described(plan));
      byID("export-skip").hidden = !found.violations.some((each) => each.candidate) && !form.elements.skip_invalid.checked;
      allow(plan.valid && plan.examples > 0);
    } catch (problem) {
      if (turn === asked) replace(place, element("p", { class: "bad" }, problem.message));
    }
  });
}

async function make(reviewer) {
  const turn = ++asked;
  allow(false);
  replace(place, ...described(plan), element("p", { class: "note" }, "Writing\u2026"));
  try {
    const made = await write("review/export", wanted(reviewer));
    if (turn !== asked) return;
    replace(place, ...described(made), written(made));
    byID("export-skip").hidden = true;
    byID("export-written").scrollIntoView({ block: "nearest" });
  } catch (problem) {
    if (turn !== asked) return;
    replace(place, ...described(plan), element("p", { class: "bad" }, problem.message));
    allow(true);
  }
}

function allow(isAllowed) {
  byID("export-write").setAttribute("aria-disabled", String(!isAllowed));
}

function described({ manifest, examples, violations, violation_count: count, valid }) {
  if (examples === 0 && count === 0) {
    return [element("p", {}, "There is nothing to export yet."), leftOut(manifest.left_out)];
  }
  const files = manifest.files.map((file) => row(file.part, plural(file.lines, "example")));
  const people = `${number(manifest.reviewed)} reviewed, ${number(manifest.unreviewed)} not`;
  const sources = Object.entries(manifest.sources).map(([source, many]) => `${number(many)} ${source}`);
  return [
    element("table", {}, element("tbody", {}, ...files, row("answers", people), row("from", sources.join(", ")))),
    leftOut(manifest.left_out),
    manifest.notes.length ? list("Advice", manifest.notes, "doubt") : null,
    count ? broken(violations, count, valid) : null,
  ];
}

const row = (name, words) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, words));

function leftOut(counts) {
  const entries = Object.entries(counts);
  if (entries.length === 0) return null;
  return list("Left out", entries.map(([why, count]) => `${number(count)}: ${why}`), "soft");
}

function broken(violations, count, valid) {
  const words = violations.map((each) => `${each.candidate ?? "the file"}: ${each.rule.replaceAll("_", " ")}: ${each.message}`);
  if (count > violations.length) words.push(`and ${number(count - violations.length)} more`);
  const title = `${plural(count, "example breaks", "examples break")} a rule of the provider`;
  return list(valid ? `${title}, and ${count === 1 ? "is" : "are"} left out` : `${title}, so nothing is written`, words, "bad");
}

function list(title, lines, kind) {
  const items = lines.map((line) => {
    const item = element("li", {});
    appendShown(item, line);
    return item;
  });
  return element("section", { class: "export-list" }, element("h3", { class: kind }, title), element("ul", {}, ...items));
}

function written({ manifest, paths }) {
  const names = [...manifest.files.map((file) => file.part), "manifest"];
  const links = names.map((name) =>
    element("a", { href: `/admin/v1/review/exports/${encodeURIComponent(manifest.id)}/${name}`, download: "" }, `Download ${name}`),
  );
  const folder = element("code", { class: "model" });
  appendShown(folder, paths[0].slice(0, paths[0].lastIndexOf("/") + 1));
  return element(
    "section",
    { class: "export-list", id: "export-written" },
    element("h3", { class: "good" }, "Written"),
    element("p", {}, "On the gateway\u2019s disk, readable by its user alone: ", folder),
    element("p", { class: "buttons" }, ...links),
  );
}
