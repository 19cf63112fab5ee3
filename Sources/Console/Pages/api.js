// Talks to the gateway: JSON in, JSON out. Every write carries the write token, which only a page of ours can read.

const place = "/admin/v1/";
let writeToken = null;

/** What went wrong, in words for the person who reads the page. */
export class Problem extends Error {
  constructor(status, message, body) {
    super(message);
    this.status = status;
    this.code = body?.error?.code ?? null;
    this.body = body;
    /** Where an answer fails its route's checks: as the reply of `check`. */
    this.check = body?.check ?? null;
  }
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(place + path, { credentials: "same-origin", redirect: "error", ...options });
  } catch {
    throw new Problem(0, "The gateway does not answer. What you decided before is kept; try again in a moment.");
  }
  const text = await response.text();
  let body = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    throw new Problem(response.status, `The gateway sent something that is no JSON (status ${response.status}).`);
  }
  if (response.status === 401) location.assign(`/login#${location.pathname}`);
  if (!response.ok) throw new Problem(response.status, body?.error?.message ?? `status ${response.status}`, body);
  return body;
}

export function read(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  const text = query.toString();
  return send(text ? `${path}?${text}` : path, { method: "GET" });
}

export async function session() {
  const found = await read("session");
  writeToken = found.write_token;
  return found;
}

/** A write outlives the page that sent it where it is small enough for that (fetch's `keepalive`: 64 KiB). */
export function write(path, value) {
  const body = JSON.stringify(value);
  return asWriter((token) => ({
    path,
    method: "POST",
    headers: { "content-type": "application/json", "x-understudy-write": token },
    body,
    keepalive: body.length < 20_000,
  }));
}

export function remove(path, parameters) {
  const query = new URLSearchParams(parameters);
  return asWriter((token) => ({
    path: `${path}?${query}`,
    method: "DELETE",
    headers: { "x-understudy-write": token },
  }));
}

async function asWriter(request) {
  const attempt = () => {
    const { path, ...options } = request(writeToken);
    return send(path, options);
  };
  if (!writeToken) await session();
  try {
    return await attempt();
  } catch (problem) {
    // The gateway was started again since the page was loaded.
    if (problem.code !== "wrong_write_token") throw problem;
    await session();
    return await attempt();
  }
}

/** One after the other, in the order they were asked for: a decision is there before what follows from it is read. */
let last = Promise.resolve();
export function inOrder(work) {
  const next = last.then(work, work);
  last = next.catch(() => {});
  return next;
}
