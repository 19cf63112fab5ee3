// How far the review is, and how good: the bar, the rate, the time to enough; agreement with known answers and between
// reviewers.

import { read } from "./api.js";
import { byID, element, number, plural, replace } from "./dom.js";
import { decimals, kindWords, span, verdictWords } from "./words.js";

export class Progress {
  constructor(route, reviewer, filter, openConflict) {
    this.route = route;
    this.reviewer = reviewer;
    this.filter = filter;
    this.openConflict = openConflict;
    this.counts = null;
    this.timer = null;
  }

  /** Soon: many decisions in a row are one question. */
  refreshSoon() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.refresh().catch(() => {});
    }, 400);
  }

  async refresh() {
    const found = await read("review/progress", { ...this.filter, reviewer: this.reviewer });
    this.counts = found;
    this.showBar(found);
    this.showQuality(found);
    return found;
  }

  showBar(found) {
    const done = (found.candidates.accepted ?? 0) + (found.candidates.edited ?? 0);
    const bar = byID("bar");
    const words = [];
    if (found.target) {
      bar.max = found.target;
      bar.value = Math.min(done, found.target);
      words.push(`${number(done)} of ${number(found.target)} ${kindWords[found.kind]}`);
    } else {
      bar.max = Math.max(1, done + found.left);
      bar.value = done;
      words.push(`${number(done)} done`);
    }
    words.push(`${number(found.left)} left`);
    if (found.per_minute) {
      words.push(`${number(Math.round(found.per_minute))} a minute`);
      const missing = found.target ? found.target - done : found.left;
      if (missing > 0) words.push(`${span(missing / found.per_minute)} to ${found.target ? "enough" : "the end"}`);
    }
    if (found.target && done >= found.target) words.push("enough");
    bar.textContent = words.join(", ");
    byID("figures").textContent = words.join(" \u00b7 ");
  }

  showQuality(found) {
    const place = byID("quality-figures");
    const { known, overlap, kappa } = found;
    const lines = [
      known.of > 0
        ? `You gave ${number(known.agreed)} of ${plural(known.of, "known answer")}, ${percent(known)}.`
        : "Known answers are mixed in, 3 in 100. You have met none yet.",
      overlap.of > 0
        ? `Where two reviewers judged the same item they agree on ${number(overlap.agreed)} of ${number(overlap.of)}`
          + (kappa === null ? "." : `: Cohen\u2019s kappa ${decimals(kappa)}.`)
        : "No item has been judged by two reviewers yet; 5 in 100 are.",
    ];
    replace(place, ...lines.map((line) => element("p", {}, line)), this.conflictsLine(found.conflicts));
  }

  conflictsLine(count) {
    if (count === 0) return element("p", {}, "No conflicts between reviewers.");
    const list = element("ul", { class: "conflicts" });
    const details = element(
      "details",
      { ontoggle: () => details.open && this.fillConflicts(list) },
      element("summary", {}, `${plural(count, "conflict")} between reviewers`),
      list,
    );
    return details;
  }

  async fillConflicts(list) {
    const { data } = await read("review/conflicts", { route: this.route });
    list.replaceChildren(
      ...data.map((conflict) =>
        element(
          "li",
          {},
          element("button", { type: "button", class: "quiet", onclick: () => this.openConflict(conflict.candidate) }, conflict.input || "(no text)"),
          ` ${conflict.first.by} ${verdictWords[conflict.first.verb]}, ${conflict.second.by} ${verdictWords[conflict.second.verb]}`,
        ),
      ),
    );
  }
}

const percent = ({ agreed, of }) => `${Math.round((100 * agreed) / of)} %`;
