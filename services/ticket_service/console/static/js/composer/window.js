// How long something lasts still, in the two greatest units.
import {text} from "../texts.js";

const MINUTE = 60_000;

/** "22 h 41 min" until that moment; never less than a minute. */
export function left(until) {
  const minutes = Math.max(1, Math.ceil((Date.parse(until) - Date.now()) / MINUTE));
  const hours = Math.floor(minutes / 60);
  if (!hours) return text("{minutes} min", {minutes});
  return text("{hours} h {minutes} min", {hours, minutes: minutes % 60});
}
