// Approved templates: found by words and language, filled in, seen as the customer will read them.
import {get, post, Problem} from "../api.js";
import {text} from "../texts.js";
import {componentsOf, fieldsOf} from "./template_fields.js";

const PAUSE = 300;
const MOST_PAGES = 5;
const known = new Map();

async function approved(channel) {
  if (!known.has(channel)) known.set(channel, readAll(channel));
  try {
    return await known.get(channel);
  } catch (error) {
    known.delete(channel);
    throw error;
  }
}

async function readAll(channel) {
  const found = [];
  let cursor = "";
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await get(`/templates?status=approved&limit=100&channel=${encodeURIComponent(channel)}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...page.items);
    cursor = page.next;
    if (!cursor) break;
  }
  return found;
}

export class TemplatePicker {
  constructor(box, channel, changed) {
    Object.assign(this, {box, channel, changed, isOpen: false, chosen: null, kept: null, complete: false, preview: ""});
    this.list = box.part("template-list");
    this.search = box.part("template-search");
    this.languages = box.part("template-language");
    this.search.addEventListener("input", () => this.find());
    this.languages.addEventListener("change", () => this.find());
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.choose(this.all.find((each) => each.id === button.dataset.template));
    });
  }

  /** What is to be sent, as the interface takes it; null while none is chosen. */
  value() {
    if (!this.chosen) return this.kept;
    return {name: this.chosen.name, language: this.chosen.language, components: componentsOf(this.fields ?? [])};
  }

  async open(focus = true) {
    if (this.isOpen) return;
    this.isOpen = true;
    if (!this.all) await this.read();
    if (focus && this.isOpen) this.search.focus();
  }

  async read() {
    try {
      this.all = inOrder(await approved(this.channel), this.box.config.languages);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.box.alert(`${error.title} ${error.detail}`);
      this.all = [];
    }
    const languages = [...new Set(this.all.map((each) => each.language))].sort();
    const names = new Intl.DisplayNames(document.documentElement.lang, {type: "language", fallback: "code"});
    this.languages.append(...languages.map((each) => new Option(names.of(each.replace("_", "-")), each)));
    this.find();
  }

  /** One step back: from the chosen one to the list, from the list to the text. */
  back() {
    const chosen = this.chosen;
    this.close();
    if (chosen) this.open();
  }

  close() {
    Object.assign(this, {isOpen: false, chosen: null, kept: null, fields: null, complete: false, preview: ""});
    this.box.part("template-form").hidden = true;
    this.box.part("template-find").hidden = false;
    this.list.hidden = false;
    this.box.part("template-name").textContent = "";
  }

  /** One that was half filled in when the page went away. */
  async restore(kept) {
    this.kept = kept;
    await this.open(false);
    const found = this.all.find((each) => each.name === kept.name && each.language === kept.language);
    if (found) this.choose(found, kept.components);
    this.kept = null;
    this.box.show();
  }

  find() {
    const wanted = this.search.value.trim().toLowerCase();
    const fits = (each) => (!this.languages.value || each.language === this.languages.value) && `${each.name} ${bodyOf(each)}`.toLowerCase().includes(wanted);
    const found = this.all.filter(fits);
    this.list.replaceChildren(...found.map(lineOf));
    this.list.hidden = Boolean(this.chosen);
    this.box.part("template-none").hidden = found.length > 0;
  }

  choose(template, components = []) {
    this.chosen = template;
    this.list.hidden = true;
    this.box.part("template-find").hidden = true;
    this.box.part("template-name").textContent = template.name.replaceAll("_", " ");
    this.box.part("template-form").hidden = false;
    this.fields = fieldsOf(this.box.part("template-fields"), template, components, () => this.filled(), this.box);
    this.box.part("template-fields").querySelector("input")?.focus();
    this.filled();
  }

  filled() {
    this.complete = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
    this.changed();
  }

  async look() {
    const template = this.chosen;
    if (!template) return;
    const given = componentsOf(this.fields);
    let seen;
    try {
      const shown = componentsOf(this.fields, true);
      seen = await post(`/templates/${encodeURIComponent(template.id)}/preview`, {components: shown});
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      seen = {text: bodyOf(template), missing: [`${error.title} ${error.detail}`], surplus: []};
    }
    if (this.chosen !== template || JSON.stringify(given) !== JSON.stringify(componentsOf(this.fields))) return;
    this.preview = seen.text;
    this.complete = seen.missing.length === 0 && this.fields.every((each) => each.done());
    this.box.part("template-preview").textContent = seen.text;
    const lacking = this.fields.filter((each) => !each.done()).map((each) => each.label);
    const missing = this.box.part("template-missing");
    missing.hidden = this.complete;
    missing.textContent = text("Still to be filled in: {names}", {names: (lacking.length ? lacking : seen.missing).join(", ")});
  }
}

const spoken = (tag) => tag.split(/[-_]/)[0].toLowerCase();

/** Those in the customer's language first, then in the desk's and the reader's, then all others. */
function inOrder(templates, languages) {
  const wanted = languages.map(spoken);
  const place = (each) => (wanted.indexOf(spoken(each.language)) + wanted.length + 1) % (wanted.length + 1);
  return [...templates].sort((one, other) => place(one) - place(other));
}

const bodyOf = (template) => template.components.filter((each) => each.text).map((each) => each.text).join(" ");

function lineOf(template) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), {type: "button", className: "composer-template"});
  button.dataset.template = template.id;
  button.append(
    Object.assign(document.createElement("strong"), {textContent: template.name.replaceAll("_", " ")}),
    Object.assign(document.createElement("span"), {className: "chip", textContent: template.language}),
    Object.assign(document.createElement("span"), {className: "quiet clip", textContent: bodyOf(template)}),
  );
  item.append(button);
  return item;
}
