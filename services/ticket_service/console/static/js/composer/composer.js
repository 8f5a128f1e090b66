// The action box of a ticket, or of a talk without one: who reads it, what is written, what goes with it, sending it.
import {get, post, Problem} from "../api.js";
import {shortcut} from "../keys.js";
import {onNews} from "../live.js";
import {text} from "../texts.js";
import {Choices} from "./choices.js";
import {Draft} from "./draft.js";
import {EmojiPanel} from "./emoji.js";
import {Files} from "./files.js";
import {MailFields} from "./mail.js";
import {hold, released} from "./outbox.js";
import {People} from "./people.js";
import {askReason} from "./reason.js";
import {Suggest} from "./suggest.js";
import {cannedReplies, colleagues} from "./suggestions.js";
import {TabDraft} from "./tab_draft.js";
import {TemplatePicker} from "./templates.js";
import {Voice} from "./voice.js";
import {left} from "./window.js";

const TYPING_EVERY = 4_000;
const TICK = 10_000;
const PATHS = {reply: "replies", note: "notes", private: "private-messages"};

class DeskComposer extends HTMLElement {
  connectedCallback() {
    if (this.config) return;
    this.config = JSON.parse(this.dataset.config);
    this.number = this.config.number;
    this.place = this.config.place;
    this.mode = this.config.mode;
    this.window = this.config.window;
    this.quoted = this.config.quote;
    this.writesDraft = false;
    this.input = this.part("text");
    this.files = new Files(this, this.config.files, () => this.changed());
    this.templates = new TemplatePicker(this, this.config.channel, () => this.changed());
    this.choices = new Choices(this, () => this.show());
    this.people = new People(this, this.config.draft.to, () => this.changed());
    this.mail = new MailFields(this, () => this.changed());
    this.voice = new Voice(this, (file) => this.files.add([file], "voice"));
    this.emoji = new EmojiPanel(this, (emoji) => this.insert(emoji));
    this.draft = this.number ? this.keptDraft() : new TabDraft(this.place, this.input);
    this.suggest = new Suggest(this.input, this.part("suggest"), this.part("spoken"), {
      "/": {items: cannedReplies, choose: (item) => this.fill(item), none: text("No canned replies yet")},
      "@": {items: (query) => (this.mode === "note" ? colleagues(query) : []), choose: async (item) => `@${item.handle} `},
    });
    this.listen();
    if (this.config.draft.template) this.templates.restore(this.config.draft.template);
    this.show();
  }

  disconnectedCallback() {
    if (!this.config) return;
    this.draft.flush();
    this.voice.cancel();
    this.stops.forEach((stop) => stop());
  }

  part(name) { return this.querySelector(`[data-part="${name}"]`); }

  keptDraft() {
    return new Draft(this.place, this.config.etag, this.contents(), {
      kept: (something) => { this.part("kept").textContent = something ? text("Draft kept") : ""; },
      elsewhere: (theirs) => this.askWhich(theirs),
    });
  }

  /** Whether something is in the box that somebody would miss. */
  get written() { return Boolean(this.input.value.trim() || this.files.count || this.templates.chosen); }

  get closed() { return this.mode === "reply" && !this.window.open; }

  /** Everything that is in the box, as the server keeps it. */
  contents() {
    return {
      mode: this.mode, text: this.input.value, attachments: this.files.ids(), reply_to: this.quoted?.id ?? null,
      to: this.people.chosen(), template: this.templates.value(),
    };
  }

