// What was written and is not known to have arrived: kept until the gateway has it, sent in order, under the same id each time.
const WAITING = "waiting";
const SENT = "sent";
const FAILED = "failed";
const FIRST_PAUSE = 700;
const LONGEST_PAUSE = 20_000;
const MOST_KEPT = 100;

class Outbox {
  constructor(chat) {
    Object.assign(this, {chat, store: chat.store, failures: 0, busy: false, again: false, timer: 0});
    this.store.watch("outbox", () => chat.render());
  }

  /** All entries, oldest first: {id, path, body, line, state, reason, line_id}. */
  entries() {
    return this.store.get("outbox", []);
  }

  /** Send something: to `path`, shown as `line` until the desk's own line of it comes. */
  add(path, body, line) {
    this.store.set("outbox", [...this.entries(), {id: body.id, path, body, line, state: WAITING, reason: "", line_id: ""}].slice(-MOST_KEPT));
    this.chat.render();
    this.flush();
  }

  /** Try one again that was refused; it keeps its place. */
  retry(id) {
    this.update(id, {state: WAITING, reason: ""});
    this.flush();
  }

  remove(id) {
    this.keep(this.entries().filter((each) => each.id !== id));
  }

  /** Forget what has become a line. */
  settle(lines) {
    const before = this.entries();
    const left = before.filter((entry) => !lines.some((line) => isLineOf(line, entry)));
    if (left.length !== before.length) this.keep(left);
  }

  clear() {
    this.keep([]);
  }

  /** Send what waits, now. */
  async flush() {
    clearTimeout(this.timer);
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.again) {
        this.again = false;
        await this.store.alone("outbox", () => this.drain());
      }
    } finally {
      this.busy = false;
    }
  }

  async drain() {
    for (;;) {
      const entry = this.entries().find((each) => each.state === WAITING);
      if (!entry) return;
      try {
        const answer = await this.chat.visitor.ask("POST", entry.path, {body: entry.body});
        this.failures = 0;
        this.update(entry.id, {state: SENT, line_id: answer?.id || ""});
        this.chat.talk.sent(entry);
      } catch (error) {
        if (error instanceof Refused && !error.passing) this.fail(entry, error);
        else return this.later(error.wait || 0);
      }
    }
  }

  fail(entry, error) {
    this.failures = 0;
    this.update(entry.id, {state: FAILED, reason: error.detail || error.message});
    this.chat.talk.refused(entry, error);
  }

  later(wait) {
    const pause = jitter(Math.min(FIRST_PAUSE * 2 ** this.failures, LONGEST_PAUSE));
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), Math.max(wait, pause));
    this.chat.render();
  }

  update(id, changes) {
    this.keep(this.entries().map((each) => (each.id === id ? {...each, ...changes} : each)));
  }

  keep(entries) {
    this.store.set("outbox", entries.length ? entries : null);
    this.chat.render();
  }
}

/** Whether a line of the conversation is what this entry has become. */
const isLineOf = (line, entry) => line.client_id === entry.id || line.id === entry.line_id || line.id.endsWith(`.${entry.id}`);
