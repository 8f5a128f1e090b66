// One message as WhatsApp draws it, with what can be done to it.

import { attachment, cards, order, place } from "./contents.js";
import { element, fullTime, icon, shortTime } from "./dom.js";
import { summary } from "./model.js";
import { can } from "./provider.js";

const TICKS = {
  sending: ["clock", "On its way to the desk", "Being sent"],
  accepted: ["check", "The desk has it", "Taken; no receipt given yet"],
  sent: ["check", "", "Sent: receipt given to the desk"],
  delivered: ["check-all", "", "Delivered: receipt given to the desk"],
  read: ["check-all", "Read by the desk", "Read: receipt given to the desk"],
  failed: ["exclamation-circle-fill", "Not delivered", "Not delivered"],
};
const BUTTON_ICONS = {
  reply: "reply-fill", quick_reply: "reply-fill", url: "box-arrow-up-right", phone: "telephone", phone_number: "telephone",
  copy: "copy", flow: "list-ul", location: "geo-alt",
};
const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const FILES = new Set(["image", "video", "audio", "voice", "document", "sticker"]);

// `phone` offers provider, customer and what a person can do: react, quote, edit, revoke, choose, openList, retry, jump.
export function bubble(message, phone) {
  const { shown } = message;
  const who = message.outgoing ? "desk" : "own";
  const attributes = { class: `line ${who} kind-${shown.kind}`, "data-id": message.id, "data-state": message.state };
  if (shown.kind === "system") {
    return element("article", { ...attributes, class: "line notice" }, element("p", { class: "day" }, shown.text), failure(message, phone));
  }
  const body = element("div", { class: `bubble ${message.outgoing ? "from-desk" : "own"}` }, ...inside(message, phone));
  const rows = [element("div", { class: "held" }, body, message.deleted ? null : opener(message, phone))];
  const marks = Object.values(message.reactions ?? {});
  if (marks.length && !message.deleted) rows.push(element("span", { class: "reactions", title: "Reactions" }, marks.join(" ")));
  if (!message.deleted) rows.push(...choices(message, phone));
  if (message.state === "failed") rows.push(failure(message, phone));
  return element("article", attributes, ...rows);
}

function inside(message, phone) {
  const { shown } = message;
  if (message.deleted) {
    const words = message.outgoing ? "This message was deleted" : "You deleted this message";
    return [element("p", { class: "words gone" }, icon("slash-circle"), words), meta(message)];
  }
  const parts = [];
  if (message.forwarded) parts.push(element("span", { class: "label" }, icon("forward-fill"), "Forwarded"));
  if (message.reply_to) parts.push(quote(message.reply_to, phone));
  if (shown.referral) parts.push(advertisement(shown.referral));
  if (shown.kind === "template") parts.push(element("span", { class: "label" }, icon("layout-text-window-reverse"), shown.label));
  if (shown.header) parts.push(element("strong", { class: "header" }, shown.header));
  if (shown.header_media) parts.push(content(shown.header_media, phone));
  parts.push(content(shown, phone));
  if (shown.text && shown.kind !== "edit") parts.push(element("p", { class: "words" }, shown.text));
  if (shown.footer) parts.push(element("small", { class: "footer" }, shown.footer));
  parts.push(meta(message));
  return parts;
}

function content(shown, phone) {
  if (FILES.has(shown.kind)) return attachment(shown, phone.provider);
  // A template may bring a file of its own.
  if (shown.media) return attachment({ ...shown, kind: kindOf(shown.media) }, phone.provider);
  if (shown.kind === "location") return place(shown);
  if (shown.kind === "contacts") return cards(shown, phone.provider);
  if (shown.kind === "order") return order(shown);
  if (shown.kind === "unsupported") return element("span", { class: "label" }, icon("question-circle"), shown.label);
  if (shown.kind === "flow_reply") return element("span", { class: "label" }, icon("list-ul"), shown.label);
  return null;
}

function kindOf({ mime_type: type }) {
  const kind = type.split("/")[0];
  return FILES.has(kind) ? kind : "document";
}

