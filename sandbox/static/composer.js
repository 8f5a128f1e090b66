// Where a customer writes: words, files, and what else goes out of the "+" menu.

import { clockWords, sentAt } from "./clock.js";
import { size } from "./contents.js";
import { ask } from "./dialogs.js";
import { element, icon } from "./dom.js";
import { summary } from "./model.js";
import { can } from "./provider.js";

const ACCEPTS = {
  image: "image/jpeg,image/png,image/webp", video: "video/mp4,video/3gpp", voice: "audio/*", sticker: "image/webp", document: "",
};
const AT_ONCE = new Set(["voice", "sticker"]); // these carry no words
const SAMPLE_ORDER = [
  { product_retailer_id: "filtro-3", quantity: 2, item_price: 12.5, currency: "EUR" },
  { product_retailer_id: "valvola-1", quantity: 1, item_price: 40, currency: "EUR" },
];
const SAMPLE_AD = { headline: "Caldaie in offerta", body: "Scrivici per un preventivo", source_url: "https://fb.me/3cr4Wqqkv" };

export class Composer {
  // `deliver` sends a deed and returns the Error that a person must see, if any.
  constructor(root, phone, deliver) {
    const find = (name) => root.querySelector(`.${name}`);
    this.phone = phone;
    this.deliver = deliver;
    [this.text, this.button, this.menu, this.plus] = ["text", "send", "attach-menu", "plus"].map(find);
    [this.staged, this.error, this.dated, this.input] = ["staged", "send-error", "dated", "file-input"].map(find);
    this.drafts = new Map();
    this.clear();
    this.listen(find("composer"), root);
  }

  listen(form, root) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => this.fit());
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && (this.quoted || this.edited || this.file)) this.clear();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.plus.addEventListener("click", () => this.toggleMenu(this.menu.hidden));
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.menu.hidden) this.toggleMenu(false);
    });
    root.addEventListener("click", (event) => {
      if (!event.target.closest(".attach-menu, .plus")) this.toggleMenu(false);
    });
    for (const item of this.menu.querySelectorAll("button")) {
      item.addEventListener("click", () => {
        this.toggleMenu(false);
        this.attach(item.dataset.attach);
      });
    }
    this.input.addEventListener("change", () => this.choseFile());
  }

  toggleMenu(open) {
    this.menu.hidden = !open;
    this.plus.setAttribute("aria-expanded", String(open));
    if (!open) return;
    for (const item of this.menu.querySelectorAll("button")) item.disabled = !can(this.phone.provider, item.dataset.needs ?? item.dataset.attach);
    this.menu.querySelector("button:not(:disabled)")?.focus();
  }

  attach(kind) {
    if (kind in ACCEPTS) {
      this.input.accept = ACCEPTS[kind];
      this.input.dataset.kind = kind;
      this.input.value = "";
      this.input.click();
    } else if (kind === "location") this.askPlace();
    else if (kind === "contacts") ask("contact", (contact) => { this.compose({ kind, contact }); });
    else if (kind === "order") this.compose({ kind, items: SAMPLE_ORDER, text: this.taken() });
    else if (kind === "unsupported") this.compose({ kind });
    else if (kind === "referral") this.compose({ kind: "text", text: this.taken() || "Vorrei informazioni", referral: SAMPLE_AD });
    else if (kind === "forwarded") this.compose({ kind: "text", text: this.taken() || "Inoltro questo messaggio", forwarded: true });
    else if (kind === "system") ask("number", ({ number }) => { this.compose({ kind, new_number: number }); });
  }

  askPlace() {
    ask("location", ({ latitude, longitude, name, address }) => {
      const location = { latitude: Number(latitude), longitude: Number(longitude) };
      this.compose({ kind: "location", location: { ...location, ...(name && { name }), ...(address && { address }) } });
    });
  }

  choseFile() {
    const [file] = this.input.files;
    const { kind } = this.input.dataset;
    if (!file) return;
    this.file = { kind, file };
    if (AT_ONCE.has(kind)) this.send();
    else this.show();
  }

  quote(message) {
    this.clear();
    this.quoted = message;
    this.show();
    this.text.focus();
  }

  edit(message) {
    this.clear();
    this.edited = message;
    this.text.value = message.shown.text ?? "";
    this.show();
    this.text.focus();
  }

  clear() {
    if (this.edited) this.text.value = "";
    this.quoted = this.edited = this.file = null;
    this.show();
  }

  show() {
    const note = this.edited ? ["pencil", "Edit", summary(this.edited)]
      : this.file ? ["paperclip", this.file.file.name, size(this.file.file.size)]
        : this.quoted ? ["reply-fill", this.quoted.outgoing ? "Reply to the desk" : "Reply to yourself", summary(this.quoted)] : null;
    this.staged.hidden = !note;
    this.staged.replaceChildren(...(note ? [
      icon(note[0]), element("span", {}, element("b", {}, note[1]), element("small", {}, note[2])),
      element("button", { type: "button", class: "drop", title: "Leave it", onclick: () => this.clear() }, icon("x-lg")),
    ] : []));
    this.text.placeholder = this.file ? "Add a caption" : "Message";
    this.fit();
  }

  showClock() {
    this.dated.textContent = clockWords();
    this.dated.hidden = !this.dated.textContent;
  }

  fit() {
    this.text.rows = Math.min(5, Math.max(1, this.text.value.split("\n").length, Math.ceil(this.text.value.length / 30)));
    this.button.disabled = !this.text.value.trim() && !this.file;
  }

  suggest(words) {
    this.text.value = words;
    this.fit();
    this.text.focus({ preventScroll: true });
  }

  // Another customer takes this phone: each keeps what was typed.
  change(from, to) {
    if (from) this.drafts.set(from, this.edited ? "" : this.text.value);
    this.clear();
    this.text.value = this.drafts.get(to) ?? "";
    this.fit();
    this.fail(null);
  }

  fail(error) {
    this.error.textContent = error ? error.message : "";
    this.error.hidden = !error;
  }

  taken() {
    const words = this.text.value.trim();
    this.text.value = "";
    this.fit();
    return words || undefined;
  }

  send() {
    const { edited, file } = this;
    if (!file && !this.text.value.trim()) return;
    const words = AT_ONCE.has(file?.kind) ? undefined : this.taken();
    if (edited) this.compose({ kind: "edit", target: edited.id, text: words });
    else this.compose({ kind: file?.kind ?? "text", file: file?.file, text: words });
  }

  // Something new, which may quote another message; what was staged for it is used up.
  compose(deed) {
    const whole = this.quoted && !deed.target ? { ...deed, reply_to: this.quoted.id } : deed;
    this.edited = null;
    this.clear();
    this.phone.atEnd = true; // one wants to see what one has just sent
    return this.post(whole);
  }

  async post(deed) {
    const { customer } = this.phone;
    const at = sentAt();
    this.fail(null);
    const error = await this.deliver(customer, at === null ? deed : { ...deed, timestamp: at });
    if (!error) return;
    this.fail(error);
    if (!deed.text || deed.kind === "edit") return;
    if (this.phone.customer === customer && !this.text.value) this.suggest(deed.text);
    else this.drafts.set(customer.wa_id, deed.text);
  }
}
