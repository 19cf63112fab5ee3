// Figures and times as people read them.

const times = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export const when = (text) => (text ? times.format(new Date(text)) : "–");

/** `0.9312` as `93.1 %`; what is not known, as a dash. */
export const percent = (share) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)} %`);

/** A difference of shares, in percentage points. */
export const points = (difference) => `${difference > 0 ? "+" : ""}${(difference * 100).toFixed(1)}`;

export const ratio = (value) => (value === null || value === undefined ? "–" : `${value.toFixed(1)}×`);

export const dollars = (value) =>
  value === null || value === undefined ? "–" : `${value.toFixed(value > 0 && value < 0.095 ? 4 : 2)} USD`;

export const milliseconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
