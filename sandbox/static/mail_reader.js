// One conversation: its mails, what can be done with each, and the letter that is being written.

import { call } from "./api.js";
import { element, fullTime, icon, shortTime } from "./dom.js";
import { Letter } from "./mail_composer.js";
import { senderOf } from "./mail_list.js";

const KIB = 1024;

export class Reader {
  constructor(place, world, { open }) {
    this.place = place;
    this.world = world;
    this.open = open;
    this.letter = null;
    this.drawn = "";
    this.plain = new Set();
  }

  write(answers = null, toAll = false) {
    this.letter = new Letter(this.world, answers, toAll, (sent) => {
      this.stopWriting();
      if (sent) this.open(this.world.mails.get(sent)?.thread ?? this.world.thread);
    });
    this.drawn = "";
    this.draw();
    this.letter.root.scrollIntoView({ block: "nearest" });
    this.letter.focus();
  }

  stopWriting() {
    this.letter = null;
    this.drawn = "";
  }

  draw() {
    const { world } = this;
    const mails = [...world.mails.values()].filter(({ thread, owners }) => thread === world.thread && owners.includes(world.owner));
    // What is on the screen stays while nothing changed: a letter keeps its cursor, a frame its place.
    const state = JSON.stringify([world.owner, mails.map(({ id }) => id), [...this.plain]]);
    if (state === this.drawn) return;
    this.drawn = state;
    if (this.letter && !this.letter.answers) {
      this.place.replaceChildren(element("h2", {}, "New mail"), this.letter.root);
      return;
    }
    if (!mails.length) {
      this.place.replaceChildren(this.nothing());
      return;
    }
    const nodes = mails.map((mail) => this.mail(mail));
    const answered = this.letter ? mails.findIndex(({ id }) => id === this.letter.answers.id) : -1;
    if (this.letter) nodes.splice(answered + 1 || nodes.length, 0, this.letter.root);
    this.place.replaceChildren(element("h2", {}, mails[0].subject || "(no subject)"), ...nodes);
    if (!this.letter) this.place.scrollTop = this.place.scrollHeight;
  }

  nothing() {
    const person = this.world.people.get(this.world.owner);
    return element("div", { class: "nothing" }, icon("envelope"),
      element("p", {}, `You are ${person?.name ?? "a customer"}. Write to the desk; a ticket opens there, and the answer appears here.`));
  }

  mail(mail) {
    const at = new Date(mail.at * 1000);
    const people = (list) => list.map(([name, address]) => name || address).join(", ");
    const to = `to ${people(mail.to)}${mail.cc.length ? `, cc ${people(mail.cc)}` : ""}`;
    return element(
      "article", { class: `mail${mail.sender[0]?.[1] === this.world.owner ? " own" : ""}`, "data-mail": mail.id, "data-state": mail.state },
      element("header", {},
        element("strong", {}, senderOf(mail)),
        element("time", { datetime: at.toISOString(), title: fullTime(at) }, shortTime(at)),
        element("small", {}, `${to} · ${mail.subject || "(no subject)"}`)),
      this.marks(mail),
      this.body(mail),
      mail.files.length ? element("ul", { class: "mail-files" }, ...mail.files.map((file, position) => element("li", {},
        element("a", { href: `/api/mail/messages/${mail.id}/files/${position}`, target: "_blank", rel: "noopener" },
          icon("paperclip"), `${file.name} · ${Math.max(1, Math.round(file.size / KIB))} kB`)))) : null,
      this.deeds(mail),
    );
  }

  marks(mail) {
    const header = (name) => mail.headers.find(([known]) => known.toLowerCase() === name)?.[1] ?? "";
    const marks = [];
    if (mail.state === "failed") marks.push(element("span", { class: "mark bad" }, mail.problem || "Not delivered"));
    if (header("auto-submitted") && header("auto-submitted") !== "no") marks.push(element("span", { class: "mark" }, "written by a machine"));
    if (header("x-ricevuta")) marks.push(element("span", { class: "mark" }, `receipt: ${header("x-ricevuta")}`));
    return marks.length ? element("div", { class: "marks" }, ...marks) : null;
  }

  body(mail) {
    if (!mail.has_html || this.plain.has(mail.id)) return element("div", { class: "body" }, mail.text || "(no text)");
    const frame = element("iframe", {
      src: `/api/mail/messages/${mail.id}/html`, sandbox: "allow-same-origin", title: `Mail from ${senderOf(mail)}`,
      onload: () => { frame.height = Math.min(900, (frame.contentDocument?.body.offsetHeight ?? 120) + 34); },
    });
    return element("div", { class: "frame" }, frame);
  }

  deeds(mail) {
    const deed = (name, label, action, kind = "") => element("button", { type: "button", class: kind, onclick: action }, icon(name), label);
    const buttons = [];
    if (mail.outgoing) {
      buttons.push(deed("reply-fill", "Reply", () => this.write(mail), "main"));
      if (mail.to.length + mail.cc.length > 1) buttons.push(deed("reply-all-fill", "Reply all", () => this.write(mail, true)));
      buttons.push(deed("clock-history", "Out of office", () => this.ask(mail, "absence", { from: this.world.owner })));
      buttons.push(deed("exclamation-circle-fill", "Bounce", () => this.ask(mail, "bounce", { recipient: this.world.owner })));
      buttons.push(deed("clock", "Delayed", () => this.ask(mail, "bounce", { recipient: this.world.owner, code: "4.4.1" })));
      if (this.isCertified(mail)) {
        for (const kind of ["accettazione", "avvenuta-consegna", "errore-consegna"]) {
          buttons.push(deed("shield-check", kind, () => this.ask(mail, "receipt", { recipient: this.world.owner, kind })));
        }
      }
    } else {
      buttons.push(deed("arrow-clockwise", "Send again", () => this.ask(mail, "again", {})));
    }
    if (mail.has_html) {
      const isPlain = this.plain.has(mail.id);
      buttons.push(deed("layout-text-window-reverse", isPlain ? "Formatted" : "Plain text", () => {
        if (isPlain) this.plain.delete(mail.id);
        else this.plain.add(mail.id);
        this.draw();
      }));
    }
    buttons.push(element("a", { href: `/api/mail/messages/${mail.id}/raw` }, icon("download"), "Original"));
    return element("div", { class: "mail-deeds" }, ...buttons);
  }

  isCertified(mail) {
    const [first] = mail.sender;
    return this.world.desk.some(({ address, certified }) => certified && address === first?.[1]);
  }

  async ask(mail, what, body) {
    const place = this.place.querySelector(`[data-mail="${mail.id}"] .mail-deeds`);
    place.querySelector(".form-error")?.remove();
    try {
      await call("POST", `/api/mail/messages/${mail.id}/${what}`, body);
    } catch (error) {
      place.append(element("p", { class: "form-error", role: "alert" }, error.message));
    }
  }
}
