// Which items are shown. The filter is in the page's address: a reload, a bookmark and a colleague see the same.

import { byID, element, number } from "./dom.js";
import { reasonWords, sourceWords } from "./words.js";

const names = ["route", "reason", "version", "source", "from", "to", "text"];

/** What the address says: members with a value only. */
export function filterOfAddress(routes) {
  const query = new URLSearchParams(location.search);
  const filter = {};
  for (const name of names) if (query.get(name)) filter[name] = query.get(name);
  if (!routes.some((route) => route.name === filter.route)) {
    const busiest = [...routes].sort((a, b) => b.new - a.new)[0];
    if (busiest) filter.route = busiest.name;
  }
  return filter;
}

function toAddress(filter) {
  const query = new URLSearchParams(filter);
  history.replaceState(null, "", `${location.pathname}?${query}`);
}

export class Filters {
  /** @param changed called with the new filter */
  constructor(routes, filter, changed) {
    this.routes = routes;
    this.filter = filter;
    this.changed = changed;
    this.form = byID("filter-form");
    this.route = byID("route");
    this.route.replaceChildren(
      ...routes.map((route) => element("option", { value: route.name }, `${route.name} (${number(route.new)})`)),
    );
    this.route.value = filter.route ?? "";
    byID("route-choice").hidden = routes.length < 2;
    this.route.addEventListener("change", () => this.set({ route: this.route.value }));
    this.form.addEventListener("change", () => this.read());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.read();
    });
    byID("filter-clear").addEventListener("click", () => this.set({ route: this.filter.route }));
    for (const name of ["from", "to", "text"]) this.form.elements[name].value = filter[name] ?? "";
    toAddress(filter);
    this.sum();
  }

  read() {
    const filter = { route: this.filter.route };
    for (const name of names.slice(1)) {
      const value = this.form.elements[name].value.trim();
      if (value) filter[name] = value;
    }
    this.set(filter);
  }

  set(filter) {
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    toAddress(filter);
    this.sum();
    this.changed(filter);
  }

  get isNarrow() {
    return Object.keys(this.filter).length > 1;
  }

  sum() {
    const count = Object.keys(this.filter).length - 1;
    byID("filter-sum").textContent = count > 0 ? `Filter (${count})` : "Filter";
    byID("filter-clear").hidden = count === 0;
  }

  /** The choices that there are, each with the exact count of what it would leave to review. */
  show(facets) {
    for (const [name, words, any] of [
      ["reason", reasonWords, "any reason"],
      ["version", (version) => version, "any model version"],
      ["source", (source) => sourceWords[source] ?? source, "any source"],
    ]) {
      const others = ["reason", "version", "source"].filter((other) => other !== name);
      const counts = new Map();
      for (const facet of facets) {
        if (others.some((other) => this.filter[other] && this.filter[other] !== facet[other])) continue;
        counts.set(facet[name], (counts.get(facet[name]) ?? 0) + facet.count);
      }
      const chosen = this.filter[name] ?? "";
      if (chosen && !counts.has(chosen)) counts.set(chosen, 0);
      const select = this.form.elements[name];
      select.replaceChildren(
        element("option", { value: "" }, any),
        ...[...counts]
          .filter(([value]) => value)
          .sort((a, b) => b[1] - a[1])
          .map(([value, count]) => element("option", { value }, `${words(value)} (${number(count)})`)),
      );
      select.value = chosen;
    }
  }
}
