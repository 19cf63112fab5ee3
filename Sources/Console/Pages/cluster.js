// All that a cluster's one decision would accept: every input with its own answer, to be seen before it is done.

import { inOrder, read } from "./api.js";
import { byID, element, number, plural } from "./dom.js";
import { appendShown, beginning } from "./text.js";

/**
 * @param taken the side whose answers are meant
 * @returns the ids of the members that were accepted along; null where the reviewer went back
 */
export async function openCluster(item, taken) {
  const side = ["left", "right", "both"].includes(taken) ? taken : null;
  const { data } = await inOrder(() => read(`review/items/${item.id}/cluster`, { side }));
  const good = data.filter((member) => member.passes);
  const dialog = byID("cluster");
  byID("cluster-title").textContent = `${plural(data.length, "item")} with an equal answer`;
  byID("cluster-list").replaceChildren(...data.map(row));
  const left = data.length - good.length;
  byID("cluster-note").textContent = left > 0 ? `${plural(left, "item")} will be left out: the answer fails the checks.` : "";
  const accept = byID("cluster-accept");
  accept.firstElementChild.textContent = `Accept all ${number(good.length)}`;
  accept.hidden = !good.some((member) => member.id === item.id);
  dialog.returnValue = "";
  dialog.showModal();
  accept.focus();
  return new Promise((resolve) => {
    const pressed = () => dialog.close("accept");
    const key = (event) => {
      if (event.key.toLowerCase() !== "a" || event.repeat || accept.hidden) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      // The page behind hears keys, too, and by then no dialog would be open.
      event.preventDefault();
      dialog.close("accept");
    };
    accept.addEventListener("click", pressed);
    dialog.addEventListener("keydown", key);
    dialog.addEventListener(
      "close",
      () => {
        accept.removeEventListener("click", pressed);
        dialog.removeEventListener("keydown", key);
        const members = good.map((member) => member.id).filter((id) => id !== item.id);
        resolve(dialog.returnValue === "accept" ? members : null);
      },
      { once: true },
    );
  });
}

function row(member) {
  const input = element("p", { class: "model", dir: "auto" });
  appendShown(input, shortened(member.input, 300));
  const answer = element("pre", { class: "model", dir: "auto" });
  appendShown(answer, shortened(member.text ?? "(a tool call)", 600));
  return element(
    "li",
    {},
    input,
    answer,
    member.passes ? null : element("p", { class: "fails" }, `\u2717 ${member.why}`),
  );
}

const shortened = (text, limit) => (text.length > limit ? `${beginning(text, limit)}\u2026` : text);
