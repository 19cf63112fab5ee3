// What the page says: internal names in the words of the person who reads.

const reasons = {
  low_confidence: "not sure enough",
  no_logprobs: "no token confidences came",
  refusal: "small refused",
  too_long: "too long for small",
  no_small: "no small model yet",
  uncovered: "small cannot be asked this",
  rule: "a rule sends it to large",
  spend: "the ceiling on spending",
  hedge: "small was slow, large came first",
  client: "the client asked for large",
  accept: "small's answer was accepted",
};

export function reasonWords(reason) {
  if (reasons[reason]) return reasons[reason];
  if (reason.startsWith("format.")) return `fails its format: ${reason.slice(7).replaceAll("_", " ")}`;
  if (reason.startsWith("small_error.")) return `small failed: ${reason.slice(12).replaceAll("_", " ")}`;
  return reason.replaceAll("_", " ");
}

export const sourceWords = {
  fallback: "Fallback",
  audit: "Audit",
  generated: "Generated",
  imported: "Imported",
};

export const scoreWords = {
  min_logprob: "least sure token",
  mean_logprob: "tokens on average",
  quantile_logprob: "the least sure tokens",
  first_token_logprob: "first token",
  margin: "margin over the second best",
};

export const kindWords = { format: "for a format", reasoning: "for reasoning", dsl: "for a DSL" };

export const verdictWords = {
  accept: "accepted",
  edit: "edited",
  reject: "rejected",
  skip: "skipped",
};

/** Two decimals and a real minus sign. */
export const decimals = (value) => (value === null || value === undefined ? "" : value.toFixed(2).replace("-", "\u2212"));

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
export const when = (text) => clock.format(new Date(text));

/** "54 min", "3 h" */
export function span(minutes) {
  if (minutes < 1) return "under a minute";
  if (minutes < 120) return `${Math.round(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
}
