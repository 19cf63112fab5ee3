// Elements, made without markup: text is only ever text.

/** `element("p", { class: "why" }, "Fell back: ", element("b", {}, "low confidence"))` */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const byID = (id) => document.getElementById(id);

export function replace(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

/** A button that says its key. */
export function keyed(key, label, act, attributes = {}) {
  return element(
    "button",
    { type: "button", onclick: act, ...attributes },
    element("span", {}, label),
    key ? element("kbd", { "aria-hidden": "true" }, key) : null,
  );
}

const whole = new Intl.NumberFormat("en");
export const number = (value) => whole.format(value);

export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}
