// The customers whose phone one may hold.

import { element, shortTime } from "./dom.js";
import { summary } from "./model.js";

export function drawPeople(place, customers, held, focused, select) {
  place.replaceChildren(...[...customers.values()].map((customer) => person(customer, held, focused, select)));
}

export function prettyNumber(waId) {
  const italian = /^(39)(\d{3})(\d{3})(\d+)$/.exec(waId);
  return `+${italian ? italian.slice(1).join(" ") : waId}`;
}

export function initials(name) {
  const words = name.split(/\s+/).filter((word) => /\p{L}/u.test(word));
  if (!words.length) return "#";
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "").join("").toUpperCase();
}

// `held` are those whose phone is on the desk, `focused` the one that is written on.
function person(customer, held, focused, select) {
  const last = [...customer.messages.values()].at(-1);
  const preview = last ? summary(last) : prettyNumber(customer.wa_id);
  const unread = customer.unread
    ? element("span", { class: "unread", title: "New messages" }, String(customer.unread))
    : null;
  return element(
    "button",
    {
      type: "button", class: `person${held.has(customer.wa_id) ? " held-phone" : ""}`, "data-wa-id": customer.wa_id,
      "aria-pressed": String(customer.wa_id === focused), onclick: () => select(customer.wa_id),
    },
    element("span", { class: "avatar", "aria-hidden": "true" }, initials(customer.name)),
    element("span", { class: "who" }, element("strong", {}, customer.name), element("small", {}, preview)),
    element("span", { class: "when" }, last ? shortTime(new Date(last.at * 1000)) : "", unread),
  );
}
