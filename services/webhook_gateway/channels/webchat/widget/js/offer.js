// What the desk offers now, fetched from the gateway; what it said last time, while that is not known.
const OFFER_AGAIN = 60_000;
const FIRST_OFFER = {
  online: true, opens_at: null, people: [], language: "", texts: {}, colour: "#0f766e", position: "end", theme: "auto", form: [], form_when: "never", files: true, rating: true,
  transcript: true, page_context: false, mails: false, streams: "", limits: {text: 5_000, file_bytes: 10_000_000, files: 5, file_types: []},
};

/** The desk's offer, whole, from what was heard of it. */
const wholeOffer = (heard) => ({...FIRST_OFFER, ...heard, texts: heard?.texts || {}, limits: {...FIRST_OFFER.limits, ...heard?.limits}});

class Offers {
  /** `taken(offer)` for each that comes; `closed()` when this page may not have a chat. */
  constructor(api, store, {language, taken, closed, wanted}) {
    Object.assign(this, {api, store, language, taken, closed, wanted, fetchedAt: 0, failures: 0, asked: 0});
    this.last = wholeOffer(store.get("offer"));
  }

  /** Fetch it; tried again and again until there is one. */
  async fetch() {
    clearTimeout(this.timer);
    const asked = this.asked += 1;
    const language = this.language();
    try {
      const learned = learnWords(this.api.base, language).catch(() => {});
      const offer = await this.api.ask("GET", `offer?language=${encodeURIComponent(language)}`);
      await learned;
      if (!spoken(language)) await learnWords(this.api.base, offer.language).catch(() => {});
      if (asked !== this.asked) return;
      this.failures = 0;
      this.fetchedAt = Date.now();
      this.store.set("offer", offer);
      this.last = wholeOffer(offer);
      this.taken(this.last);
    } catch (error) {
      if (asked !== this.asked) return;
      if (!error.passing) {
        this.closed(error);
        return;
      }
      this.failures += 1;
      this.timer = setTimeout(() => this.fetch(), Math.max(error.wait, jitter(Math.min(2_000 * 2 ** this.failures, 60_000))));
    }
  }

  /** While somebody looks and no line to the desk tells: look again now and then. */
  keepFresh() {
    this.beat ??= setInterval(() => {
      if (this.wanted() && Date.now() - this.fetchedAt > OFFER_AGAIN) this.fetch();
    }, 15_000);
    if (this.fetchedAt && Date.now() - this.fetchedAt > OFFER_AGAIN) this.fetch();
  }

  stop() {
    clearTimeout(this.timer);
    clearInterval(this.beat);
    this.asked += 1;
  }
}
