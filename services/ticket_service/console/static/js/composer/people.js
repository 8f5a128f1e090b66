// To whom a private message goes: colleagues, contacts with a mail address, or any mail address.
import {get} from "../api.js";
import {text} from "../texts.js";
import {line} from "./suggest.js";
import {everybody} from "./suggestions.js";

const ADDRESS = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/;
const SOON = 200;

export class People {
  constructor(box, known, changed) {
    Object.assign(this, {box, changed, list: [], items: [], at: 0});
    this.input = box.part("person");
    this.place = box.part("persons");
    this.chips = box.part("chips");
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(), SOON); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => { this.take(); this.close(); }, 150));
    this.place.addEventListener("mousedown", (event) => event.preventDefault());
    this.place.addEventListener("click", (event) => {
      const chosen = event.target.closest("[role=option]");
      if (chosen) this.add(this.items[Number(chosen.dataset.at)]);
    });
    this.putBack(known);
  }

  /** As the interface takes them. */
  chosen() { return this.list.map((each) => each.who); }

  clear() {
    this.list = [];
    this.input.value = "";
    this.draw();
  }

  /** Recipients without their names, as they were kept: names are read again. */
  async putBack(known, instead = false) {
    if (instead) this.list = [];
    for (const who of known) if (!this.has(who)) this.list.push({who, label: who.email ?? "…"});
    this.draw();
    for (const each of this.list.filter((one) => one.label === "…")) each.label = await named(each.who);
    this.draw();
  }

  has(who) { return this.list.some((each) => JSON.stringify(each.who) === JSON.stringify(who)); }

  async look() {
    const query = this.input.value.trim();
    if (query.length < 2) { this.close(); return; }
    const [users, contacts] = await Promise.all([everybody(), get(`/contacts?q=${encodeURIComponent(query)}&limit=8`)]);
    if (this.input.value.trim() !== query) return;
    const fits = (each) => `${each.name} ${each.email}`.toLowerCase().includes(query.toLowerCase());
    const address = (each) => each.identities.find((one) => one.kind === "email")?.value;
    this.items = [
      ...users.filter(fits).slice(0, 5).map((each) => ({who: {user: each.id}, label: each.name, title: each.email})),
      ...contacts.items.filter(address).map((each) => ({who: {contact: each.id}, label: each.name, title: address(each)})),
      ...(ADDRESS.test(query) ? [{who: {email: query}, label: query}] : []),
    ];
    this.at = 0;
    this.place.replaceChildren(...this.items.map((item, at) => line(this.place.id, item, at)));
    this.place.hidden = !this.items.length;
    this.mark();
  }

  mark() {
    [...this.place.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === this.at)));
    this.input.setAttribute("aria-expanded", String(!this.place.hidden));
    this.input.setAttribute("aria-activedescendant", this.place.hidden ? "" : this.place.children[this.at]?.id ?? "");
  }

  key(event) {
    const steps = {ArrowDown: 1, ArrowUp: -1};
    if (event.key in steps && this.items.length) {
      event.preventDefault();
      this.at = (this.at + steps[event.key] + this.items.length) % this.items.length;
      this.mark();
    } else if (["Enter", ",", ";"].includes(event.key)) {
      event.preventDefault();
      if (!this.place.hidden && this.items[this.at]) this.add(this.items[this.at]);
      else this.take();
    } else if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Backspace" && !this.input.value) {
      this.list.pop();
      this.draw();
      this.changed();
    }
  }

  // A whole mail address needs no choosing.
  take() {
    const typed = this.input.value.trim();
    if (ADDRESS.test(typed)) this.add({who: {email: typed}, label: typed});
  }

  add(item) {
    if (!this.has(item.who)) this.list.push({who: item.who, label: item.label});
    this.input.value = "";
    this.close();
    this.draw();
    this.changed();
  }

  close() {
    this.place.hidden = true;
    this.items = [];
    this.mark();
  }

  draw() {
    this.chips.replaceChildren(...this.list.map((each) => {
      const chip = Object.assign(document.createElement("li"), {className: "chip", textContent: each.label});
      const away = Object.assign(document.createElement("button"), {type: "button", className: "composer-x", textContent: "×"});
      away.setAttribute("aria-label", text("Remove {name}", {name: each.label}));
      away.addEventListener("click", () => { this.list = this.list.filter((one) => one !== each); this.draw(); this.changed(); this.input.focus(); });
      chip.append(away);
      return chip;
    }));
  }
}

async function named(who) {
  try {
    if (who.user) return (await everybody()).find((each) => each.id === who.user)?.name ?? text("A former colleague");
    return (await get(`/contacts/${encodeURIComponent(who.contact)}`)).name;
  } catch {
    return text("Somebody who is not here any more");
  }
}
