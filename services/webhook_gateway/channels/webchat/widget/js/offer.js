// What the desk offers now, fetched from the gateway; what it said last time, while that is not known.
const OFFER_AGAIN = 60_000;
const FIRST_OFFER = {
  online: true, opens_at: null, people: [], language: "", texts: {}, colour: "#0f766e", position: "end", theme: "auto", form: [], form_when: "never", files: true, rating: true,
  transcript: true, page_context: false, mails: false, streams: "", limits: {text: 5_000, file_bytes: 10_000_000, files: 5, file_types: []},
};

/** The desk's offer, whole, from what was heard of it. */
const wholeOffer = (heard) => ({...FIRST_OFFER, ...heard, texts: heard?.texts || {}, limits: {...FIRST_OFFER.limits, ...heard?.limits}});

class Offers {
  constructor(chat) {
    Object.assign(this, {chat, fetchedAt: 0, failures: 0, asked: 0, last: wholeOffer(chat.store.get("offer"))});
  }

  /** Fetch it; tried again and again until there is one. */
  async fetch() {
    clearTimeout(this.timer);
    const asked = this.asked += 1;
    const {chat} = this;
    const language = chat.language();
    try {
      const learned = learnWords(chat.api.base, language).catch(() => {});
      const offer = await chat.api.ask("GET", `offer?language=${encodeURIComponent(language)}`);
      await learned;
      if (!spoken(language)) await learnWords(chat.api.base, offer.language).catch(() => {});
      if (asked !== this.asked) return;
      this.failures = 0;
      this.fetchedAt = Date.now();
      chat.store.set("offer", offer);
      this.last = wholeOffer(offer);
      chat.takeOffer(this.last);
    } catch (error) {
      if (asked !== this.asked) return;
      if (!error.passing) {
        chat.unavailable(error);
        return;
      }
      this.failures += 1;
      this.timer = setTimeout(() => this.fetch(), Math.max(error.wait, jitter(Math.min(2_000 * 2 ** this.failures, 60_000))));
    }
  }

  /** While somebody looks and no line to the desk tells: look again now and then. */
  keepFresh() {
    this.beat ??= setInterval(() => { if (this.chat.looking && this.chat.reading.standing !== LIVE) this.look(); }, 15_000);
    if (this.fetchedAt) this.look();
  }

  look() {
    if (Date.now() - this.fetchedAt > OFFER_AGAIN) this.fetch();
  }

  stop() {
    clearTimeout(this.timer);
    clearInterval(this.beat);
    this.asked += 1;
  }
}
