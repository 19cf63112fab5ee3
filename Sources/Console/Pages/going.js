// The dialog that puts a version into service or on trial, and the one that takes it back.

import { write } from "./api.js";
import { byID, element, replace } from "./dom.js";

/** One dialog for both: a question, a choice or a reason, a button. */
export class GoingDialog {
  constructor(by, done) {
    this.by = by;
    this.done = done;
    this.dialog = byID("going");
    this.form = byID("going-form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act();
    });
  }

  promote(route, version, share) {
    this.route = route;
    this.version = version;
    this.begin(`Promote ${version.model}?`, "Promote", share ? ["trial", "now"] : ["now"]);
    byID("going-trial").textContent = share ? `On trial first, with ${share * 100} % of the inputs` : "";
  }

  rollBack(route, isTrial) {
    this.route = route;
    this.version = null;
    this.begin(isTrial ? "End the trial?" : "Back to the version before?", isTrial ? "End the trial" : "Roll back", []);
  }

  begin(title, verb, ways) {
    this.form.reset();
    byID("going-title").textContent = title;
    byID("going-ok").textContent = verb;
    byID("going-way").hidden = ways.length < 2;
    byID("going-reason").required = false;
    this.isForcing = false;
    byID("going-reason-label").hidden = this.version !== null;
    replace(byID("going-said"));
    this.dialog.showModal();
  }

  async act() {
    const reason = byID("going-reason").value.trim();
    const order = { by: this.by };
    if (this.version) {
      order.model = this.version.model;
      if (byID("going-way").hidden || this.form.elements.way.value === "now") order.now = true;
      if (this.isForcing) order.force = reason;
    } else if (reason !== "") {
      order.reason = reason;
    }
    try {
      const answer = await write(`routes/${this.route}/${this.version ? "promote" : "rollback"}`, order);
      this.dialog.close();
      this.done(answer);
    } catch (problem) {
      this.refused(problem);
    }
  }

  /** Where a bar is not met, a person may take the responsibility, with a reason that is kept. */
  refused(problem) {
    const reasons = problem.body?.reasons ?? [problem.body?.reason ?? problem.message];
    replace(byID("going-said"), element("ul", { class: "bad" }, ...reasons.map((line) => element("li", {}, line))));
    if (!this.version || problem.status !== 409) return;
    this.isForcing = true;
    byID("going-reason-label").hidden = false;
    byID("going-reason").required = true;
    byID("going-ok").textContent = "Promote all the same";
    byID("going-reason").focus();
  }
}
