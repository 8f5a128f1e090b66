// Emoji by groups; arrows move, Enter takes, Escape closes.
import {text} from "../texts.js";
import {GROUPS} from "./emoji_list.js";

const NAMES = {
  faces: () => text("Faces"), people: () => text("Hands and people"), nature: () => text("Animals and nature"), food: () => text("Food and drink"),
  places: () => text("Travel and places"), things: () => text("Things"), signs: () => text("Hearts and signs"),
};

export class EmojiPanel {
  constructor(box, take) {
    this.place = box.part("emoji");
    this.button = box.querySelector('[data-do="emoji"]');
    this.take = take;
    this.place.addEventListener("click", (event) => { const chosen = event.target.closest("[data-emoji]"); if (chosen) this.choose(chosen); });
    this.place.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => { if (!this.place.hidden && !box.contains(event.target)) this.close(); });
  }

  toggle() {
    if (!this.place.hidden) { this.close(true); return; }
    if (!this.place.childElementCount) this.draw();
    this.place.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.all()[0].focus();
  }

  draw() {
    for (const [group, emoji] of Object.entries(GROUPS)) {
      const title = Object.assign(document.createElement("p"), {className: "composer-emoji-title quiet", textContent: NAMES[group]()});
      const grid = Object.assign(document.createElement("div"), {className: "composer-emoji-grid"});
      grid.append(...emoji.split(" ").map((each) => {
        const button = Object.assign(document.createElement("button"), {type: "button", textContent: each, tabIndex: -1});
        button.dataset.emoji = each;
        return button;
      }));
      this.place.append(title, grid);
    }
    this.all()[0].tabIndex = 0;
  }

  all() { return [...this.place.querySelectorAll("[data-emoji]")]; }

  key(event) {
    const all = this.all();
    const at = all.indexOf(document.activeElement);
    const columns = Math.max(1, Math.floor(this.place.querySelector(".composer-emoji-grid").clientWidth / all[0].offsetWidth));
    const steps = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: all.length - 1 - at};
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.close(true); }
    if (!(event.key in steps) || at < 0) return;
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, at + steps[event.key]))];
    all[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  choose(button) {
    this.close();
    this.take(button.dataset.emoji);
  }

  close(back = false) {
    this.place.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (back) this.button.focus();
  }
}
