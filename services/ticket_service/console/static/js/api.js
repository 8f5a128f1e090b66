// The REST interface, as the pages of the desk call it: with the session's cookie and the proof that it is ours.
import {text} from "./texts.js";

export const PREFIX = "/api/v1";
const PATIENCE = 20_000;
const TRIES = 3;

/** A refusal: status, type, title, detail, errors [{field, problem}] and whatever else the answer said. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.title || text("Something went wrong."));
    Object.assign(this, document, {status});
    this.title = document.title || text("Something went wrong.");
    this.detail = document.detail || "";
    this.errors = document.errors || [];
    this.slug = String(document.type || "").split(":").pop();
  }
}

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

/** A request; answers {body, etag, status}. A POST that got no answer is repeated under the same key. */
export async function request(method, path, {body, etag, key, headers = {}, signal, keepalive = false, patience = PATIENCE} = {}) {
  const address = path.startsWith("/api/") ? path : PREFIX + path;
  const form = body instanceof FormData;
  const all = {Accept: "application/json", ...headers};
  if (method !== "GET") all["X-CSRFToken"] = csrfToken();
  if (method === "POST") all["Idempotency-Key"] = key || crypto.randomUUID();
  if (etag) all["If-Match"] = etag;
  if (body !== undefined && !form) all["Content-Type"] = "application/json";
  const options = {method, headers: all, credentials: "same-origin", keepalive, body: form || body === undefined ? body : JSON.stringify(body)};
  for (let tried = 1; ; tried += 1) {
    let answer;
    try {
      const limits = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
      answer = await fetch(address, {...options, signal: AbortSignal.any(limits)});
    } catch (error) {
      if (signal?.aborted) throw error;
      if (tried < TRIES && ["GET", "POST", "PUT"].includes(method) && !keepalive) {
        await new Promise((done) => setTimeout(done, 300 * 3 ** tried));
        continue;
      }
      throw new Problem(0, {type: "no-connection", title: text("The desk cannot be reached."), detail: text("What you wrote is still here. Check the connection and try again.")});
    }
    return understood(answer);
  }
}

async function understood(answer) {
  const kind = answer.headers.get("Content-Type") || "";
  const body = kind.includes("json") && answer.status !== 204 ? await answer.json() : null;
  if (answer.ok) return {body, etag: answer.headers.get("ETag"), status: answer.status};
  if (answer.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new Problem(answer.status, body || {title: text("The desk answered with an error ({status}).", {status: answer.status})});
}

export const get = async (path, options) => (await request("GET", path, options)).body;
export const post = async (path, body, options) => (await request("POST", path, {...options, body})).body;
export const put = async (path, body, options) => (await request("PUT", path, {...options, body})).body;
export const patch = async (path, body, options) => (await request("PATCH", path, {...options, body})).body;
export const del = async (path, options) => (await request("DELETE", path, options)).body;
