// One stream per browser, not per tab: one tab has it and tells the others; when it goes, another one takes over.
import {LIVE, LOST, Line, newsSince} from "./line.js";

const SILENT = 40_000;

export class Tabs {
  /** `heard(news, first)`: `first` for the one tab that speaks for the browser. `state(name)` as the line has it. */
  constructor(name, place, heard, state) {
    Object.assign(this, {name, place, heard, state, line: null, heardAt: Date.now(), release: null, waiting: null});
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null;
    this.channel?.addEventListener("message", ({data}) => this.told(data));
  }

  start() {
    this.stopped = false;
    if (!navigator.locks || !this.channel) {
      this.lead();
      return;
    }
    this.waiting = new AbortController();
    navigator.locks.request(this.name, {signal: this.waiting.signal}, () => this.lead()).catch(() => {});
    // Without the line so far: what happened since the page was made is asked for once.
    setTimeout(() => { if (!this.line && !this.stopped) this.catchUp(); }, 150);
  }

  stop() {
    this.stopped = true;
    this.waiting?.abort();
    this.line?.stop();
    this.line = null;
    this.release?.();
  }

  /** Whether this tab has the stream. */
  get first() {
    return this.line !== null;
  }

  check() {
    if (this.line) this.line.check();
    else if (Date.now() - this.heardAt > SILENT) this.catchUp();
  }

  lead() {
    if (this.stopped) return undefined;
    this.line = new Line(this.place, (place, news) => this.pass(place, news), (name) => this.passState(name));
    this.line.run();
    return new Promise((done) => { this.release = done; });
  }

  pass(place, news) {
    this.place = place || this.place;
    this.channel?.postMessage({place: this.place, news});
    if (Object.keys(news).length) this.heard(news, true);
  }

  passState(name) {
    this.channel?.postMessage({state: name});
    this.state(name);
  }

  told(message) {
    if (this.line) return;
    this.heardAt = Date.now();
    if (message.state) this.state(message.state);
    if (message.place) this.place = message.place;
    if (message.news) {
      this.state(LIVE);
      if (Object.keys(message.news).length) this.heard(message.news, false);
    }
  }

  async catchUp() {
    const answer = await newsSince(this.place);
    if (this.line || this.stopped) return;
    if (answer.status !== 200) {
      if (answer.status === 0) this.state(LOST);
      return;
    }
    const news = this.place ? answer.news : {gap: true};
    this.place = answer.place;
    this.heardAt = Date.now();
    this.state(LIVE);
    if (Object.keys(news).length) this.heard(news, false);
  }
}
