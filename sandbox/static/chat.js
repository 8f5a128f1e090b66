// The screen of the phone: bubbles, their ticks, and what to say while there are none.

import { dayName, element, fullTime, icon, shortTime } from "./dom.js";

const TICKS = {
  sending: ["clock", "On its way to the desk"],
  accepted: ["check", "The desk has it"],
  sent: ["check", "Sent: receipt given to the desk"],
  delivered: ["check-all", "Delivered: receipt given to the desk"],
  read: ["check-all", "Read: receipt given to the desk"],
  failed: ["exclamation-circle-fill", "Not delivered"],
};

const KIND_ICONS = {
  template: "layout-text-window-reverse", image: "image", audio: "mic", video: "camera-video", document: "file-earmark",
  location: "geo-alt", contacts: "person-vcard", interactive: "ui-radios", reaction: "emoji-smile",
};

const OPENINGS = ["Buongiorno, vorrei contattarvi", "Hi! Where is my order?", "I need help with an invoice"];

// What is on the screen, by key: only what changed is touched, so that nothing is read aloud or moved twice.
let drawn = new Map();
let drawnFor = null;

export function drawChat(place, customer, { retry, suggest }) {
  if (drawnFor !== customer.wa_id) drawn = new Map();
  drawnFor = customer.wa_id;
  const wanted = new Map();
  const want = (key, make) => wanted.set(key, drawn.get(key) ?? make());
  let lastDay = null;
  for (const message of customer.messages.values()) {
    const at = new Date(message.at * 1000);
    if (at.toDateString() !== lastDay) {
      lastDay = at.toDateString();
      want(`day ${lastDay}`, () => element("p", { class: "day" }, dayName(at)));
    }
    want(`${message.id} ${message.state} ${message.problem}`, () => bubble(message, at, retry));
  }
  if (!wanted.size) want("opening", () => opening(customer, suggest));
  let next = place.firstChild;
  for (const node of wanted.values()) {
    if (node === next) next = next.nextSibling;
    else place.insertBefore(node, next);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
  drawn = wanted;
}

function bubble(message, at, retry) {
  const { shown } = message;
  const classes = ["bubble", message.outgoing ? "from-desk" : "own", `is-${message.state}`];
  const parts = [];
  if (shown.label) {
    parts.push(element("span", { class: "label" }, icon(KIND_ICONS[shown.kind] ?? "paperclip"), shown.label));
  }
  if (shown.header) parts.push(element("strong", { class: "header" }, shown.header));
  if (shown.text) parts.push(element("p", { class: "words" }, shown.text));
  if (shown.footer) parts.push(element("small", { class: "footer" }, shown.footer));
  parts.push(meta(message, at));
  const rows = [element("div", { class: classes.join(" ") }, ...parts)];
  for (const title of shown.buttons ?? []) rows.push(element("span", { class: "choice" }, title));
  if (message.state === "failed") rows.push(failure(message, retry));
  const who = message.outgoing ? "desk" : "own";
  return element("article", { class: `line ${who}`, "data-id": message.id, "data-state": message.state }, ...rows);
}

function meta(message, at) {
  const [name, meaning] = TICKS[message.state];
  const tick = element("span", { class: `tick tick-${message.state}`, title: meaning }, icon(name));
  tick.append(element("span", { class: "visually-hidden" }, meaning));
  const time = element("time", { datetime: at.toISOString(), title: fullTime(at) }, shortTime(at));
  return element("span", { class: "meta" }, time, tick);
}

function failure(message, retry) {
  const why = message.problem ?? "";
  if (message.outgoing) return element("p", { class: "failure" }, why || "Failed");
  return element(
    "button",
    { type: "button", class: "failure", title: why, onclick: () => retry(message.id) },
    element("b", {}, "Not delivered."), " Tap to retry",
    element("small", {}, why),
  );
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