  listen() {
    const acts = {
      send: () => this.send(), attach: () => this.part("picker").click(), camera: () => this.part("camera").click(),
      voice: () => this.voice.start(), "voice-stop": () => this.voice.stop(), "voice-cancel": () => this.voice.cancel(),
      emoji: () => this.emoji.toggle(), canned: () => this.suggest.begin("/"), templates: () => { this.templates.open(); this.show(); },
      "no-template": () => { this.templates.back(); this.changed(); if (!this.part("write").hidden) this.input.focus(); }, unquote: () => this.quote(null),
      "write-draft": () => { this.writesDraft = true; this.templates.close(); this.show(); this.input.focus(); },
      "edit-choices": () => this.choices.edit(), "no-choices": () => this.choices.clear(),
      "take-theirs": () => this.takeTheirs(), "keep-mine": () => this.keepMine(),
    };
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !this.contains(button)) return;
      if (button.dataset.do in acts) acts[button.dataset.do]();
      if (button.dataset.mode) this.turn(button.dataset.mode, true);
      if (button.dataset.status) this.sendAs(button);
    });
    this.input.addEventListener("input", () => this.changed(true));
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.send(); }
      if (event.key === "Escape" && !event.defaultPrevented) this.input.blur();
    });
    for (const picker of [this.part("picker"), this.part("camera")]) {
      picker.addEventListener("change", () => { this.files.add([...picker.files]); picker.value = ""; });
    }
    const here = (target, kind, run) => { target.addEventListener(kind, run); return () => target.removeEventListener(kind, run); };
    const clock = setInterval(() => this.tick(), TICK);
    const group = this.number ? text("On a ticket") : text("In a conversation");
    this.stops = [
      () => clearInterval(clock),
      here(document, "click", (event) => { const button = event.target.closest("[data-quote]"); if (button) this.quote(said(button)); }),
      here(globalThis, "pagehide", () => this.draft.flush()),
      shortcut("r", text("Answer the customer"), () => this.begin("reply"), {group, when: () => this.has("reply")}),
      ...(this.has("note") ? [shortcut("n", text("Write a note"), () => this.begin("note"), {group})] : []),
      shortcut("mod+Enter", text("Send"), () => {}, {group}),
      onNews((news) => this.heard(news)) ?? (() => {}),
      released(this.place, (entry, problem) => this.putBack(entry, problem)),
    ];
    this.files.takeDrops(this.closest("#ticket-pane, #talk-pane") ?? this, this.input);
  }

  has(mode) { return this.config.modes.includes(mode); }

  begin(mode) {
    this.turn(mode, true);
    this.scrollIntoView({block: "nearest"});
  }

  turn(mode, focus = false) {
    if (!this.has(mode)) return;
    this.mode = mode;
    if (mode !== "reply") { this.templates.close(); this.choices.clear(); this.quote(null); }
    this.changed();
    if (focus && !this.part("write").hidden) this.input.focus();
  }

  quote(message) {
    this.quoted = message;
    if (message) this.turn("reply", true);
    else this.changed();
  }

  changed(typed = false) {
    this.show();
    this.draft.change(this.contents());
    if (typed && this.input.value) this.tellTyping();
  }

  /** What is seen follows from what is so. */
  show() {
    const waits = this.closed && !this.templates.chosen;
    const written = Boolean(this.input.value.trim() || this.files.count);
    const writes = !this.templates.isOpen && (!this.closed || this.writesDraft || written);
    if (this.closed && !writes && !this.templates.isOpen) this.templates.open(false);
    this.classList.remove("is-reply", "is-note", "is-private");
    this.classList.add(`is-${this.mode}`);
    this.classList.toggle("is-closed", this.closed);
    this.querySelectorAll("[data-mode]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.mode === this.mode)));
    this.querySelectorAll("[data-for]").forEach((each) => { each.hidden = !each.dataset.for.split(" ").includes(this.mode); });
    this.classList.toggle("is-templating", this.templates.isOpen);
    this.part("closed").hidden = !this.closed || Boolean(this.templates.chosen);
    this.querySelector(".composer-tools").hidden = this.templates.isOpen;
    this.part("template-back").hidden = this.closed && !written && !this.templates.chosen;
    this.part("closed-text").hidden = !written;
    this.part("closed-nothing").hidden = written;
    this.part("closed").querySelector('[data-do="templates"]').hidden = this.templates.isOpen;
    this.part("closed").querySelector('[data-do="write-draft"]').hidden = writes;
    this.part("templates").hidden = this.mode !== "reply" || !this.templates.isOpen;
    this.part("write").hidden = !writes;
    this.part("quote").hidden = !this.quoted || this.mode !== "reply";
    this.part("quote-author").textContent = this.quoted?.author ?? "";
    this.part("quote-text").textContent = this.quoted?.text ?? "";
    const label = this.part("send-label");
    label.textContent = waits && writes ? label.dataset.later : label.dataset.now;
    this.querySelectorAll(".composer-send > .btn").forEach((each) => { each.disabled = this.templates.isOpen && !this.templates.chosen; });
    this.input.placeholder = this.input.dataset[this.mode];
    this.input.rows = Math.min(10, Math.max(2, this.input.value.split("\n").length));
    this.choices.show(this.mode === "reply" && writes);
    this.tick();
  }

  tick() {
    const {until} = this.window;
    if (this.window.open && until && Date.parse(until) <= Date.now()) {
      this.window = {...this.window, open: false};
      this.show();
      return;
    }
    const shown = this.part("window");
    shown.hidden = this.mode !== "reply" || !until;
    shown.classList.toggle("is-short", this.window.open && Date.parse(until) - Date.now() < 2 * 3_600_000);
    shown.classList.toggle("is-over", !this.window.open);
    this.part("window-left").textContent = this.window.open ? left(until) : text("24 hours over");
    shown.title = until ? text("Free text can be sent until {time}.", {time: new Date(until).toLocaleString(document.documentElement.lang)}) : "";
  }

  insert(words) {
    this.input.setRangeText(words, this.input.selectionStart, this.input.selectionEnd, "end");
    this.input.focus();
    this.changed(true);
  }

  async fill(item) {
    const whose = this.number ? {ticket: this.number} : {conversation: this.config.conversation};
    const filled = await get(`/canned-replies/${encodeURIComponent(item.id)}/text?${new URLSearchParams(whose)}`);
    if (filled.gaps.length) this.alert(text("Nothing is known here for: {names}. Look at the text before you send it.", {names: filled.gaps.join(", ")}), true);
    return filled.text;
  }

  async sendAs(button) {
    const reasons = button.dataset.reasons ? JSON.parse(button.dataset.reasons) : null;
    const why = reasons && (await askReason(this, button.dataset.label, reasons));
    if (reasons && why === undefined) return;
    this.send({status: button.dataset.status, ...(why ? {justification: why} : {})});
  }

  /** Send what is in the box; `then` holds the status to set. It can be taken back for some seconds. */
  send(then = {}) {
    this.alert("");
    const body = this.body(then);
    if (!body) return;
    const kept = this.contents();
    hold({
      number: this.number, place: this.place, customer: this.config.customer, path: `${this.place}/${PATHS[kept.mode]}`, body, mode: kept.mode,
      seconds: this.config.undoSeconds, text: this.templates.chosen ? this.templates.preview : kept.text,
      files: this.files.names(), kept, mail: this.mail.value(), quoted: this.quoted, offer: this.choices.value(), fileList: this.files.list(),
      ready: this.draft.save(), sent: () => this.draft.sent(kept.text), left: () => this.draft.left(kept.text),
    });
    this.clear();
    if (!this.part("write").hidden) this.input.focus({preventScroll: true});
  }

  body(then) {
    const words = this.input.value.trim() ? this.input.value : "";
    const attachments = this.files.ids();
    const missing = (problem) => { this.alert(problem); return null; };
    if (this.files.busy) return missing(text("Some files are still on their way. Send when they have arrived."));
    if (this.files.broken) return missing(text("A file could not be uploaded. Try again or remove it."));
    if (this.mode === "private" && !this.people.chosen().length) return missing(text("Say who is to get this mail."));
    if (this.mode !== "reply" && !words) return missing(text("Write something first."));
    if (this.mode === "private") return {to: this.people.chosen(), text: words, attachments};
    if (this.mode === "note") return {text: words, attachments, ...then};
    if (this.templates.isOpen) {
      if (!this.templates.complete) return missing(text("Fill in what the template asks for."));
      return {template: this.templates.value(), ...then};
    }
    if (!words && !attachments.length) return missing(text("Write something first."));
    const later = this.closed ? {when_closed: "draft"} : {};
    const quoted = this.quoted ? {reply_to: this.quoted.id} : {};
    const offer = this.choices.value();
    if (offer && (!words || attachments.length)) return missing(text("Choices go with a text, and without files."));
    return {...(words ? {text: words} : {}), ...(attachments.length ? {attachments} : {}), ...(offer ? {interactive: offer} : {}), ...this.mail.value(), ...quoted, ...later, ...then};
  }

  clear() {
    this.input.value = "";
    this.files.clear();
    this.people.clear();
    this.mail.clear();
    this.templates.close();
    this.choices.clear();
    this.quoted = null;
    this.writesDraft = false;
    this.part("kept").textContent = "";
    this.show();
  }

  /** It was taken back, or refused: everything is in the box again, before what was typed meanwhile. */
  putBack({kept, mail, quoted, offer, fileList}, problem) {
    const since = this.input.value.trim() ? `\n${this.input.value}` : "";
    this.mode = kept.mode;
    this.input.value = kept.text + since;
    this.files.putBack(fileList);
    this.people.putBack(kept.to);
    this.mail.putBack(mail);
    this.quoted = quoted;
    this.choices.putBack(offer);
    if (kept.template) this.templates.restore(kept.template);
    if (problem?.slug === "template-required") { this.window = {...this.window, open: false}; this.writesDraft = true; }
    this.changed();
    if (problem) this.alert([problem.title, problem.detail, ...problem.errors.map((each) => each.problem)].filter(Boolean).join(" "));
    this.input.focus({preventScroll: true});
  }

  alert(words, calm = false) {
    const place = this.part("alert");
    place.textContent = words;
    place.hidden = !words;
    place.classList.toggle("notice-danger", !calm);
    place.classList.toggle("notice-warn", calm);
  }

  askWhich(theirs) {
    this.theirs = theirs;
    this.part("elsewhere").hidden = false;
  }

  takeTheirs() {
    const {body} = this.theirs;
    this.part("elsewhere").hidden = true;
    this.mode = this.has(body.mode) ? body.mode : this.mode;
    this.input.value = body.text;
    this.people.putBack(body.to, true);
    this.draft.accept(this.theirs.etag, this.contents());
    this.show();
  }

  keepMine() {
    this.part("elsewhere").hidden = true;
    this.draft.accept(this.theirs.etag, null);
    this.draft.change(this.contents());
  }

  async heard({messages = []}) {
    if (!messages.some((each) => each.conversation_id === this.config.conversation && each.direction === "in")) return;
    try {
      const now = await get(`/conversations/${encodeURIComponent(this.config.conversation)}`);
      this.window = {open: now.window_open, until: now.window_expires_at, heard: now.last_inbound_at};
      this.show();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  tellTyping() {
    if (this.number) document.dispatchEvent(new CustomEvent("composer:typing", {detail: {number: this.number, mode: this.mode}}));
    const now = Date.now();
    if (this.mode !== "reply" || this.closed || this.mail.place || !this.config.conversation || now - (this.told ?? 0) < TYPING_EVERY) return;
    this.told = now;
    post(`/conversations/${encodeURIComponent(this.config.conversation)}/presence`, {sign: "typing"}).catch(() => {});
  }
}

function said(button) {
  const bubble = button.closest("[data-message]");
  const words = bubble?.querySelector(".bubble-text")?.textContent.trim() || text("A message without words");
  return {id: button.dataset.quote, author: bubble?.getAttribute("aria-label") ?? "", text: words.slice(0, 200)};
}

customElements.define("desk-composer", DeskComposer);
