// What an answer by mail has besides its text: who else gets it, and a subject of its own.
const ADDRESSES = /[\s,;]+/;

export class MailFields {
  /** Nothing happens on channels that are no mailboxes: then the fields are not there. */
  constructor(box, changed) {
    this.place = box.part("mail");
    if (!this.place) return;
    this.cc = box.part("cc");
    this.subject = box.part("subject");
    this.usual = this.cc.value;
    this.place.addEventListener("input", changed);
    this.place.addEventListener("click", (event) => {
      if (!event.target.closest("[data-mail-subject]")) return;
      this.open();
      this.subject.focus();
    });
  }

  open() {
    this.place.querySelector("[data-mail-subject]").hidden = true;
    this.place.querySelector("[data-mail-subject-line]").hidden = false;
  }

  /** As an answer takes it; nothing elsewhere. */
  value() {
    if (!this.place) return {};
    const subject = this.subject.value.trim();
    return {cc: this.cc.value.split(ADDRESSES).filter(Boolean), ...(subject ? {subject} : {})};
  }

  clear() {
    if (!this.place) return;
    this.cc.value = this.usual;
    this.subject.value = "";
  }

  putBack({cc, subject} = {}) {
    if (!this.place || !cc) return;
    this.cc.value = cc.join(", ");
    this.subject.value = subject ?? "";
    if (subject) this.open();
  }
}
