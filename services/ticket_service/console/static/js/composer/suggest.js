// What is offered while somebody types: canned replies after /, colleagues after @. Arrows choose, Enter takes.
import {text} from "../texts.js";

const MOST = 8;
const TOKEN = /(^|\s)([/@])([^\s/@]{0,40})$/;

export class Suggest {
  /** `kinds`: mark → {items(query) → [{label, title, detail}], choose(item) → text, none?: what to say where there are none at all}. */
  constructor(input, place, spoken, kinds) {
    Object.assign(this, {input, place, spoken, kinds, items: [], at: 0, asked: 0});
    input.addEventListener("input", () => this.look());
    input.addEventListener("click", () => this.look());
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    input.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("mousedown", (event) => event.preventDefault());
    place.addEventListener("click", (event) => {
      const line = event.target.closest("[role=option]");
      if (line?.dataset.at) this.take(this.items[Number(line.dataset.at)]);
    });
  }

  /** Begin as if the mark had been typed. */
  begin(mark) {
    const {input} = this;
    const before = input.value.slice(0, input.selectionStart);
    input.setRangeText(`${before && !/\s$/.test(before) ? " " : ""}${mark}`, input.selectionStart, input.selectionEnd, "end");
    input.focus();
    input.dispatchEvent(new Event("input", {bubbles: true}));
  }

  token() {
    if (this.input.selectionStart !== this.input.selectionEnd) return null;
    const found = TOKEN.exec(this.input.value.slice(0, this.input.selectionStart));
    return found && {mark: found[2], query: found[3], from: this.input.selectionStart - found[3].length - 1};
  }

  async look() {
    const token = this.token();
    const kind = token && this.kinds[token.mark];
    if (!kind) { this.close(); return; }
    const asked = (this.asked += 1);
    const items = (await kind.items(token.query)).slice(0, MOST);
    if (asked !== this.asked) return;
    Object.assign(this, {items, at: 0, kind, from: token.from});
    if (!items.length) {
      this.close();
      if (kind.none && !token.query) this.tellNone(kind.none);
      return;
    }
    this.place.replaceChildren(...items.map((item, at) => line(this.place.id, item, at)));
    this.place.hidden = false;
    this.spoken.textContent = text("{count} suggestions; arrows choose, Enter takes one.", {count: items.length});
    this.mark();
  }

  // Nothing to choose from is said as well: else the mark, or the button for it, seems to be broken.
  tellNone(words) {
    const said = Object.assign(document.createElement("li"), {className: "composer-suggestion quiet", textContent: words});
    said.setAttribute("role", "option");
    said.setAttribute("aria-disabled", "true");
    this.place.replaceChildren(said);
    this.place.hidden = false;
    this.spoken.textContent = words;
  }

  mark() {
    [...this.place.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === this.at)));
    this.place.children[this.at]?.scrollIntoView({block: "nearest"});
    this.input.setAttribute("aria-activedescendant", this.place.children[this.at]?.id ?? "");
  }

  key(event) {
    if (this.place.hidden || (!this.items.length && event.key !== "Escape") || event.isComposing || event.ctrlKey || event.metaKey) return;
    const steps = {ArrowDown: 1, ArrowUp: -1};
    if (event.key in steps) {
      event.preventDefault();
      this.at = (this.at + steps[event.key] + this.items.length) % this.items.length;
      this.mark();
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      this.take(this.items[this.at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    }
  }

  async take(item) {
    const {kind, from} = this;
    const until = this.input.selectionStart;
    this.close();
    const words = await kind.choose(item);
    this.input.setRangeText(words, from, until, "end");
    this.input.focus();
    this.input.dispatchEvent(new Event("input", {bubbles: true}));
  }

  close() {
    this.asked += 1;
    this.items = [];
    this.place.hidden = true;
    this.spoken.textContent = "";
    this.input.removeAttribute("aria-activedescendant");
  }
}

/** One line of a list of suggestions. */
export function line(list, item, at) {
  const made = Object.assign(document.createElement("li"), {id: `${list}-${at}`, className: "composer-suggestion"});
  made.setAttribute("role", "option");
  made.dataset.at = at;
  made.append(Object.assign(document.createElement("strong"), {textContent: item.label}));
  if (item.title) made.append(" ", Object.assign(document.createElement("span"), {textContent: item.title}));
  if (item.detail) made.append(Object.assign(document.createElement("span"), {className: "quiet clip", textContent: item.detail}));
  return made;
}
