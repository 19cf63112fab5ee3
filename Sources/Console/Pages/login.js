// Asks for the admin token. The gateway answers with a session's cookie, which no script can read.

import { byID } from "./dom.js";

const pages = ["/review", "/models"];
/** The page that was asked for, behind the `#`. */
const wanted = location.hash.slice(1);

byID("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = byID("said");
  said.textContent = "";
  try {
    const response = await fetch("/admin/v1/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: byID("token").value }),
      redirect: "error",
    });
    if (response.ok) return location.replace(pages.includes(wanted) ? wanted : "/review");
    said.textContent = (await response.json()).error.message;
  } catch {
    said.textContent = "The gateway does not answer. Try again in a moment.";
  }
  byID("token").select();
});
