// The widget's own words, and times and dates as people of a language write them.

const dictionaries = {en: ENGLISH};

/** A language the widget speaks for one asked for ("pt-BR" is "pt"), or "". */
const spoken = (language) => LANGUAGES.find((each) => each === String(language || "").toLowerCase().split(/[-_]/)[0]) || "";

/** Fetch the words of a language, once; without them the widget speaks English. */
async function learnWords(base, language) {
  const short = spoken(language);
  if (!short || dictionaries[short]) return;
  const answer = await fetch(`${base}/webchat/widget.js?words=${short}&v=${VERSION}`, {credentials: "omit", mode: "cors"});
  if (answer.ok) dictionaries[short] = await answer.json();
}

class Words {
  /** `wanted`: languages, best first; `locale` is how times are written: the first of them with its region. */
  constructor(...wanted) {
    this.locale = wanted.find(spoken) || "en";
    this.language = spoken(this.locale);
    this.words = dictionaries[this.language] || ENGLISH;
  }

  /** The words for a key, with its {places} filled in. */
  say(key, values = {}) {
    return (this.words[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  /** The time of day, "10:42". */
  time(iso) {
    return this.written(iso, {hour: "numeric", minute: "2-digit"});
  }

  /** The day, "Today", "Yesterday" or "Monday, 3 March". */
  day(iso) {
    const days = Math.round((midnight(new Date(iso)) - midnight(new Date())) / 86_400_000);
    if (days === 0 || days === -1) return capital(this.relative().format(days, "day"), this.locale);
    const year = new Date(iso).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    return capital(this.written(iso, {weekday: "long", day: "numeric", month: "long", year}), this.locale);
  }

  /** A moment to come, "today 09:00", "Monday 09:00" or "Mon, 3 March, 09:00". */
  moment(iso) {
    const days = Math.round((midnight(new Date(iso)) - midnight(new Date())) / 86_400_000);
    if (days === 0 || days === 1) return `${this.relative().format(days, "day")} ${this.time(iso)}`;
    const far = days > 6 ? {day: "numeric", month: "long"} : {};
    return this.written(iso, {weekday: "long", ...far, hour: "numeric", minute: "2-digit"});
  }

  /** A file's size, "1.4 MB". */
  size(bytes) {
    const [amount, unit] = bytes < 999_500 ? [bytes / 1_000, "kB"] : [bytes / 1_000_000, "MB"];
    return `${amount.toLocaleString(this.locale, {maximumFractionDigits: amount < 10 ? 1 : 0})} ${unit}`;
  }

  relative() {
    return new Intl.RelativeTimeFormat(this.locale, {numeric: "auto"});
  }

  written(iso, format) {
    const date = new Date(iso);
    return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(this.locale, format).format(date);
  }
}

const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
const capital = (words, locale) => words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
