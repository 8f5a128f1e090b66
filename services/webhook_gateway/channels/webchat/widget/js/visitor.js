// Who writes: a token that the gateway signed. There is none before somebody writes, or the site says who they are.
const RENEW_AFTER = 20 * 86_400_000;
const KNOWN_FOR = 86_400_000;

class Visitor {
  constructor(chat) {
    const {api, store} = chat;
    Object.assign(this, {chat, api, store, asking: null, identity: null, known: store.get("visitor")});
    store.watch("visitor", () => this.take(store.get("visitor")));
  }

  get token() {
    return this.known?.token || "";
  }

  /** A request in the visitor's name. */
  ask(method, path, options = {}) {
    return this.authorized((token) => this.api.ask(method, path, {...options, token}));
  }

  /** Do something with a token; one that is not accepted any more is changed for another once. */
  async authorized(act) {
    if (!this.token) await this.begin();
    const {token} = this;
    try {
      return await act(token);
    } catch (error) {
      if (error.status !== 401) throw error;
      if (this.token === token) await this.begin();
      return act(this.token);
    }
  }

  /** Prolong a token that is getting old. */
  async refresh() {
    if (this.token && Date.now() - this.known.at > RENEW_AFTER) await this.begin();
  }

  /** Take over who the site says it is: {user_id, name, email, hash} or a JWT; null: nobody any more. */
  async identify(identity) {
    if (!identity) {
      this.identity = null;
      if (this.known?.who) this.forget();
      return;
    }
    const who = subject(identity);
    this.identity = identity;
    if (this.known?.who === who && Date.now() - this.known.at < KNOWN_FOR) return;
    await this.begin();
  }

  forget() {
    this.store.set("visitor", null);
    this.take(null);
  }

  begin() {
    this.asking ??= this.store.alone("visitor", () => this.introduce()).finally(() => { this.asking = null; });
    return this.asking;
  }

  async introduce() {
    const kept = this.store.get("visitor");
    const who = this.identity ? subject(this.identity) : "";
    // Another tab was faster.
    if (kept && kept.token !== this.token && kept.who === who) return this.take(kept);
    const body = {language: this.chat.words.locale, time_zone: timeZone()};
    // Whoever was here before on this browser is somebody else, unless nobody had said who they are.
    if (kept?.token && (!kept.who || !who || kept.who === who)) body.token = kept.token;
    if (this.identity) body.identity = this.identity;
    const answer = await this.api.ask("POST", "visitors", {body}).catch((error) => {
      // Whoever the site cannot prove is nobody in particular, and may write as such.
      if (error.status === 403) this.identity = null;
      throw error;
    });
    const {id, verified, name, has_email: mailed} = answer.visitor;
    const known = {token: answer.token, id, verified: Boolean(verified), name: name || "", mailed, who: who || (verified ? kept?.who || "" : ""), at: Date.now()};
    this.store.set("visitor", known);
    return this.take(known);
  }

  take(known) {
    const other = Boolean(this.known) && this.known.id !== known?.id;
    const first = !this.known && Boolean(known);
    this.known = known;
    if (other || first) this.chat.reading.changed(other);
  }
}

/** Whom an identity speaks of; of a JWT the subject, which the gateway alone can check. */
function subject(identity) {
  if (typeof identity !== "string") return String(identity.user_id ?? "");
  try {
    return String(JSON.parse(atob(identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub);
  } catch {
    return identity;
  }
}

function timeZone() {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch {
    return "";
  }
}
