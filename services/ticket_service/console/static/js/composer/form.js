// A form for visitors of a live chat: its questions, each with the kind of answer it takes.
import {text} from "../texts.js";

const MOST = 20;
const DETAILS = ["email", "phone"];

export class FormBuilder {
  constructor(box) {
    this.list = box.part("form-lines");
    this.pattern = box.part("form-line");
    this.made = 0;
    box.querySelector('[data-do="add-question"]').addEventListener("click", () => this.add().querySelector("input").focus());
    this.list.addEventListener("change", (event) => this.settle(event.target.closest("li")));
    this.list.addEventListener("click", (event) => {
      if (event.target.closest('[data-slot="remove"]')) this.remove(event.target.closest("li"));
    });
  }

  /** There is always a question to be filled in. */
  begin() { if (!this.list.childElementCount) this.add(); }

  add() {
    const line = this.pattern.content.firstElementChild.cloneNode(true);
    this.made += 1;
    for (const control of line.querySelectorAll("input, select, textarea")) {
      control.id = `composer-asks-${this.made}-${control.dataset.slot}`;
      control.closest(".field, .form-check").querySelector("label").htmlFor = control.id;
    }
    this.list.append(line);
    return line;
  }

  settle(line) {
    slot(line, "choices-of").hidden = slot(line, "kind").value !== "choice";
  }

  remove(line) {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    this.begin();
    (next ?? this.list.firstElementChild).querySelector("input").focus();
  }

  /** The form as the interface takes it, or a text that says what is missing. */
  read(button) {
    const lines = [...this.list.children].filter((line) => slot(line, "label").value.trim());
    if (!lines.length) return text("Ask at least one question.");
    if (lines.length > MOST) return text("At most {most} questions.", {most: MOST});
    const asked = [];
    for (const line of lines) {
      const [label, kind] = [slot(line, "label").value.trim(), slot(line, "kind").value];
      const choices = slot(line, "choices").value.split("\n").map((each) => each.trim()).filter(Boolean);
      if (kind === "choice" && !choices.length) return text("Say what there is to choose: {label}", {label});
      // The first address or number asked for is the visitor's own: the desk keeps it with the person.
      const own = DETAILS.includes(kind) && !asked.some((each) => each.key === kind);
      asked.push({
        key: own ? kind : `question_${asked.length + 1}`, label, kind, required: slot(line, "required").checked,
        ...(kind === "choice" ? {choices: [...new Set(choices)]} : {}),
      });
    }
    return {kind: "form", ...(button ? {button} : {}), form_fields: asked};
  }
}

const slot = (line, name) => line.querySelector(`[data-slot="${name}"]`);
