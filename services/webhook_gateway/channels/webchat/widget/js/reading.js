// What the page knows of the conversation and of the line to the desk: lines read, history, what waits to be read.
const PAGE = 50;
const SAY_LOST_AFTER = 3_000;

class Reading {
  constructor(chat) {
    Object.assign(this, {chat, standing: "", lost: false, told: 0});
  }

  /** Be connected from now on. */
  connect() {
    this.chat.tabs.start();
  }

  /** Read the newest lines, once; `again`: also when they were read before, because some were missed. */
  async load(again = false) {
    const {conversation, visitor, api, news, store} = this.chat;
    if (conversation.loaded && !again) return;
    const first = !conversation.loaded;
    const page = await visitor.ask("GET", `lines?limit=${PAGE}`, {place: api.streams});
    const before = conversation.lines.length;
    const fresh = conversation.takePage(page);
    this.chat.outbox.settle(page.items);
    if (fresh.length && before && !first) fresh.forEach((line) => news.tell(line));
    const last = conversation.lines[conversation.lines.length - 1];
    if (last) store.set("lately", Math.max(store.get("lately", 0), new Date(last.at).getTime() || 0));
    news.afterwards(fresh, {first: true, own: false});
    this.chat.gate();
  }

  /** Read the lines before the first one known. */
  async older() {
    const {conversation, visitor, api} = this.chat;
    const first = conversation.lines[0];
    if (!first) return;
    try {
      const page = await visitor.ask("GET", `lines?before=${first.seq}&limit=${PAGE}`, {place: api.streams});
      conversation.takePage(page);
      this.chat.render();
    } catch {
      // Whoever scrolls there again asks again.
    }
  }

  /** Somebody looks: what stands at the end of the conversation has been read. */
  looked() {
    const {chat} = this;
    if (!chat.looking || !chat.sheet.log.sticks) return;
    chat.receipts.read(chat.conversation.lines);
    if (chat.conversation.markRead()) {
      this.count();
      chat.launcher.render();
    }
  }

  /** Say how many lines wait: in the page's title, and to the page. */
  count() {
    const {chat} = this;
    const count = chat.conversation.unread;
    countInTitle(count);
    if (count === this.told) return;
    this.told = count;
    chat.tell("unread", {count});
  }

  /** How the line to the desk stands now. */
  stands(name) {
    const {chat} = this;
    const was = this.standing;
    this.standing = name;
    const offline = navigator.onLine === false;
    if (name === LIVE && was !== LIVE) chat.outbox.flush();
    if (name !== LOST && !offline) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.showLost(false);
    } else if (offline || this.lost) this.showLost(true);
    else this.timer ||= setTimeout(() => this.showLost(true), SAY_LOST_AFTER);
  }

  showLost(lost) {
    const {chat} = this;
    const words = !lost ? "" : chat.say(navigator.onLine === false ? "offline" : "lost");
    if (lost || this.lost) chat.sheet.tell(words, lost ? "is-lost" : "");
    if (lost === this.lost) return;
    this.lost = lost;
    chat.render();
  }

  forget() {
    const {chat} = this;
    chat.conversation.reset();
    for (const name of ["read", "told", "told-read", "sounded", "lately"]) chat.store.set(name, null);
    chat.render();
    this.count();
  }

  /** Another visitor than before, or the first one. */
  changed(other) {
    const {chat} = this;
    const known = Boolean(chat.visitor.token);
    if (other) {
      this.forget();
      if (!known) {
        chat.outbox.clear();
        chat.uploads.clear();
        chat.details.forget();
        chat.store.set("draft", null);
        chat.sheet.composer.empty();
      }
    }
    if (!known) chat.tabs.stop();
    else if (other && chat.tabs.started) chat.tabs.restart();
    else this.connect();
  }
}
