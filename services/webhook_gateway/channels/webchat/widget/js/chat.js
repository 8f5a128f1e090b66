// One chat on a page: its parts, and how they hear of each other.
const LATELY = 30 * 86_400_000;
const EVENTS = ["ready", "open", "close", "message", "sent", "unread", "ticket", "closed", "rated", "error"];

class Chat {
  /** `base`: where the gateway is; `options`: what the script's element says. */
  constructor(channel, base, options) {
    Object.assign(this, {channel, options, opened: false, hiddenByPage: false, listeners: new Map(), wantedLanguage: options.language || ""});
    this.say = (key, values) => this.words.say(key, values);
    this.store = new Store(channel);
    this.api = new Api(base, channel);
    this.offers = new Offers(this.api, this.store, {language: () => this.language(), taken: (offer) => this.takeOffer(offer), closed: (error) => this.unavailable(error), wanted: () => this.looking && this.reading.standing !== LIVE});
    this.words = this.speaking();
    this.visitor = new Visitor(this.api, this.store, () => this.words.locale, (other) => this.reading.changed(other));
    this.details = new Details(this.store);
    this.receipts = new Receipts(this.visitor, this.store);
    this.context = new Context(this.store, (page) => this.receipts.page(page));
    this.conversation = new Conversation(this.store);
    this.talk = new Talk(this);
    this.news = new News(this);
    this.reading = new Reading(this);
    this.outbox = new Outbox(this.visitor, this.store, {changed: () => this.render(), sent: (entry) => this.talk.sent(entry), refused: (entry, error) => this.talk.refused(entry, error)});
    this.uploads = new Uploads(this.visitor, this.api, {limits: () => this.offer.limits, changed: () => this.sheet.composer.renderFiles(), complain: (key, values) => this.sheet.composer.complain(this.say(key, {...values, size: values.bytes && this.words.size(values.bytes)}))});
    this.sound = new Sound(this.store, () => this.sheet.menu.render());
    const line = {place: () => this.conversation.seq, load: (again) => this.reading.load(again), heard: (name, data) => this.tabs.hear(name, data), state: (name) => this.tabs.stands(name)};
    this.connection = new Connection(this.api, this.visitor, line);
    this.tabs = new Tabs(this.connection, this.store, {...line, heard: (name, data) => this.news.heard(name, data), state: (name) => this.reading.stands(name)});
    this.frame = new Frame(options);
    this.sheet = new Sheet(this);
    this.launcher = new Launcher(this);
    this.launcher.button.setAttribute("aria-controls", this.sheet.node.id);
  }

  get offer() {
    return this.offers.last;
  }

  /** Whether somebody has the conversation before their eyes. */
  get looking() {
    return this.opened && !document.hidden;
  }

  start() {
    this.frame.dress(this.offer);
    this.frame.show(this.sheet.node, this.launcher.node);
    // Nothing shows before it is known that this site may have a chat, unless it had one before.
    this.frame.root.hidden = true;
    if (this.store.get("offer")) learnWords(this.api.base, this.language()).catch(() => {}).then(() => this.takeOffer(this.offer));
    this.api.streams = this.streamsOf(this.offer);
    this.render();
    this.offers.fetch();
    this.offers.keepFresh();
    this.watchPage();
    if (this.visitor.token) {
      this.visitor.refresh().catch(() => {});
      this.outbox.flush();
      if (Date.now() - this.store.get("lately", 0) < LATELY) this.reading.connect();
    }
    if (this.wantsOpen()) this.open(false);
  }

  /** A page that was open stays open on the next one, except where it would cover it. */
  wantsOpen() {
    if (this.frame.whole) return false;
    try {
      const before = sessionStorage.getItem(`${this.store.prefix}open`);
      return before === null ? this.options.open : before === "yes";
    } catch {
      return this.options.open;
    }
  }

