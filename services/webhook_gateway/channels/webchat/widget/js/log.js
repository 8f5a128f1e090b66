// The conversation on screen: days, lines and what is on its way, kept in step with what is known without losing the place.
const GROUP_WITHIN = 300_000;
const NEAR = 90;
const TYPING_FOR = 7_000;

class Log {
  constructor(chat) {
    this.chat = chat;
    this.nodes = new Map();
    this.sticks = true;
    this.list = make("ol", {class: "lines"});
    this.welcome = make("div", {class: "welcome"});
    this.earlier = make("p", {class: "earlier", hidden: true});
    this.away = make("div", {class: "away", role: "note", hidden: true});
    this.typing = make("div", {class: "typing", hidden: true});
    this.form = make("div");
    this.box = make("div", {class: "log", role: "log", "aria-live": "off", tabIndex: 0, onscroll: () => this.scrolled()},
      this.earlier, this.welcome, this.list, this.typing, this.away, this.form);
    this.jump = make("button", {class: "jump", hidden: true, onclick: () => this.toEnd(true)});
    this.node = make("div", {class: "talk"}, this.box, this.jump);
    // Pictures that load, a composer that grows: whoever reads the end goes on reading the end.
    const watch = new ResizeObserver(() => { if (this.sticks) this.toEnd(); });
    watch.observe(this.box);
    watch.observe(this.list);
  }

  /** Show what is known now. */
  render() {
    const {chat} = this;
    this.box.setAttribute("aria-label", chat.say("conversation"));
    const wanted = this.items();
    const keys = new Set(wanted.map((each) => each.key));
    for (const [key, {node}] of this.nodes) if (!keys.has(key)) { node.remove(); this.nodes.delete(key); }
    let before = this.list.firstChild;
    for (const {key, mark, build} of wanted) {
      let entry = this.nodes.get(key);
      if (!entry || entry.mark !== mark) {
        const node = build();
        if (entry) {
          if (before === entry.node) before = node;
          entry.node.replaceWith(node);
        }
        entry = {node, mark};
        this.nodes.set(key, entry);
      }
      if (entry.node === before) before = before.nextSibling;
      else this.list.insertBefore(entry.node, before);
    }
    this.renderAround();
    if (this.sticks) this.toEnd();
  }

  items() {
    const {conversation, outbox} = this.chat;
    const pending = outbox.entries().filter((each) => each.line);
    const all = [...conversation.lines.map((line) => ({line})),
      ...pending.map(({id, line, state, reason}) => ({line: {...line, id, client_id: id}, id, reason, state: state === WAITING ? (this.chat.reading.lost ? "waiting" : "sending") : state}))];
    const newest = all.findLastIndex(({line}) => isOwn(line) && line.kind === "message");
    const items = [];
    let day = "";
    all.forEach((each, at) => {
      const {line} = each;
      const today = new Date(line.at).toDateString();
      if (today !== day) items.push(this.dayItem(line.at, day = today));
      const shown = {...each, first: !together(all[at - 1]?.line, line), last: !together(line, all[at + 1]?.line)};
      if (at === newest && !each.state) shown.state = line.seq <= conversation.seen ? "seen" : "delivered";
      if (line.kind === "ticket_closed") shown.rated = Boolean(conversation.ratingOf(line)) || pending.some((one) => one.line.ticket === line.ticket);
      items.push({key: `l:${line.client_id || line.id}`, mark: this.mark(shown), build: () => lineNode(shown, this.chat)});
    });
    return items;
  }

  dayItem(at, key) {
    const words = this.chat.words.day(at);
    return {key: `d:${key}`, mark: words, build: () => make("li", {class: "day"}, make("span", {text: words}))};
  }

  /** What changes how a line looks; the rest of it never changes. */
  mark({line, first, last, state, reason, rated}) {
    const answered = line.interactive ? Boolean(this.chat.answerTo(line)) : "";
    return JSON.stringify([first, last, state, reason, rated, answered, line.seq && line.files?.length ? line.seq : 0, this.chat.words.locale, this.chat.offer.rating]);
  }

