// A letter: to whom, about what, with which files; sent as a mail program would.

import { call, upload } from "./api.js";
import { byId, element, icon } from "./dom.js";

const split = (text) => text.split(/[,;\s]+/).filter(Boolean);
let letters = 0;

export class Letter {
  constructor(world, answers, toAll, done) {
    this.world = world;
    this.answers = answers;
    this.files = [];
    this.done = done;
    this.root = byId("composer-template").content.firstElementChild.cloneNode(true);
    this.name();
    const { to, cc, subject } = this.root.elements;
    if (answers) {
      const people = answers.reply_to.length ? answers.reply_to : answers.sender;
      to.value = people.map(([, address]) => address).join(", ");
      if (toAll) cc.value = this.others(people).join(", ");
      subject.placeholder = /^\s*re:/i.test(answers.subject) ? answers.subject : `Re: ${answers.subject}`;
    } else {
      to.value = this.mailboxFor(world.owner);
      for (const row of this.root.querySelectorAll('[data-row="client"]')) row.hidden = true;
    }
    this.picker = this.root.querySelector("input[type=file]");
    this.picker.addEventListener("change", () => this.add([...this.picker.files]));
    this.root.querySelector('[data-do="attach"]').addEventListener("click", () => this.picker.click());
    this.root.querySelector('[data-do="discard"]').addEventListener("click", () => done(null));
    this.root.addEventListener("submit", (event) => this.send(event));
  }

  // Labels name their fields, however many letters were written before.
  name() {
    letters += 1;
    for (const row of this.root.querySelectorAll(".letter-field")) {
      const id = `letter-${letters}-${row.querySelector("input").name}`;
      row.querySelector("input").id = id;
      row.querySelector("label").htmlFor = id;
    }
  }

  // Certified mail goes to the desk's certified mailbox.
  mailboxFor(owner) {
    const isCertified = this.world.people.get(owner)?.certified;
    return (this.world.desk.find(({ certified }) => certified === Boolean(isCertified)) ?? this.world.desk[0]).address;
  }

  others(people) {
    const here = new Set([this.world.owner, ...people.map(([, address]) => address)]);
    return [...this.answers.to, ...this.answers.cc].map(([, address]) => address).filter((address) => !here.has(address));
  }

  focus() {
    const { subject, text } = this.root.elements;
    (this.answers ? text : subject).focus({ preventScroll: true });
  }

  add(files) {
    this.files.push(...files);
    this.picker.value = "";
    const place = this.root.querySelector(".letter-files");
    place.hidden = !this.files.length;
    place.replaceChildren(...this.files.map((file, position) => element("li", {}, icon("paperclip"), file.name,
      element("button", { type: "button", title: `Leave out ${file.name}`, onclick: () => { this.files.splice(position, 1); this.add([]); } }, icon("x-lg")))));
  }

  async send(event) {
    event.preventDefault();
    const wrong = this.root.querySelector(".form-error");
    const button = this.root.querySelector("[type=submit]");
    const { to, cc, subject, text, client, language } = this.root.elements;
    button.disabled = true;
    wrong.hidden = true;
    try {
      const files = [];
      for (const file of this.files) files.push({ file: (await upload("/api/mail/files", file)).file });
      const body = { from: this.world.owner, to: split(to.value), cc: split(cc.value), text: text.value, files };
      if (subject.value || !this.answers) body.subject = subject.value;
      if (this.answers) Object.assign(body, { answers: this.answers.id, client: client.value, language: language.value });
      const { mail_id: id } = await call("POST", "/api/mail/messages", body);
      this.done(id);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    } finally {
      button.disabled = false;
    }
  }
}
