// The turn of the flywheel that is under way, or the last one; and the dialog that plans the next.

import { remove, write } from "./api.js";
import { byID, element, replace } from "./dom.js";
import { dollars, when } from "./format.js";
import { outcome } from "./tables.js";

const stages = { collect: "Answers of large", train: "Training", evaluate: "Measuring", promote: "Going live" };

/**
 * @param turn the latest one, or undefined
 * @param act `{ plan, cancel }`
 */
export function turnNow(turn, history, act) {
  const isUnderWay = turn?.state === "running" && !turn.is_silent;
  return [
    turn ? about(turn) : element("p", { class: "note" }, "It was never run here."),
    turn ? element("ol", { class: "stages" }, ...turn.stages.map((stage) => stageLine(stage, turn))) : null,
    turn ? standing(turn) : null,
    element(
      "div",
      { class: "buttons" },
      isUnderWay
        ? element(
            "button",
            { type: "button", id: "cancel", "aria-disabled": turn.cancelled ? "true" : null, onclick: () => !turn.cancelled && act.cancel(turn) },
            turn.cancelled ? "It stops within seconds" : "Cancel",
          )
        : element(
            "button",
            { type: "button", class: "main", id: "plan-open", "aria-disabled": history.can_cycle ? null : "true", onclick: () => history.can_cycle && act.plan() },
            "Run the cycle…",
          ),
      history.can_cycle
        ? null
        : element("span", { class: "note" }, "The route's settings need 'training:' (who trains, and what from) and a 'small:' entry."),
    ),
  ];
}

function about(turn) {
  const spent = turn.budget === null ? dollars(turn.spent) : `${dollars(turn.spent)} of ${dollars(turn.budget)}`;
  return element(
    "p",
    { class: "note" },
    element("code", {}, turn.id),
    ` · begun ${when(turn.started_at)} by ${turn.started_by} · ${spent}`,
  );
}

function stageLine({ stage, done }, turn) {
  const isNow = !done && stage === turn.stage && turn.state === "running";
  const state = done ? "done" : isNow ? "under way" : turn.state === "stopped" && stage === turn.stage ? "stopped here" : turn.state === "done" ? "left out" : "to come";
  return element(
    "li",
    { class: done ? "done" : isNow ? "under-way" : null, "aria-current": isNow ? "step" : null },
    element("span", {}, stages[stage]),
    element("span", { class: "note" }, state),
  );
}

function standing(turn) {
  if (turn.state === "running" && turn.is_silent) {
    const words = `Nothing was heard of it since ${when(turn.heard_at)}: its process is gone. Run the cycle with the same choices, and it goes on where it was.`;
    return element("p", { class: "doubt" }, words);
  }
  if (turn.state === "running") return element("p", { class: "now-line" }, turn.progress ?? "\u00a0");
  if (turn.state === "stopped") {
    return element("p", { class: "doubt" }, `${turn.reason}. Run the cycle with the same choices, and it goes on where it was.`);
  }
  const isUsed = turn.result?.promoted || turn.result?.canary;
  return element("p", { class: isUsed ? "good" : "doubt" }, outcome(turn) ?? "It has ended.");
}

export const cancel = (turn, by) => remove(`cycles/${turn.id}`, { by });

// MARK: The plan of the next

/** What it does, what a changed contract makes invalid, and what it costs; then, perhaps, the turn. */
export class PlanDialog {
  constructor(by, { begun, refused }) {
    this.by = by;
    this.begun = begun;
    this.refused = refused;
    this.dialog = byID("plan");
    this.form = byID("plan-form");
    this.isReady = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    this.form.addEventListener("change", () => this.work());
  }

  open(route) {
    this.route = route;
    this.form.reset();
    byID("plan-title").textContent = `Run the cycle of ${route}`;
    this.dialog.showModal();
    this.work();
  }

  get order() {
    const { budget, count, agree } = this.form.elements;
    const number = (field) => (field.value === "" ? null : Number(field.value));
    return { by: this.by, budget: number(budget), count: number(count), agree: Number(agree.value) };
  }

  enable(isReady) {
    this.isReady = isReady;
    if (isReady) byID("plan-run").removeAttribute("aria-disabled");
    else byID("plan-run").setAttribute("aria-disabled", "true");
  }

  async work() {
    const order = this.order;
    this.asked = order;
    this.enable(false);
    replace(byID("plan-said"), element("p", { class: "note" }, "Working it out…"));
    try {
      const plan = await write(`routes/${this.route}/cycles`, { ...order, plan: true });
      if (this.asked === order) this.show(plan);
    } catch (problem) {
      if (this.asked === order) replace(byID("plan-said"), element("p", { class: "bad" }, problem.message));
    }
  }

  show(plan) {
    const list = (title, lines) => [element("h3", {}, title), element("ul", {}, ...lines.map((line) => element("li", {}, line)))];
    replace(
      byID("plan-said"),
      ...(plan.invalid.length > 0 ? list("What the contract in force makes invalid", plan.invalid) : []),
      ...list("What is done", plan.plan),
      element("h3", {}, "What it costs"),
      element("p", {}, plan.estimate.line),
      plan.estimate.price_missing
        ? element("p", { class: "doubt" }, "A model has no 'price' in the settings, so a budget cannot be kept.")
        : null,
    );
    this.enable(true);
  }

  async run() {
    if (!this.isReady) return;
    this.enable(false);
    const said = element("p", { class: "note", role: "status" }, "It begins…");
    byID("plan-said").append(said);
    try {
      this.begun(await write(`routes/${this.route}/cycles`, this.order));
      this.dialog.close();
    } catch (problem) {
      said.className = "bad";
      said.textContent = problem.message;
      this.enable(true);
      this.refused();
    }
  }
}
