// The clock knob: when what is sent shall look to have been written.

import { byId, fullTime } from "./dom.js";

const AGES = { "23h": 23 * 3600 + 59 * 60, "25h": 25 * 3600, "10d": 10 * 86400 };

export function startClock(changed) {
  byId("sent-at").addEventListener("change", () => {
    byId("sent-at-custom").hidden = byId("sent-at").value !== "custom";
    changed();
  });
  byId("sent-at-custom").addEventListener("change", changed);
}

// Unix seconds, or null for now.
export function sentAt() {
  if (byId("sent-at").disabled) return null; // this provider tells no time
  const age = AGES[byId("sent-at").value];
  if (age) return Math.floor(Date.now() / 1000) - age;
  if (byId("sent-at").value !== "custom") return null;
  const at = new Date(byId("sent-at-custom").value).getTime();
  return Number.isFinite(at) && at >= 0 ? Math.floor(at / 1000) : null;
}

export function clockWords() {
  const at = sentAt();
  return at === null ? "" : `Will be dated ${fullTime(new Date(at * 1000))}`;
}
