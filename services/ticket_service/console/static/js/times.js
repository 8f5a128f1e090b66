// Times as people read them: in their language and zone, and true a minute later as well.
const root = document.documentElement;
export const zone = root.dataset.timeZone || "UTC";
export const language = root.lang || "en";
const STEPS = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"], [4.35, "week"], [12, "month"], [Infinity, "year"]];
const written = new Map();

function style(name) {
  if (!written.has(name)) written.set(name, new Intl.RelativeTimeFormat(language, {style: name, numeric: "auto"}));
  return written.get(name);
}

/** "5 min. ago", "in 2 hours". */
export function relative(moment, name = "short") {
  let amount = (new Date(moment) - Date.now()) / 1000;
  if (Math.abs(amount) < 60) return style(name).format(0, "second");
  for (const [size, unit] of STEPS) {
    if (Math.abs(amount) < size) return style(name).format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}

/** Hours and minutes in the reader's zone. */
export const clock = (moment) => new Intl.DateTimeFormat(language, {timeStyle: "short", timeZone: zone}).format(new Date(moment));

/** Day and time in the reader's zone. */
export const full = (moment) => new Intl.DateTimeFormat(language, {dateStyle: "medium", timeStyle: "short", timeZone: zone}).format(new Date(moment));

function offset(utc) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-CA", {timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit"}).formatToParts(utc).map((part) => [part.type, part.value]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - Math.floor(utc / 1000) * 1000;
}

/** What a datetime-local field says in the reader's zone, as UTC (RFC 3339). */
export function toUtc(local) {
  const naive = Date.parse(`${local}${local.length === 16 ? ":00" : ""}Z`);
  const first = naive - offset(naive);
  return new Date(naive - offset(first)).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A UTC time as a datetime-local field of the reader's zone takes it. */
export function fromUtc(moment) {
  const utc = Date.parse(moment);
  return new Date(utc + offset(utc)).toISOString().slice(0, 16);
}

function freshen() {
  for (const each of document.querySelectorAll("time[data-ago]")) {
    const words = relative(each.dateTime, each.dataset.ago === "narrow" ? "narrow" : each.dataset.ago === "long" ? "long" : "short");
    if (each.textContent !== words) each.textContent = words;
  }
  for (const each of document.querySelectorAll("input[data-utc]")) {
    each.value = fromUtc(each.dataset.utc);
    each.defaultValue = each.value;
    each.removeAttribute("data-utc");
  }
}
freshen();
setInterval(freshen, 20_000);
document.addEventListener("page:fresh", freshen);
document.addEventListener("htmx:afterSettle", freshen);
