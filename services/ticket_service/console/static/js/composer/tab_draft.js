// What is half written where there is no ticket: the words, kept in this tab until they have left.
const KEY = `sportello-writing-${document.documentElement.dataset.user}`;

export class TabDraft {
  /** What was written at this place before, and not sent, stands in the input again. */
  constructor(place, input) {
    this.key = `${KEY}-${place}`;
    input.value = sessionStorage.getItem(this.key) ?? "";
  }

  change(contents) { this.keep(contents.text); }

  /** It has left: what was written since stays. */
  sent(words) {
    if (sessionStorage.getItem(this.key) === words) this.keep("");
  }

  /** It leaves while the page goes away, and nobody will hear how that went: it must not stand there as unsent. */
  left(words) { this.sent(words); }

  keep(words) {
    if (words.trim()) sessionStorage.setItem(this.key, words);
    else sessionStorage.removeItem(this.key);
  }

  // Everything is kept as it is typed.
  async save() {}
  flush() {}
}
