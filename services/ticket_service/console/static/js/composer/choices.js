// Buttons, a list or a link under a text: for customers to tap instead of typing.
import {open} from "../dialogs.js";
import {text} from "../texts.js";

const MOST = {buttons: 3, list: 10};

export class Choices {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.offer = null;
    box.part("choice-kind").addEventListener("change", () => this.fields());
    box.part("choice-form").addEventListener("submit", (event) => {
      const offer = this.read();
      if (typeof offer === "string") {
        event.preventDefault();
        Object.assign(box.part("choice-error"), {textContent: offer, hidden: false});
        return;
      }
      this.offer = offer;
      changed();
    });
  }

  value() { return this.offer; }

  edit() {
    this.box.part("choice-error").hidden = true;
    this.fields();
    open(this.box.part("choice-sheet"));
  }

  clear() {
    this.offer = null;
    this.changed();
  }

  fields() {
    const kind = this.box.part("choice-kind").value;
    this.box.querySelectorAll("[data-kinds]").forEach((each) => { each.hidden = !each.dataset.kinds.split(" ").includes(kind); });
  }

  // The interface's own shape, or a text that says what is missing.
  read() {
    const kind = this.box.part("choice-kind").value;
    const button = this.box.part("choice-button").value.trim();
    if (kind !== "buttons" && !button) return text("Say what is written on the button.");
    if (kind === "cta_url") {
      const url = this.box.part("choice-url").value.trim();
      return /^https?:\/\/\S+$/.test(url) ? {kind, button, url} : text("Give an address that begins with https://.");
    }
    const lines = this.box.part("choice-lines").value.split("\n").map((each) => each.trim()).filter(Boolean);
    if (!lines.length) return text("Write at least one choice.");
    if (lines.length > MOST[kind]) return text("At most {most} choices.", {most: MOST[kind]});
    const made = lines.map((title, at) => ({id: String(at + 1), title: title.slice(0, kind === "buttons" ? 20 : 24)}));
    return kind === "buttons" ? {kind, buttons: made} : {kind, button, sections: [{title: button, rows: made}]};
  }

  show(possible) {
    const place = this.box.part("choices");
    place.hidden = !this.offer || !possible;
    if (!this.offer) return;
    const titles = this.offer.buttons ?? this.offer.sections?.[0].rows ?? [{title: this.offer.button}];
    this.box.part("choices-text").textContent = text("To tap: {titles}", {titles: titles.map((each) => each.title).join(" · ")});
  }
}
