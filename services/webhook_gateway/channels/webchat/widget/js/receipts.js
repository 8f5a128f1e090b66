// What the desk is told besides messages: that a line came, that it was read, that somebody types, which page they look at.
const GATHER = 250;
const TYPING_EVERY = 3_500;
const MOST_IDS = 50;

class Receipts {
  constructor({visitor, store}) {
    Object.assign(this, {visitor, store, timer: 0, typedAt: 0, waiting: {delivered: [], read: []}});
  }

  /** Lines have come: told once, whichever tab they came to. */
  delivered(lines) {
    this.note("delivered", lines);
  }

  /** Lines stand before somebody's eyes. */
  read(lines) {
    this.note("read", lines);
  }

  note(sign, lines) {
    const upTo = this.store.get(sign === "read" ? "told-read" : "told", 0);
    const fresh = lines.filter((each) => isNews(each) && each.seq > upTo);
    if (!fresh.length) return;
    this.store.set(sign === "read" ? "told-read" : "told", Math.max(...fresh.map((each) => each.seq)));
    this.waiting[sign].push(...fresh.map((each) => each.id));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), GATHER);
  }

  async tell() {
    const told = {delivered: this.waiting.delivered.splice(0, MOST_IDS), read: this.waiting.read.splice(0, MOST_IDS)};
    // What was read has come, too.
    told.delivered = told.delivered.filter((each) => !told.read.includes(each));
    const body = Object.fromEntries(Object.entries(told).filter(([, ids]) => ids.length));
    if (!Object.keys(body).length) return;
    try {
      await this.visitor.ask("POST", "signs", {body, keepalive: true});
    } catch (error) {
      if (!error.passing) return;
      this.waiting.delivered.unshift(...told.delivered);
      this.waiting.read.unshift(...told.read);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tell(), error.wait || jitter(5_000));
      return;
    }
    if (this.waiting.delivered.length || this.waiting.read.length) this.tell();
  }

  /** Somebody writes; nobody is told of it before there is a conversation. */
  typing() {
    if (!this.visitor.token || Date.now() - this.typedAt < TYPING_EVERY) return;
    this.typedAt = Date.now();
    this.hint({typing: true});
  }

  stoppedTyping() {
    this.typedAt = 0;
  }

  page(page) {
    if (this.visitor.token) this.hint({page});
  }

  // Worthless when late: tried once.
  hint(body) {
    this.visitor.ask("POST", "signs", {body}).catch(() => {});
  }
}
