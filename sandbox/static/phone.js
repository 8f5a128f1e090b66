// One simulated phone: whose it is, its chat, its composer, and the sheet of a list.

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { byId, element } from "./dom.js";
import { prettyNumber } from "./people.js";
import { send, sendAgain } from "./provider.js";

export class Phone {
  constructor(model, { focused, closed }) {
    this.model = model;
    this.waId = null;
    this.root = byId("phone-template").content.firstElementChild.cloneNode(true);
    [this.chatPlace, this.caption, this.state, this.sheet] = ["chat", "caption", "contact-state", "sheet"].map((name) => this.find(name));
    this.chat = new Chat(this.chatPlace, this);
    this.composer = new Composer(this.root, this, (customer, deed) => this.deliver(customer, deed));
    this.queue = Promise.resolve();
    this.redraw = 0;
    this.root.addEventListener("focusin", () => focused(this));
    this.root.addEventListener("pointerdown", () => focused(this));
    this.find("close-phone").addEventListener("click", () => closed(this));
    // A picture takes its room only when it has come; `load` does not bubble.
    this.chatPlace.addEventListener("load", () => this.atEnd && this.toEnd(), true);
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.chatPlace);
    this.chatPlace.addEventListener("scroll", () => { this.atEnd = this.isAtEnd(); });
    this.chatPlace.addEventListener("keydown", (event) => event.key === "Escape" && this.closeMenus());
    for (const name of ["quote", "edit", "revoke", "suggest", "jump"]) this[name] = this[name].bind(this);
  }

  find(name) {
    return this.root.querySelector(`.${name}`);
  }

  get provider() {
    return this.model.provider;
  }

  get customer() {
    return this.model.customers.get(this.waId);
  }

  select(waId) {
    this.composer.change(this.waId, waId);
    this.waId = waId;
    this.customer.unread = 0;
    this.sheet.hidden = true;
    cancelAnimationFrame(this.redraw);
    this.atEnd = true;
    this.drawNow();
  }

  isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.chatPlace;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  toEnd() {
    this.chatPlace.scrollTop = this.chatPlace.scrollHeight;
  }

  draw() {
    // Many events may come at once: the screen is drawn once for all of them.
    if (!this.redraw) this.redraw = requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    this.redraw = 0;
    const { customer } = this;
    if (!customer) return;
    this.chat.draw(customer);
    if (this.atEnd) this.toEnd();
    this.caption.textContent = `${customer.name} · ${prettyNumber(customer.wa_id)} · ${customer.user_id}`;
    this.find("business-name").textContent = this.model.business.name;
    this.drawState(customer);
    this.composer.showClock();
  }

  drawState(customer) {
    clearTimeout(this.typing);
    const left = (customer.typing_until ?? 0) * 1000 - Date.now();
    this.state.textContent = left > 0 ? "typing…" : this.model.business.number;
    this.state.classList.toggle("is-typing", left > 0);
    if (left > 0) this.typing = setTimeout(() => this.draw(), left + 50);
  }

  // One after the other: a phone delivers messages in the order in which they were written.
  deliver(customer, deed) {
    const { provider } = this;
    const sent = this.queue.then(() => send(provider, customer, deed)).then(
      () => null,
      // The bubble itself says that it did not arrive, and offers to try again.
      (error) => (error.status === 502 ? null : error),
    );
    this.queue = sent;
    return sent;
  }

  retry(messageId) {
    this.act(sendAgain(this.provider, messageId));
  }

  react(message, emoji) {
    this.closeMenus();
    this.composer.post({ kind: "reaction", target: message.id, emoji });
  }

  revoke(message) {
    this.closeMenus();
    this.composer.post({ kind: "revoke", target: message.id });
  }

  quote(message) {
    this.closeMenus();
    this.composer.quote(message);
  }

  edit(message) {
    this.closeMenus();
    this.composer.edit(message);
  }

  choose(kind, message, choice) {
    if (kind === "location") this.composer.askPlace();
    else if (kind === "flow_reply") this.composer.post({ kind, target: message.id, response: { flow_token: "sandbox" } });
    else this.composer.post({ kind, target: message.id, choice });
  }

  openList(message) {
    const { list, text } = message.shown;
    const pick = (row) => {
      this.sheet.hidden = true;
      this.choose("list_reply", message, row);
    };
    const rows = list.sections.flatMap(({ title, rows: own }) => [
      title ? element("h4", {}, title) : null,
      ...own.map((row) => element("button", { type: "button", class: "row", onclick: () => pick(row) },
        element("b", {}, row.title), row.description ? element("small", {}, row.description) : null)),
    ]);
    const close = element("button", { type: "button", class: "quiet", onclick: () => { this.sheet.hidden = true; } }, "Close");
    this.sheet.replaceChildren(element("header", {}, element("strong", {}, list.button || text), close), ...rows.filter(Boolean));
    this.sheet.hidden = false;
    this.sheet.querySelector(".row")?.focus();
  }

  suggest(words) {
    this.composer.suggest(words);
  }

  jump(messageId) {
    const line = [...this.chatPlace.children].find((node) => node.dataset.id === messageId);
    line?.scrollIntoView({ block: "center" });
    line?.classList.add("found");
    setTimeout(() => line?.classList.remove("found"), 1200);
  }

  closeMenus() {
    for (const menu of this.chatPlace.querySelectorAll(".deeds")) menu.remove();
    for (const opener of this.chatPlace.querySelectorAll(".more")) opener.setAttribute("aria-expanded", "false");
  }

  async act(action) {
    try {
      await action;
      this.composer.fail(null);
    } catch (error) {
      if (error.status !== 502) this.composer.fail(error);
    }
  }
}