  watchPage() {
    addEventListener("online", () => { this.reading.stands(this.reading.standing); this.offers.fetch(); this.outbox.flush(); this.tabs.check(); });
    addEventListener("offline", () => this.reading.stands(this.reading.standing));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.tabs.check();
      this.outbox.flush();
      this.reading.looked();
    });
    addEventListener("pagehide", () => this.tabs.stop());
    addEventListener("pageshow", (event) => { if (event.persisted && this.visitor.token) this.reading.connect(); });
    this.frame.narrow.addEventListener("change", () => this.place());
    this.store.watch("read", () => { this.reading.count(); this.launcher.render(); });
    this.store.watch("formed", () => this.gate());
  }

  language() {
    return this.wantedLanguage || document.documentElement.lang || navigator.language || "";
  }

  speaking() {
    return new Words(this.language(), this.offer.language, navigator.language, "en");
  }

  takeOffer(offer) {
    this.words = this.speaking();
    this.api.streams = this.streamsOf(offer);
    this.frame.dress(offer);
    this.frame.root.hidden = this.hiddenByPage;
    if (offer.page_context) this.context.start();
    this.render();
    this.gate();
    if (!this.ready) {
      this.ready = true;
      this.tell("ready", {online: offer.online});
    }
  }

  streamsOf(offer) {
    return (offer.streams || this.api.base).replace(/\/+$/, "");
  }

  /** This site has no chat (any more), or not for this page. */
  unavailable(error) {
    this.store.set("offer", null);
    this.frame.root.hidden = true;
    console.warn(`sportello: no chat here (${error.slug || error.status})`);
    this.tell("error", {status: error.status, type: error.slug, detail: error.detail});
  }

  title() {
    return this.offer.texts.title || this.say("title");
  }

  render() {
    if (!this.sheet) return;
    this.launcher.render();
    this.sheet.render();
  }

  /** Where the form before the chat belongs, show it; else the place to write. */
  gate() {
    if (this.sheet.asks && this.sheet.foot.querySelector(".starting") === null) this.sheet.ask(null);
    const asked = startingFields(this);
    const shown = this.sheet.asks;
    if (!asked.length) this.sheet.ask(null);
    else if (!shown) this.sheet.ask(startingForm(this, asked, (details) => this.begun(details)));
  }

  begun(details) {
    this.store.set("formed", true);
    this.talk.learn(details);
    this.gate();
    this.sheet.focus();
  }

  open(focus = true) {
    if (this.opened) return;
    this.opened = true;
    this.remember("yes");
    this.gate();
    this.sheet.node.hidden = false;
    this.place();
    this.render();
    this.sheet.log.toEnd();
    if (focus) this.sheet.focus();
    this.offers.keepFresh();
    if (this.visitor.token) this.reading.connect();
    this.reading.looked();
    this.tell("open");
  }

  close() {
    if (!this.opened) return;
    this.opened = false;
    this.remember("no");
    const inside = this.frame.shadow.activeElement;
    this.sheet.node.hidden = true;
    this.place();
    this.launcher.render();
    if (inside) this.launcher.button.focus();
    this.tell("close");
  }

  toggle() {
    if (this.opened) this.close();
    else this.open();
  }

  place() {
    this.frame.root.classList.toggle("is-open", this.opened);
    if (this.opened && this.frame.whole) this.sheet.node.setAttribute("aria-modal", "true");
    else this.sheet.node.removeAttribute("aria-modal");
    this.frame.fit();
  }

  remember(open) {
    try {
      sessionStorage.setItem(`${this.store.prefix}open`, open);
    } catch {
      // The next page begins closed.
    }
  }

  /** The page hides the chat, or shows it again. */
  show(shown) {
    if (!shown) this.close();
    this.hiddenByPage = !shown;
    this.frame.root.hidden = !shown;
  }

  /** Who the visitor is, as the site's server has signed it; null: nobody any more. */
  async identify(identity) {
    try {
      await this.visitor.identify(identity);
      this.gate();
    } catch (error) {
      this.tell("error", {status: error.status, type: error.slug, detail: error.detail});
    }
  }

  setLanguage(language) {
    this.wantedLanguage = language;
    this.words = this.speaking();
    this.render();
    this.offers.fetch();
  }

  shutdown() {
    this.tabs.stop();
    this.offers.stop();
    this.uploads.clear();
    this.frame.remove();
    countInTitle(0);
    this.listeners.clear();
  }

  /** The answer to an agent's question, given or on its way. */
  answerTo(line) {
    return this.conversation.answerTo(line) || this.outbox.entries().find((each) => each.state !== FAILED && each.line?.reply_to === line.id);
  }

  /** What somebody should know who writes while nobody is there. */
  awayWords() {
    const {texts, opens_at: opens, mails} = this.offer;
    const {email} = this.details.known();
    const next = texts.next || (!mails ? this.say("next_here") : email ? this.say("next_mail", {email}) : this.say("next_leave"));
    return [texts.away || this.say("away_text"), opens ? this.say("back", {moment: this.words.moment(opens)}) : "", next].filter(Boolean);
  }

  listen(event, listener) {
    if (!EVENTS.includes(event)) throw new TypeError(`no event ${event}: one of ${EVENTS.join(", ")}`);
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(listener);
    if (event === "ready" && this.ready) listener({online: this.offer.online});
  }

  unlisten(event, listener) {
    this.listeners.get(event)?.delete(listener);
  }

  tell(event, data = {}) {
    for (const listener of [...(this.listeners.get(event) || [])]) {
      try {
        listener(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
