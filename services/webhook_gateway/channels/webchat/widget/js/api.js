// The gateway's doors for visitors: JSON there and back, with the visitor's token.
const PATIENCE = 20_000;

/** A refusal, or no answer at all (status 0): `slug`, `detail`, and `wait`, milliseconds to wait before trying again. */
class Refused extends Error {
  constructor(status, problem = {}, wait = 0) {
    super(problem.title || `status ${status}`);
    this.status = status;
    this.slug = String(problem.type || "").split(":").pop();
    this.detail = String(problem.detail || "");
    this.wait = wait;
  }

  /** Whether the same request may be answered otherwise later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

class Api {
  constructor(base, channel) {
    this.base = base;
    this.channel = channel;
    this.streams = "";
  }

  address(path, place = this.base) {
    return `${place}/webchat/${encodeURIComponent(this.channel)}/${path}`;
  }

  /** The address of what the gateway names without its own, "" when it is none to follow. */
  resolve(address) {
    if (!address) return "";
    return safeAddress(address.startsWith("/") && !address.startsWith("//") ? this.base + address : address, `${this.base}/`);
  }

  /** A request; its answer, read as JSON (null for none). Refused says why there is none. */
  async ask(method, path, {body, token, patience = PATIENCE, signal, place, keepalive} = {}) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), patience);
    signal?.addEventListener("abort", () => limit.abort(), {once: true});
    try {
      const answer = await this.send(method, path, {body, token, signal: limit.signal, place, keepalive});
      return answer.status === 204 ? null : await answer.json();
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The answer itself, when it is one of success. */
  async send(method, path, {body, token, signal, place, keepalive, headers = {}}) {
    const all = {Accept: "application/json", ...headers};
    if (token) all.Authorization = `Bearer ${token}`;
    if (body !== undefined) all["Content-Type"] = "application/json";
    const options = {method, headers: all, signal, keepalive, mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "origin"};
    const answer = await fetch(this.address(path, place), {...options, body: body === undefined ? undefined : JSON.stringify(body)});
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})), secondsOf(answer) * 1000);
    return answer;
  }
}

const secondsOf = (answer) => within(Number(answer.headers.get("Retry-After")) || 0, 0, 300);
