// The lines of the conversation that this page knows, oldest first, and how far they were read.
class Conversation {
  constructor(store) {
    this.store = store;
    this.reset();
  }

  reset() {
    Object.assign(this, {lines: [], more: false, seq: 0, seen: 0, loaded: false});
  }

  /** Add lines in any order; those that were not known, in order. A line that came before keeps its place. */
  take(lines) {
    const known = new Set(this.lines.map((each) => each.id));
    const fresh = lines.filter((each) => !known.has(each.id) && known.add(each.id)).sort((a, b) => a.seq - b.seq);
    if (fresh.length) {
      this.lines = [...this.lines, ...fresh].sort((a, b) => a.seq - b.seq);
      this.seq = Math.max(this.seq, this.lines[this.lines.length - 1].seq);
    }
    return fresh;
  }

  /** The lines of a page of history: the newest ones, or those before the first known. */
  takePage(page) {
    const older = this.loaded && this.lines.length > 0 && page.items.every((each) => each.seq < this.lines[0].seq);
    const fresh = this.take(page.items);
    if (!this.loaded || older) this.more = Boolean(page.more);
    this.seq = Math.max(this.seq, page.seq || 0);
    this.loaded = true;
    return fresh;
  }

  /** Up to which line the visitor has read; before anything was remembered, up to their own latest one. */
  get readUpTo() {
    return this.store.get("read") ?? this.lines.reduce((found, each) => (isOwn(each) ? each.seq : found), 0);
  }

  /** How many lines wait to be read. */
  get unread() {
    const read = this.readUpTo;
    return this.lines.filter((each) => isNews(each) && each.seq > read).length;
  }

  /** All lines shown were read; whether that is news. */
  markRead() {
    const last = this.lines[this.lines.length - 1]?.seq || 0;
    if (last <= (this.store.get("read") ?? -1)) return false;
    this.store.set("read", last);
    return true;
  }

  /** The visitor's rating of a ticket: the line that says it, after the line that closed it. */
  ratingOf(closed) {
    return this.lines.findLast((each) => each.kind === "rated" && each.ticket === closed.ticket && each.seq > closed.seq);
  }

  /** The visitor's answer to choices or a form. */
  answerTo(line) {
    return this.lines.find((each) => isOwn(each) && each.reply_to === line.id);
  }
}

const isOwn = (line) => line.author?.kind === "visitor";
const isNews = (line) => line.kind === "message" && !isOwn(line);