function meta(message) {
  const at = new Date(message.at * 1000);
  const [name, own, desk] = TICKS[message.state] ?? TICKS.accepted;
  const meaning = (message.outgoing ? desk : own) || desk;
  const tick = element("span", { class: `tick tick-${message.state}`, title: meaning }, icon(name));
  tick.append(element("span", { class: "visually-hidden" }, meaning));
  const time = element("time", { datetime: at.toISOString(), title: fullTime(at) }, shortTime(at));
  return element("span", { class: "meta" }, message.edited && !message.deleted ? "edited " : null, time, tick);
}

function quote(id, phone) {
  const quoted = phone.customer.messages.get(id);
  const name = quoted?.outgoing === false ? "You" : "Desk";
  return element(
    "button", { type: "button", class: "quote", onclick: () => phone.jump(id) },
    element("b", {}, name), element("span", {}, quoted ? summary(quoted) : "An earlier message"),
  );
}

function advertisement({ headline, body, source_url: url }) {
  return element("div", { class: "referral" },
    element("span", { class: "label" }, icon("megaphone"), "From an advertisement"),
    element("b", {}, headline), body ? element("span", {}, body) : null, element("small", {}, url));
}

function choices(message, phone) {
  const { shown } = message;
  const rows = (shown.buttons ?? []).map((button) => choice(button, message, phone));
  if (shown.list) {
    rows.push(element("button", { type: "button", class: "choice", onclick: () => phone.openList(message) },
      icon("list-ul"), shown.list.button || "Choose"));
  }
  return rows;
}

function choice(button, message, phone) {
  const face = [icon(BUTTON_ICONS[button.type] ?? "reply-fill"), button.title];
  if (button.type === "url" && /^https?:\/\//.test(button.url ?? "")) {
    return element("a", { class: "choice", href: button.url, title: button.url, target: "_blank", rel: "noopener noreferrer" }, ...face);
  }
  if (["url", "phone", "phone_number", "copy"].includes(button.type)) {
    return element("span", { class: "choice", title: button.phone ?? button.phone_number ?? button.code ?? button.url ?? "" }, ...face);
  }
  const kind = { quick_reply: "template_button", flow: "flow_reply", location: "location" }[button.type] ?? "button_reply";
  const allowed = can(phone.provider, kind);
  return element("button", { type: "button", class: "choice", disabled: !allowed, onclick: () => phone.choose(kind, message, button) }, ...face);
}

function opener(message, phone) {
  const button = element("button", { type: "button", class: "more", title: "Reply, react and more", "aria-expanded": "false" }, icon("chevron-down"));
  button.addEventListener("click", () => {
    const line = button.closest(".line");
    const open = line.querySelector(".deeds");
    phone.closeMenus();
    if (open) return;
    button.setAttribute("aria-expanded", "true");
    line.append(deeds(message, phone));
    line.querySelector(".deeds button:not(:disabled)")?.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
  });
  return button;
}

function deeds(message, phone) {
  const reacts = can(phone.provider, "reaction");
  const mine = message.reactions?.customer;
  const emoji = EMOJI.map((mark) => element("button", {
    type: "button", class: "emoji", "aria-label": `React ${mark}`, disabled: !reacts, "aria-pressed": String(mark === mine), title: mark === mine ? "Take it back" : `React ${mark}`,
    onclick: () => phone.react(message, mark === mine ? "" : mark),
  }, mark));
  const deed = (label, name, kind, act) => element(
    "button", { type: "button", class: "deed", disabled: !can(phone.provider, kind), onclick: () => act(message) }, icon(name), label);
  const rows = [deed("Reply", "reply-fill", "text", phone.quote)];
  if (!message.outgoing) {
    if (["text", "image", "video", "document"].includes(message.shown.kind)) rows.push(deed("Edit", "pencil", "edit", phone.edit));
    rows.push(deed("Delete", "trash3", "revoke", phone.revoke));
  }
  return element("div", { class: "deeds", role: "group", "aria-label": "What to do with this message" }, element("div", { class: "emojis" }, ...emoji), ...rows);
}

export function failure(message, phone) {
  if (message.state !== "failed") return null;
  const why = message.problem ?? "";
  if (message.outgoing) return element("p", { class: "failure" }, why || "Failed");
  return element(
    "button", { type: "button", class: "failure", title: why, onclick: () => phone.retry(message.id) },
    element("b", {}, "Not delivered."), " Tap to retry", element("small", {}, why),
  );
}
