// The two ways to WhatsApp: what each can carry, and how its stand-in wants to be asked.

import { call, upload } from "./api.js";

const FILES = ["image", "video", "audio", "voice", "document", "sticker"];

export const PROVIDERS = {
  meta: {
    name: "Meta",
    about: "What you type reaches the desk as a signed WhatsApp webhook; what the desk answers comes back through a stand-in for Meta's Graph API.",
    receipts: "/api/receipts",
    dated: true,
    cannot: new Set(),
  },
  twilio: {
    name: "Twilio",
    about: "What you type reaches the desk as a signed Twilio form; what the desk answers comes back through a stand-in for Twilio's API.",
    receipts: "/api/twilio/receipts",
    dated: false, // its webhooks tell no time
    cannot: new Set(["reaction", "edit", "revoke", "order", "system", "unsupported", "flow_reply"]),
  },
};

export const can = (provider, kind) => !PROVIDERS[provider].cannot.has(kind);

// Sends one thing that a customer does. `deed` holds kind and, as the kind needs them: text, file, location,
// contact, target, choice (the button or row itself), reply_to, referral, forwarded, timestamp.
export async function send(provider, customer, deed) {
  const who = { from: customer.wa_id, name: customer.name };
  const path = `/api/${provider}/messages`;
  if (provider === "twilio") return call("POST", path, { ...who, ...(await forTwilio(deed)) });
  return call("POST", path, { ...who, ...(await forMeta(deed)) });
}

export function sendAgain(provider, messageId) {
  return call("POST", `/api/${provider}/messages/retry`, { message_id: messageId });
}

async function forMeta({ kind, file, text, contact, choice, ...rest }) {
  const body = { kind, ...rest };
  if (file) {
    body.media_id = (await upload("/api/meta/media", file)).media_id;
    if (text) body.caption = text;
  } else if (text) body.text = text;
  if (contact) body.contacts = [{ name: contact.name, phones: [contact.phone].filter(Boolean), emails: [contact.email].filter(Boolean) }];
  if (choice) body.choice = choice.id ?? choice.payload ?? choice.title;
  return body;
}

async function forTwilio({ kind, file, text, location, contact, choice, target, reply_to: replyTo, referral, forwarded }) {
  const body = { kind, forwarded: Boolean(forwarded) };
  const carried = contact ? card(contact) : file;
  if (carried) body.media_ids = [(await upload("/api/twilio/media", carried)).media_id];
  if (text && (FILES.includes(kind) || kind === "text")) body.text = text;
  if (location) {
    const { latitude, longitude, name, address } = location;
    Object.assign(body, { latitude, longitude }, name && { label: name }, address && { address });
  }
  if (replyTo ?? target) body.reply_to = replyTo ?? target;
  if (choice && kind === "list_reply") body.list = { id: choice.id, title: choice.title };
  if (choice && kind !== "list_reply") {
    const template = kind === "template_button";
    Object.assign(body, { kind: "button_reply", button: { text: choice.title, payload: choice.payload ?? choice.id ?? choice.title, template } });
  }
  if (referral) Object.assign(body, { kind: "referral", referral });
  return body;
}

// Twilio hands on an address card as a file.
function card({ name, phone, email }) {
  const safe = (words) => words.replace(/[\r\n]+/g, " ");
  const lines = ["BEGIN:VCARD", "VERSION:3.0", `FN:${safe(name)}`];
  if (phone) lines.push(`TEL;TYPE=CELL:${safe(phone)}`);
  if (email) lines.push(`EMAIL:${safe(email)}`);
  return new File([`${[...lines, "END:VCARD"].join("\r\n")}\r\n`], "contact.vcf", { type: "text/vcard" });
}
