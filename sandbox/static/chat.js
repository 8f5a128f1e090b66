// The screen of the phone: which bubbles there are, in order, and what to say while there are none.

import { bubble } from "./bubble.js";
import { dayName, element, icon } from "./dom.js";

const OPENINGS = ["Buongiorno, vorrei contattarvi", "Hi! Where is my order?", "I need help with an invoice"];
// These change another message; they have no bubble of their own unless they did not get through.
const INVISIBLE = new Set(["reaction", "edit", "revoke"]);

export class Chat {
  constructor(place, phone) {
    this.place = place;
    this.phone = phone;
    this.forget();
  }

  forget() {
    // What is on the screen, by key: only what changed is touched, so that nothing is read aloud or moved twice.
    this.drawn = new Map();
    this.owner = null;
  }

  draw(customer) {
    const isOther = this.owner !== customer.wa_id;
    if (isOther) this.forget();
    this.owner = customer.wa_id;
    const wanted = new Map();
    const want = (key, message, make) => {
      const before = this.drawn.get(key);
      wanted.set(key, before && before.message === message ? before : { message, node: make() });
    };
    let lastDay = null;
    for (const message of customer.messages.values()) {
      if (!isVisible(message, customer)) continue;
      const at = new Date(message.at * 1000);
      const day = at.toDateString();
      if (day !== lastDay) want(`day ${day} before ${message.id}`, null, () => element("p", { class: "day" }, dayName(at)));
      lastDay = day;
      want(message.id, message, () => {
        const node = bubble(message, this.phone);
        if (!isOther && !this.drawn.has(message.id)) node.classList.add("arriving");
        return node;
      });
    }
    if (!wanted.size) want("opening", null, () => opening(customer, this.phone.suggest));
    this.arrange(wanted);
  }

  arrange(wanted) {
    let next = this.place.firstChild;
    for (const { node } of wanted.values()) {
      if (node === next) next = next.nextSibling;
      else this.place.insertBefore(node, next);
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
    this.drawn = wanted;
  }
}

function isVisible(message, customer) {
  if (!INVISIBLE.has(message.shown.kind)) return true;
  return message.state === "failed" || (message.state === "accepted" && !customer.messages.has(message.shown.target));
}

function opening(customer, suggest) {
  const first = customer.name.split(" ")[0];
  return element(
    "div", { class: "opening" },
    element("span", { class: "opening-mark" }, icon("chat-dots")),
    element("h3", {}, `You are ${first}`),
    element("p", {}, "Write to the desk as on WhatsApp. A ticket opens there, and the answer appears here."),
    element(
      "div", { class: "suggestions" },
      ...OPENINGS.map((text) => element("button", { type: "button", class: "quiet", onclick: () => suggest(text) }, text)),
    ),
  );
}
