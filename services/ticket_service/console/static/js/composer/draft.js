// What is half written, kept on the server: one box of one person, in however many windows.
import {Problem, request} from "../api.js";

const PAUSE = 900;

const nothing = (contents) => !(contents.text.trim() || contents.attachments.length || contents.to.length || contents.template);

export class Draft {
  /** `contents` are those the server has; `tell` = {kept(yes), elsewhere({body, etag})}. */
  constructor(place, etag, contents, tell) {
    this.path = `${place}/composing`;
    this.etag = etag;
    this.stored = nothing(contents) ? "" : JSON.stringify(contents);
    this.wanted = null;
    this.tell = tell;
    this.line = Promise.resolve();
  }

  change(contents) {
    if (this.asked) return;
    const now = nothing(contents) ? "" : JSON.stringify(contents);
    this.wanted = now === this.stored ? null : now;
    clearTimeout(this.timer);
    if (this.wanted !== null) this.timer = setTimeout(() => this.save(), PAUSE);
  }

  /** Keep it now; resolves when that is done. While something can be taken back, the copy on the server stays. */
  save() {
    clearTimeout(this.timer);
    this.line = this.line.then(() => this.keep());
    return this.line;
  }

  async keep() {
    const body = this.wanted;
    if (body === null) return;
    this.wanted = null;
    try {
      this.etag ??= (await request("GET", this.path)).etag;
      await this.put(body);
      this.tell.kept(Boolean(body));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 412) await this.compare(body);
      else this.wanted ??= body;
    }
  }

  async put(body, options = {}) {
    const answer = body
      ? await request("PUT", this.path, {body: JSON.parse(body), etag: this.etag, ...options})
      : await request("DELETE", this.path, {etag: this.etag, ...options});
    this.etag = answer.etag;
    this.stored = body;
  }

  async compare(mine) {
    const now = await request("GET", this.path);
    const own = mine ? JSON.parse(mine) : null;
    if (now.body.empty || (own && now.body.text === own.text && now.body.mode === own.mode)) {
      this.etag = now.etag;
      this.wanted ??= mine;
      await this.keep();
      return;
    }
    this.asked = true;
    this.tell.elsewhere({body: now.body, etag: now.etag});
  }

  /** The person chose: theirs (`contents`, which is what the server has), or this window's (null). */
  accept(etag, contents) {
    this.asked = false;
    this.etag = etag;
    this.stored = contents ? JSON.stringify(contents) : "?";
  }

  /** It was sent, and the server keeps no more of it than was written since. */
  sent() {
    this.line = this.line.then(() => { this.etag = null; this.stored = ""; this.tell.kept(false); });
  }

  /** It leaves while the page goes away: the server forgets it when it has it. */
  left() {}

  /** The page goes away: what was not kept yet is kept now. */
  flush() {
    clearTimeout(this.timer);
    if (this.wanted === null || !this.etag || this.asked) return;
    const body = this.wanted;
    this.wanted = null;
    this.put(body, {keepalive: true}).catch(() => {});
  }
}