  renderAround() {
    const {chat} = this;
    const {conversation, offer, say} = chat;
    const welcome = offer.texts.welcome || say("welcome");
    this.welcome.hidden = conversation.more;
    this.welcome.replaceChildren(make("div", {class: "line is-desk is-first is-last"}, face({name: ""}),
      make("div", {class: "stack"}, make("div", {class: "bubble"}, make("p", {class: "text", dir: "auto"}, ...linked(welcome))))));
    this.earlier.textContent = say("earlier");
    this.away.hidden = offer.online;
    if (!offer.online) this.away.replaceChildren(...awayWords(chat).map((words) => make("p", {dir: "auto"}, ...linked(words))));
    rename(this.jump, say("newer"));
    this.jump.replaceChildren(icon("down"), make("span", {text: say("newer")}));
  }

  /** Somebody at the desk writes; it shows for some seconds. */
  showTyping(name) {
    clearTimeout(this.typingTimer);
    this.typing.hidden = name === null;
    if (name === null) return;
    const words = name ? this.chat.say("typing", {name}) : this.chat.say("typing_somebody");
    this.typing.replaceChildren(make("span", {class: "dots", "aria-hidden": "true"}, make("i"), make("i"), make("i")), make("span", {dir: "auto", text: words}));
    this.typingTimer = setTimeout(() => this.showTyping(null), TYPING_FOR);
    if (this.sticks) this.toEnd();
  }

  /** Lines came: those who read further up are told, not moved. */
  arrived(own) {
    if (own) this.sticks = true;
    if (this.sticks) this.toEnd();
    else this.jump.hidden = false;
  }

  scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.box;
    this.sticks = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.sticks && !this.jump.hidden) {
      this.jump.hidden = true;
      this.chat.reading.looked();
    }
    if (scrollTop < NEAR && this.chat.conversation.more) this.older();
  }

  async older() {
    if (!this.earlier.hidden) return;
    this.earlier.hidden = false;
    const height = this.box.scrollHeight;
    const top = this.box.scrollTop;
    await this.chat.reading.older();
    this.earlier.hidden = true;
    this.box.scrollTop = top + this.box.scrollHeight - height;
  }

  toEnd(smoothly = false) {
    // A form is read from its beginning.
    if (this.form.firstChild) return;
    this.sticks = true;
    this.jump.hidden = true;
    this.box.scrollTo({top: this.box.scrollHeight, behavior: smoothly ? "smooth" : "auto"});
    if (smoothly) this.chat.reading.looked();
  }

  /** Bring a part that just opened into view. */
  reveal(node) {
    this.sticks = false;
    const below = node.getBoundingClientRect().bottom + 12 - this.box.getBoundingClientRect().bottom;
    if (below > 0) this.box.scrollTop += below;
  }
}

function together(one, other) {
  if (!one || !other || one.kind !== "message" || other.kind !== "message") return false;
  // What is being filled in stays as it is, whatever comes after it.
  if (one.interactive || other.interactive) return false;
  const close = Math.abs(new Date(other.at) - new Date(one.at)) < GROUP_WITHIN && new Date(one.at).toDateString() === new Date(other.at).toDateString();
  return close && one.author.kind === other.author.kind && (one.author.name || "") === (other.author.name || "") && Boolean(one.by_mail) === Boolean(other.by_mail);
}

/** What somebody should know who writes while nobody is there. */
function awayWords(chat) {
  const {offer, details, words, say} = chat;
  const {texts, opens_at: opens, mails} = offer;
  const {email} = details.known();
  const asks = startingFields(chat).some(({key}) => key === "email");
  const next = texts.next || say(mails && email ? "next_mail" : mails && asks ? "next_leave" : "next_here", {email});
  return [texts.away || say("away_text"), opens && say("back", {moment: words.moment(opens)}), next].filter(Boolean);
}
