// The line to the desk: events while they flow, questions now and then where a proxy holds them back, and never given up.
const HELLO_WITHIN = 6_000;
const SILENT = 45_000;
const POLL_FOR = 300_000;
const POLL_WAIT = 25;
const FIRST_RETRY = 500;
const LONGEST_RETRY = 30_000;
const LIVE = "live";
const LOST = "lost";

class Connection {
  constructor(chat) {
    Object.assign(this, {chat, turn: null, attempt: null, wake: () => {}, pollUntil: 0, heardAt: 0});
  }

  get place() {
    return this.chat.conversation.seq;
  }

  heard(name, data) {
    this.chat.tabs.hear(name, data);
  }

  state(name) {
    this.chat.tabs.stands(name);
  }

  /** Stay connected until it is stopped. */
  async run() {
    // Whoever runs while another begins is on the way out.
    const turn = this.turn = {};
    let failures = 0;
    while (this.turn === turn) {
      let pause = 0;
      try {
        await this.chat.reading.load();
        if (this.turn !== turn) break;
        const began = Date.now();
        await (Date.now() < this.pollUntil ? this.poll() : this.listen());
        failures = 0;
        pause = Date.now() - began < 1_000 ? jitter(1_000) : jitter(250);
      } catch (error) {
        if (this.turn !== turn) break;
        pause = await this.failed(error, failures);
        if (pause) failures = Math.min(failures + 1, 8);
      }
      if (pause) await this.rest(pause);
    }
  }

  stop() {
    this.turn = null;
    this.attempt?.abort();
    this.wake();
  }

  /** The network may be back, or somebody looks again: no need to wait longer. */
  check() {
    this.wake();
    if (this.attempt && Date.now() - this.heardAt > SILENT) this.attempt.abort();
  }

  /** What went wrong, and how long to wait now. */
  async failed(error, failures) {
    if (error.heldBack) {
      this.pollUntil = Date.now() + POLL_FOR;
      return 0;
    }
    if (error.status === 401) {
      const renewed = await this.chat.visitor.begin().then(() => true, () => false);
      if (renewed) return failures ? jitter(FIRST_RETRY * 2 ** failures) : 1;
    }
    this.state(LOST);
    return Math.max(error.wait || 0, jitter(Math.min(FIRST_RETRY * 2 ** failures, LONGEST_RETRY)));
  }

  rest(milliseconds) {
    return new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => { clearTimeout(timer); done(); };
    });
  }

  /** One stream, until it ends. Throws when there was none, or when its first word did not get through. */
  async listen() {
    const attempt = this.attempt = new AbortController();
    let greeted = false;
    let late = false;
    const impatience = setTimeout(() => { late = true; attempt.abort(); }, HELLO_WITHIN);
    this.heardAt = Date.now();
    const watch = setInterval(() => { if (Date.now() - this.heardAt > SILENT) attempt.abort(); }, 5_000);
    try {
      const headers = {Accept: "text/event-stream", "Last-Event-ID": String(this.place)};
      const answer = await this.chat.api.send("GET", "stream", {token: this.chat.visitor.token, signal: attempt.signal, place: this.chat.api.streams, headers});
      await readEvents(answer.body, (name, data, id) => {
        if (name === "hello") {
          greeted = true;
          clearTimeout(impatience);
          this.state(LIVE);
        }
        this.take(name, data, id);
      }, () => { this.heardAt = Date.now(); });
    } catch (error) {
      if (error instanceof Refused) throw error;
      // Neither refused nor greeted: something between here and the desk gathers what should flow.
      if (!greeted) throw Object.assign(new Refused(0), {heldBack: late && this.turn});
    } finally {
      clearTimeout(impatience);
      clearInterval(watch);
      this.attempt = null;
    }
    if (this.turn) this.state(LOST);
  }

  take(name, data, id) {
    if (name === "bye") return;
    if (name === "replaced") {
      this.pollUntil = Date.now() + POLL_FOR;
      return;
    }
    this.heard(name, name === "line" && id ? {...data, seq: Number(id)} : data);
  }

  /** Questions, one after the other, until it is time to try a stream again. */
  async poll() {
    while (this.turn && Date.now() < this.pollUntil) {
      const attempt = this.attempt = new AbortController();
      this.heardAt = Date.now();
      try {
        const path = `events?after=${this.place}&wait=${POLL_WAIT}`;
        const options = {token: this.chat.visitor.token, signal: attempt.signal, place: this.chat.api.streams, patience: (POLL_WAIT + 15) * 1000};
        const {lines, typing, ...hello} = await this.chat.api.ask("GET", path, options);
        this.state(LIVE);
        this.heard("hello", hello);
        for (const line of lines) this.heard("line", line);
        if (typing) this.heard("typing", typing);
      } finally {
        this.attempt = null;
      }
    }
  }
}
