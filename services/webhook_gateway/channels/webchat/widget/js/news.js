// What comes from the desk, and what it means for the page.
const RECENTLY = 20_000;

class News {
  constructor(chat) {
    this.chat = chat;
  }

  /** An event of the line to the desk. */
  heard(name, data) {
    const {chat} = this;
    if (name === "line") this.lines([data]);
    else if (name === "typing") chat.sheet.log.showTyping(data.name || "");
    else if (name === "seen") this.seen(data.seq);
    else if (name === "offer") this.offer(data);
    else if (name === "hello") this.hello(data);
  }

  hello({seq, seen, ...offer}) {
    const {chat} = this;
    // The desk knows less than this page: it has forgotten the conversation, and so does the page.
    if (seq < chat.conversation.seq) {
      chat.reading.forget();
      chat.reading.load(true).catch(() => {});
    }
    this.seen(seen);
    this.offer(offer);
  }

  seen(seq) {
    const {conversation} = this.chat;
    if (!(seq > conversation.seen)) return;
    conversation.seen = seq;
    this.chat.render();
  }

  offer({online, opens_at, people}) {
    const {offers} = this.chat;
    const heard = Object.fromEntries(Object.entries({online, opens_at, people}).filter(([, value]) => value !== undefined));
    const after = {...offers.last, ...heard};
    if (JSON.stringify(after) === JSON.stringify(offers.last)) return;
    offers.last = after;
    this.chat.takeOffer(after);
  }

  /** Lines that came now; `first`: the page did not know any before, so nothing of it is news. */
  lines(lines, first = false) {
    const {chat} = this;
    const {conversation} = chat;
    const known = new Set(chat.outbox.entries().map((each) => each.id));
    const fresh = conversation.take(lines);
    chat.outbox.settle(lines);
    if (!fresh.length) return;
    if (!first) fresh.forEach((line) => this.tell(line));
    this.afterwards(fresh, {first, own: fresh.some((line) => isOwn(line) && known.has(line.client_id))});
  }

  /** What every arrival changes: what is shown, what waits, what the desk is told. */
  afterwards(fresh, {first, own}) {
    const {chat} = this;
    chat.receipts.delivered(fresh);
    const news = fresh.filter(isNews);
    if (news.length) chat.sheet.log.showTyping(null);
    chat.render();
    if (!first) chat.sheet.log.arrived(own);
    chat.reading.looked();
    chat.reading.count();
  }

  tell(line) {
    const {chat} = this;
    if (line.kind === "ticket_opened") chat.tell("ticket", {number: line.ticket});
    else if (line.kind === "ticket_closed") chat.tell("closed", {number: line.ticket});
    if (line.kind.startsWith("ticket_")) chat.sheet.voice.say(chat.say(line.kind, {ticket: line.ticket}));
    if (!isNews(line)) return;
    chat.tell("message", {id: line.id, text: line.text, author: line.author.name || "", at: line.at});
    chat.sheet.voice.say(`${line.author.name || chat.title}: ${line.text || (line.files || []).map((each) => each.name).join(", ")}`);
    if (chat.looking) return;
    // All tabs hear it; one of them sounds, and that one only for what is new.
    if (Date.now() - new Date(line.at) < RECENTLY * 3) chat.store.alone("sound", () => this.soundOnce(line));
  }

  soundOnce(line) {
    if (this.chat.store.get("sounded", 0) >= line.seq) return undefined;
    this.chat.store.set("sounded", line.seq);
    return this.chat.sound.play();
  }
}
