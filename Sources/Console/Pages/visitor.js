// Who sits in front of the page: a session, and the name that goes with what they decide.

import { session, write } from "./api.js";
import { byID } from "./dom.js";

const remembered = "understudy reviewer";

/** What every page does first. */
export async function enter() {
  const { login } = await session();
  byID("logout").hidden = !login;
  byID("logout").addEventListener("click", async () => {
    await write("logout", {});
    location.assign("/login");
  });
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  byID("reviewer").addEventListener("click", async () => {
    const before = knownName();
    if ((await openDialog(before)) !== before) location.reload();
  });
}

export const knownName = () => localStorage.getItem(remembered);

/** Asked once in each browser. */
export async function askName() {
  return knownName() ?? openDialog(null);
}

function openDialog(known) {
  const dialog = byID("who");
  const field = byID("who-name");
  field.value = known ?? "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("cancel", (event) => !known && event.preventDefault());
    byID("who-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = field.value.trim().replace(/\s+/g, " ");
      if (name === "") return;
      localStorage.setItem(remembered, name);
      dialog.close();
      resolve(name);
    });
    dialog.addEventListener("close", () => resolve(knownName()), { once: true });
  });
}
