// The connection to the desk's stream of events: kept up, begun again where it stopped, and given up when it must be.
const ADDRESS = "/console/events";
const ONCE = "/console/news";
const SILENT = 40_000;
const STEADY = 5_000;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 30_000;
const POLL = 20_000;
const POLLS_BEFORE_STREAM = 3;
// Until somebody looks at the page again, or has logged in elsewhere for long.
const LOGGED_OUT = 300_000;

export const LIVE = "live";
export const LOST = "lost";
export const OVER = "over";

const jitter = (milliseconds) => milliseconds * (0.6 + Math.random() * 0.8);

/** What happened after `place`, asked for once: {place, news}. Null when the desk does not say. */
export async function newsSince(place) {
  try {
    const answer = await fetch(`${ONCE}?after=${encodeURIComponent(place)}`, {credentials: "same-origin", cache: "no-store"});
    if (!answer.ok) return {status: answer.status, wait: retryAfter(answer)};
    const {place: reached, ...news} = await answer.json();
    return {status: 200, place: reached, news};
  } catch {
    return {status: 0};
  }
}

const retryAfter = (answer) => Number(answer.headers.get("Retry-After")) * 1000 || POLL;

export class Line {
  /** `heard(place, news)` for what comes (news may be empty), `state(LIVE | LOST | OVER)` whenever that changes. */
  constructor(place, heard, state) {
    Object.assign(this, {place, heard, state, stopped: false, wake: () => {}, attempt: null, heardAt: 0});
  }

  async run() {
    let failures = 0;
    while (!this.stopped) {
      const ended = await this.stream();
      if (this.stopped) return;
      if (ended.full && !(await this.poll(ended.wait))) ended.over = true;
      if (ended.over) {
        this.state(OVER);
        await this.pause(LOGGED_OUT);
      }
      if (ended.over || ended.full) continue;
      // A line that breaks as soon as it stands is no better than none: it is not tried again and again.
      if (ended.lasted > STEADY) failures = 0;
      this.state(LOST);
      await this.pause(jitter(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures)));
      failures += 1;
    }
  }

  /** Stop for good. */
  stop() {
    this.stopped = true;
    this.attempt?.abort();
    this.wake();
  }

  /** Look at once whether the line still stands: the page is looked at again, or the network is back. */
  check() {
    if (this.attempt && Date.now() - this.heardAt > SILENT) this.attempt.abort();
    this.wake();
  }

  async stream() {
    const attempt = new AbortController();
    this.attempt = attempt;
    const began = Date.now();
    this.heardAt = began;
    const watch = setInterval(() => { if (Date.now() - this.heardAt > SILENT) attempt.abort(); }, 5_000);
    try {
      const headers = {Accept: "text/event-stream", ...(this.place ? {"Last-Event-ID": this.place} : {})};
      const answer = await fetch(ADDRESS, {credentials: "same-origin", cache: "no-store", headers, signal: attempt.signal});
      if (answer.status === 401 || answer.status === 403) return {over: true};
      if (answer.status === 503 && answer.headers.get("Retry-After")) return {full: true, wait: retryAfter(answer)};
      if (!answer.ok) return {};
      this.state(LIVE);
      // A page that does not know where it stands may have missed something already.
      if (!this.place) this.heard("", {gap: true});
      for await (const event of events(answer.body)) {
        this.heardAt = Date.now();
        if (event.kind === "over") return {over: true};
        if (event.kind === "replaced") return {full: true, wait: POLL};
        if (event.id) this.place = event.id;
        this.heard(this.place, event.data ? JSON.parse(event.data) : {});
      }
    } catch {
      // Whatever broke the line, it is begun again.
    } finally {
      clearInterval(watch);
      attempt.abort();
      this.attempt = null;
    }
    return {lasted: Date.now() - began};
  }

  /** Ask now and then instead; false when nobody is logged in any more. */
  async poll(wait) {
    for (let asked = 0; asked < POLLS_BEFORE_STREAM && !this.stopped; asked += 1) {
      const answer = await newsSince(this.place);
      if (answer.status === 401 || answer.status === 403) return false;
      if (answer.status === 200) {
        this.state(LIVE);
        const gap = this.place ? {} : {gap: true};
        this.place = answer.place;
        this.heard(this.place, {...answer.news, ...gap});
      } else {
        this.state(LOST);
      }
      await this.pause(jitter(wait));
    }
    return true;
  }

  pause(milliseconds) {
    return new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => { clearTimeout(timer); done(); };
    });
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const event = {kind: "", id: "", data: ""};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    const name = at > 0 ? line.slice(0, at) : "";
    const value = line.slice(at + 2);
    if (name === "event") event.kind = value;
    else if (name === "id") event.id = value;
    else if (name === "data") event.data += value;
  }
  return event;
}
