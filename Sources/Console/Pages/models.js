// The page Models: which small model a route has in service, how it came about, and the next turn of its flywheel.
//
//   standing.js   in service and on trial            going.js    promote and roll back
//   cycle.js      the turn under way, the next one   tables.js   what came before
//   evaluation.js what was measured last             curve.js    quality against what is left to large

import { read } from "./api.js";
import { PlanDialog, cancel, turnNow } from "./cycle.js";
import { byID, element, replace } from "./dom.js";
import { evaluation } from "./evaluation.js";
import { GoingDialog } from "./going.js";
import { standing } from "./standing.js";
import * as tables from "./tables.js";
import { askName, enter } from "./visitor.js";

/** How long until it is looked again, in milliseconds: while something goes on, and otherwise. */
const [soon, later] = [2_000, 10_000];

class Page {
  constructor(route, reviewer) {
    this.name = route;
    this.reviewer = reviewer;
    this.shown = new Map();
    this.timer = null;
    this.planDialog = new PlanDialog(reviewer, {
      begun: (turn) => this.done(`The cycle has begun: ${turn.id}.`),
      // Somebody else was quicker, perhaps.
      refused: () => this.look(),
    });
    this.goingDialog = new GoingDialog(reviewer, (answer) => this.done(went(answer)));
    document.addEventListener("visibilitychange", () => !document.hidden && this.look());
  }

  choose(route) {
    this.name = route;
    history.replaceState(null, "", `?${new URLSearchParams({ route })}`);
    this.say("");
    this.look();
  }

  done(words) {
    this.say(words);
    this.look();
  }

  async look() {
    clearTimeout(this.timer);
    const name = this.name;
    let isBusy = false;
    try {
      const [{ data: routes }, found] = await Promise.all([read("routes"), read("models", { route: name })]);
      if (name !== this.name) return;
      this.show(routes.find((route) => route.route === name), found);
      isBusy = found.cycles.some((turn) => turn.state === "running" && !turn.is_silent) || found.jobs.some((job) => job.status === "running");
      if (this.isFailing) this.say("");
      this.isFailing = false;
    } catch (problem) {
      this.isFailing = true;
      this.say(problem.message, "bad");
    }
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.look(), isBusy ? soon : later);
  }

  show(route, found) {
    if (!route) return this.say(`The settings have no route ${this.name} any more.`, "bad");
    const [turn] = found.cycles;
    const newest = found.evaluations.find((known) => known.model === found.versions[0]?.model) ?? found.evaluations[0];
    const act = {
      rollBack: () => this.goingDialog.rollBack(this.name, Boolean(route.canary)),
      promote: (version) => this.goingDialog.promote(this.name, version, found.canary_share),
      plan: () => this.planDialog.open(this.name),
      cancel: (running) => this.cancel(running),
    };
    this.section("standing", [route, found.versions, found.on_stale_small], () => standing(route, found, act));
    this.section("cycle", [turn, found.can_cycle], () => turnNow(turn, found, act));
    this.section("evaluation", newest, () => evaluation(newest));
    const inService = route.small?.model ?? route.version?.model;
    this.section("histories", [found, inService, route.canary], () => [
      tables.versions(found, inService, route.canary?.challenger.model, act.promote),
      tables.evaluations(found),
      tables.turns(found),
      tables.dataSets(found),
      tables.jobs(found),
    ]);
  }

  /** Built again only where what it shows has changed: nothing moves under the pointer, and the focus stays. */
  section(id, data, build) {
    const text = JSON.stringify(data ?? null);
    if (this.shown.get(id) === text) return;
    this.shown.set(id, text);
    const focused = document.activeElement?.id;
    replace(byID(id), ...build());
    if (focused && document.activeElement === document.body) byID(focused)?.focus();
  }

  async cancel(turn) {
    try {
      await cancel(turn, this.reviewer);
      this.done(`${turn.id} stops within seconds, and can go on later.`);
    } catch (problem) {
      this.say(problem.message, "bad");
    }
  }

  say(words, kind = "") {
    byID("said").textContent = words;
    byID("said").className = `said ${kind}`;
  }
}

function went(answer) {
  if (answer.canary) return `${answer.canary.challenger.model} is on trial.`;
  if (answer.service) return `${answer.service.model} is in service.`;
  return `${answer.model ?? "The trial"} was taken back.`;
}

async function begin() {
  await enter();
  const { data: routes } = await read("routes");
  if (routes.length === 0) {
    replace(byID("standing"), element("p", {}, "There are no routes in the settings."));
    return;
  }
  const names = routes.map((route) => route.route);
  const wanted = new URLSearchParams(location.search).get("route");
  const reviewer = await askName();
  byID("reviewer-name").textContent = reviewer;
  const page = new Page(names.includes(wanted) ? wanted : names[0], reviewer);
  const choice = byID("route");
  replace(choice, ...names.map((name) => element("option", { selected: name === page.name }, name)));
  choice.addEventListener("change", () => page.choose(choice.value));
  byID("route-choice").hidden = names.length < 2;
  await page.look();
}

begin().catch((problem) => {
  byID("said").textContent = problem.message;
  byID("said").className = "said bad";
});
