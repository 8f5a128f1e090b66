// Buttons, a list, a link or a form under a text: for customers to tap or fill in instead of writing.
import {open} from "../dialogs.js";
import {text} from "../texts.js";
import {FormBuilder} from "./form.js";

// How many choices a channel takes, and how long each may be.
const PHONE = {most: {buttons: 3, list: 10}, longest: {buttons: 20, list: 24}};
const LIVE_CHAT = {most: {buttons: 10, list: 50}, longest: {buttons: 80, list: 80}};

export class Choices {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.offer = null;
    this.limits = box.config.liveChat ? LIVE_CHAT : PHONE;
    this.form = box.config.liveChat ? new FormBuilder(box) : null;
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
    this.putBack(null);
  }

  /** What was offered with an answer that was taken back. */
  putBack(offer) {
    this.offer = offer;
    this.changed();
  }

  fields() {
    const kind = this.box.part("choice-kind").value;
    this.box.querySelectorAll("[data-kinds]").forEach((each) => { each.hidden = !each.dataset.kinds.split(" ").includes(kind); });
    if (kind === "form") this.form.begin();
  }

  // The interface's own shape, or a text that says what is missing.
  read() {
    const kind = this.box.part("choice-kind").value;
    const button = this.box.part("choice-button").value.trim();
    if (kind === "form") return this.form.read(button);
    if (kind !== "buttons" && !button) return text("Say what is written on the button.");
    if (kind === "cta_url") {
      const url = this.box.part("choice-url").value.trim();
      return /^https?:\/\/\S+$/.test(url) ? {kind, button, url} : text("Give an address that begins with https://.");
    }
    const lines = this.box.part("choice-lines").value.split("\n").map((each) => each.trim()).filter(Boolean);
    if (!lines.length) return text("Write at least one choice.");
    const {most, longest} = this.limits;
    if (lines.length > most[kind]) return text("At most {most} choices.", {most: most[kind]});
    const made = lines.map((title, at) => ({id: String(at + 1), title: title.slice(0, longest[kind])}));
    return kind === "buttons" ? {kind, buttons: made} : {kind, button, sections: [{title: button, rows: made}]};
  }

  show(possible) {
    const place = this.box.part("choices");
    place.hidden = !this.offer || !possible;
    if (!this.offer) return;
    if (this.offer.kind === "form") {
      this.box.part("choices-text").textContent = text("A form that asks: {labels}", {labels: this.offer.form_fields.map((each) => each.label).join(" · ")});
      return;
    }
    const titles = this.offer.buttons ?? this.offer.sections?.[0].rows ?? [{title: this.offer.button}];
    this.box.part("choices-text").textContent = text("To tap: {titles}", {titles: titles.map((each) => each.title).join(" · ")});
  }
}
