// The sheet with the conversation: a head that says who is there, what was said, and a place to write.
class Sheet {
  constructor(chat) {
    this.chat = chat;
    this.faces = make("span", {class: "faces"});
    this.title = make("h2", {class: "title", id: `t-${newId()}`});
    this.status = make("p", {class: "status"});
    this.menu = new Menu(chat);
    this.closer = iconButton("close", "", () => chat.close());
    this.banner = make("p", {class: "banner", role: "status", hidden: true});
    this.log = new Log(chat);
    this.composer = new Composer(chat);
    this.foot = make("div", {class: "foot"}, this.composer.node);
    this.drop = make("div", {class: "drop", hidden: true}, icon("clip"), make("span"));
    this.voice = new Voice();
    this.asks = null;
    this.node = make("section", {class: "sheet", id: `s-${newId()}`, role: "dialog", "aria-labelledby": this.title.id, hidden: true, tabIndex: -1},
      make("div", {class: "head"}, this.faces, make("div", {class: "who"}, this.title, this.status), this.menu.node, this.closer),
      this.banner, this.log.node, this.foot, this.drop, this.voice.node);
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.takeDrops();
  }

  render() {
    const {chat} = this;
    const {say, offer} = chat;
    this.title.textContent = chat.title;
    this.status.className = `status ${offer.online ? "is-online" : "is-away"}`;
    this.status.textContent = offer.online ? say("online") : offer.opens_at ? say("back", {moment: chat.words.moment(offer.opens_at)}) : say("away");
    this.faces.hidden = !offer.people.length;
    this.faces.replaceChildren(...offer.people.slice(0, 3).map((each) => face(each, chat.api.resolve(each.picture))));
    this.faces.title = offer.people.map((each) => each.name).join(", ");
    rename(this.closer, say("close"));
    rename(this.menu.button, say("more"));
    this.drop.lastChild.textContent = say("drop");
    this.composer.render();
    this.log.render();
  }

  /** Ask what the desk wants to know first (in the conversation), or something else (below it); null: back to writing. */
  ask(form) {
    const starting = form?.dataset.asked;
    if (!form && !this.asks) return;
    this.asks = form;
    this.log.form.replaceChildren(...(starting ? [form] : []));
    this.foot.replaceChildren(starting ? "" : form || this.composer.node);
  }

  /** A word about the connection, or of thanks; "" takes it away. */
  tell(words, tone = "") {
    this.banner.textContent = words;
    this.banner.hidden = !words;
    this.banner.className = `banner ${tone}`;
  }

  /** A word that goes away by itself. */
  notice(words, tone) {
    clearTimeout(this.noticeTimer);
    this.tell(words, tone);
    this.noticeTimer = setTimeout(() => { if (this.banner.textContent === words) this.tell(""); }, 6_000);
  }

  /** Where the keyboard goes when the sheet opens; on phones nowhere, so that theirs stays away. */
  focus() {
    if (matchMedia("(pointer: coarse)").matches) this.node.focus();
    else ((this.asks || this.foot).querySelector("textarea, input:not([hidden]), select") || this.closer).focus();
  }

  key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      if (!this.composer.emoji.hidden) this.composer.toggleEmoji(false);
      else if (!this.menu.list.hidden) this.menu.toggle(false);
      else this.chat.close();
    }
    if (event.key === "Tab" && this.chat.frame.whole) this.keepInside(event);
  }

  keepInside(event) {
    const stops = [...this.node.querySelectorAll("button, a[href], input, textarea, select, [tabindex='0']")]
      .filter((each) => !each.disabled && each.tabIndex >= 0 && each.getClientRects().length > 0);
    const active = this.node.getRootNode().activeElement;
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (event.shiftKey ? active === first || active === this.node : active === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  takeDrops() {
    const takes = () => this.chat.offer.files && !this.asks;
    // Also where none can be taken: the browser would leave the page for a file that is dropped.
    const isFiles = (event) => event.dataTransfer.types.includes("Files") && !event.preventDefault();
    this.node.addEventListener("dragover", (event) => { if (isFiles(event)) this.drop.hidden = !takes(); });
    this.node.addEventListener("dragleave", (event) => { if (!this.node.contains(event.relatedTarget)) this.drop.hidden = true; });
    this.node.addEventListener("drop", (event) => {
      this.drop.hidden = true;
      if (isFiles(event) && takes()) this.chat.uploads.add(event.dataTransfer.files);
    });
  }
}
