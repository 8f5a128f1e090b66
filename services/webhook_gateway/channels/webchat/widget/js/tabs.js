// All tabs of a site share one line to the desk: one of them holds it and tells the others what it hears.
const QUIET = 50_000;
const LOOK_EVERY = 10_000;

class Tabs {
  constructor(chat) {
    Object.assign(this, {chat, connection: chat.connection, prefix: chat.store.prefix, started: false, leads: false, heardAt: 0, queue: null, standing: ""});
    this.shared = Boolean(navigator.locks && globalThis.BroadcastChannel);
  }

  /** Begin, once; every page may lead. */
  start() {
    if (this.started) return;
    this.started = true;
    if (!this.shared) {
      this.connection.run();
      return;
    }
    this.channel = new BroadcastChannel(`${this.prefix}line`);
    this.channel.onmessage = ({data}) => this.told(data);
    this.heardAt = Date.now();
    this.chat.reading.load().catch(() => {});
    this.stand();
    this.beat = setInterval(() => this.look(), LOOK_EVERY);
  }

  stop() {
    this.started = false;
    this.connection.stop();
    clearInterval(this.beat);
    this.queue?.abort();
    this.channel?.close();
  }

  /** Begin anew: as another visitor. */
  restart() {
    this.stop();
    this.start();
  }

  /** Somebody looks at this page, or the network is back. */
  check() {
    this.connection.check();
    this.look();
  }

  /** Wait for the lead, or (`steal`) take it from a page that the browser has put to sleep. */
  stand(steal = false) {
    this.queue = new AbortController();
    const options = steal ? {steal: true} : {signal: this.queue.signal};
    navigator.locks.request(`${this.prefix}lead`, options, () => this.lead()).catch(() => {
      this.leads = false;
      this.connection.stop();
      if (this.started) setTimeout(() => this.started && this.stand(), 1_000);
    });
  }

  async lead() {
    this.leads = true;
    await this.connection.run();
    this.leads = false;
  }

  look() {
    if (this.leads) this.channel?.postMessage({beat: true, name: this.standing});
    else if (this.started && this.shared && !document.hidden && Date.now() - this.heardAt > QUIET) {
      this.heardAt = Date.now();
      this.queue.abort();
      this.stand(true);
    }
  }

  /** The page that leads has heard something. */
  hear(name, data) {
    const before = this.chat.conversation.seq;
    this.chat.news.heard(name, data);
    if (this.leads) this.channel?.postMessage({event: name, data, before});
  }

  stands(name) {
    this.standing = name;
    this.chat.reading.stands(name);
    if (this.leads) this.channel?.postMessage({name});
  }

  told({event, data, before, name}) {
    if (this.leads) return;
    this.heardAt = Date.now();
    if (name) this.chat.reading.stands(name);
    if (!event) return;
    // The page that leads knew lines that have not come here: read them first.
    if (before > this.chat.conversation.seq) this.chat.reading.load(true).catch(() => {});
    this.chat.news.heard(event, data);
  }
}
