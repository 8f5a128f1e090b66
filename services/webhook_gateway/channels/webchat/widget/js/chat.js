// One chat on a page: its parts, how it begins, opens and closes. Each part knows the chat, and by it the others.
const LATELY = 30 * 86_400_000;

class Chat {
  /** `base`: where the gateway is; `options`: what the script's element says. */
  constructor(channel, base, options) {
    Object.assign(this, {channel, options, opened: false, hiddenByPage: false, ready: false, wantedLanguage: options.language || ""});
    this.say = (key, values) => this.words.say(key, values);
    this.listeners = new Listeners();
    this.store = new Store(channel);
    this.api = new Api(base, channel);
    this.offers = new Offers(this);
    this.words = this.speaking();
    this.visitor = new Visitor(this);
    this.details = new Details(this.store);
    this.receipts = new Receipts(this);
    this.context = new Context(this);
    this.conversation = new Conversation(this.store);
    this.talk = new Talk(this);
    this.news = new News(this);
    this.reading = new Reading(this);
    this.outbox = new Outbox(this);
    this.uploads = new Uploads(this);
    this.sound = new Sound(this);
    this.connection = new Connection(this);
    this.tabs = new Tabs(this);
    this.frame = new Frame(options);
    this.sheet = new Sheet(this);
    this.launcher = new Launcher(this);
  }

  get offer() {
    return this.offers.last;
  }

  get title() {
    return this.offer.texts.title || this.say("title");
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

  /** A chat that was open stays open on the next page, except where it would cover it. */
  wantsOpen() {
    if (this.frame.whole) return false;
    const before = this.remembered();
    return before ? before === "yes" : this.options.open;
  }

  watchPage() {
    const {tabs, outbox, reading} = this;
    addEventListener("online", () => { reading.stands(reading.standing); this.offers.fetch(); outbox.flush(); tabs.check(); });
    addEventListener("offline", () => reading.stands(reading.standing));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      tabs.check();
      outbox.flush();
      reading.looked();
    });
    addEventListener("pagehide", () => tabs.stop());
    addEventListener("pageshow", (event) => { if (event.persisted && this.visitor.token) reading.connect(); });
    this.frame.narrow.addEventListener("change", () => this.place());
    this.store.watch("read", () => { reading.count(); this.launcher.render(); });
    this.store.watch("formed", () => this.gate());
  }

  language() {
    return this.wantedLanguage || document.documentElement.lang || navigator.language || "";
  }

  speaking() {
    return new Words(this.language(), this.offer.language, navigator.language, "en");
  }

  setLanguage(language) {
    this.wantedLanguage = language;
    this.offers.fetch();
  }

  takeOffer(offer) {
    this.words = this.speaking();
    this.api.streams = this.streamsOf(offer);
    this.frame.dress(offer);
    this.frame.root.hidden = this.hiddenByPage;
    if (offer.page_context) this.context.start();
    this.render();
    this.gate();
    if (this.ready) return;
    this.ready = true;
    this.tell("ready", {online: offer.online});
  }

  streamsOf(offer) {
    return (offer.streams || this.api.base).replace(/\/+$/, "");
  }

  /** This site has no chat (any more), or not for this page. */
  unavailable(error) {
    this.store.set("offer", null);
    this.frame.root.hidden = true;
    console.warn(`sportello: no chat here (${error.slug || error.status})`);
    this.complain(error);
  }

  render() {
    this.launcher.render();
    this.sheet.render();
  }

  /** Where the form before the chat belongs, show it; else the place to write. */
  gate(opening = false) {
    const asked = startingFields(this);
    const {sheet} = this;
    const starting = sheet.asks?.dataset.asked;
    const keys = asked.map((each) => each.key).join(" ");
    // Nobody is interrupted: who writes already is asked the next time.
    const busy = this.opened && !opening && (sheet.composer.field.value || this.conversation.lines.some(isOwn));
    if (starting && !keys) sheet.ask(null);
    else if (keys && keys !== starting && !busy) sheet.ask(startingForm(this, asked));
  }

  open(focus = true) {
    if (this.opened) return;
    this.turn(true);
    this.gate(true);
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
    const inside = this.frame.shadow.activeElement;
    this.turn(false);
    this.launcher.render();
    if (inside) this.launcher.button.focus();
    this.tell("close");
  }

  toggle() {
    if (this.opened) this.close();
    else this.open();
  }

  turn(opened) {
    this.opened = opened;
    this.sheet.node.hidden = !opened;
    this.remembered(opened ? "yes" : "no");
    this.place();
  }

  place() {
    this.frame.root.classList.toggle("is-open", this.opened);
    this.sheet.node.ariaModal = this.opened && this.frame.whole ? "true" : null;
    this.frame.fit();
  }

  /** The page hides the chat, or shows it again. */
  show(shown) {
    if (!shown) this.close();
    this.hiddenByPage = !shown;
    this.frame.root.hidden = !shown || !this.ready;
  }

  /** Whether it was open on the page before this one, in this tab. */
  remembered(now) {
    const name = `${this.store.prefix}open`;
    try {
      if (now) sessionStorage.setItem(name, now);
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
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

  tell(event, data = {}) {
    this.listeners.tell(event, data);
  }

  complain({status, slug: type, detail}, more = {}) {
    this.tell("error", {status, type, detail, ...more});
  }
}
