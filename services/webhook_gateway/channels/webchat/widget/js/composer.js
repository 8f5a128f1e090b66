// Where the visitor writes: text, emoji, files that are chosen, dropped or pasted. A draft outlives the page.
const TALLEST = 132;
const COUNT_FROM = 300;

class Composer {
  constructor(chat) {
    this.chat = chat;
    this.field = make("textarea", {rows: 1, dir: "auto", class: "write", oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.pasted(event)});
    this.chooser = make("input", {type: "file", multiple: true, hidden: true, tabIndex: -1, onchange: () => {
      this.chat.uploads.add(this.chooser.files);
      this.chooser.value = "";
    }});
    this.clip = iconButton("clip", "", () => this.chooser.click());
    this.smile = iconButton("smile", "", () => this.toggleEmoji(), {"aria-expanded": "false"});
    this.button = iconButton("send", "", undefined, {type: "submit", class: "tool send"});
    this.chips = make("ul", {class: "chips", hidden: true});
    this.emoji = emojiSheet((each) => this.insert(each));
    this.problem = make("p", {class: "error", role: "alert", hidden: true});
    this.node = make("form", {class: "composer", noValidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(); }},
      this.emoji, this.chips, this.problem,
      make("div", {class: "writing"}, this.field, make("div", {class: "tools"}, this.clip, this.smile, this.button)), this.chooser);
    this.field.value = chat.store.get("draft", "");
  }

  /** Say everything in the language of now, and offer what may be done now. */
  render() {
    const {say, offer} = this.chat;
    this.field.placeholder = say("write");
    this.field.setAttribute("aria-label", say("write"));
    rename(this.clip, say("attach"));
    rename(this.smile, say("emoji"));
    rename(this.button, say("send"));
    this.emoji.setAttribute("role", "group");
    this.emoji.setAttribute("aria-label", say("emoji"));
    this.clip.hidden = !offer.files;
    this.chooser.accept = (offer.limits.file_types || []).join(",");
    this.renderFiles();
    this.fit();
  }

  renderFiles() {
    const {uploads, say, words} = this.chat;
    this.chips.hidden = uploads.items.length === 0;
    this.chips.replaceChildren(...uploads.items.map((item) => {
      const failed = item.state === FAILED;
      const bar = item.state === UPLOADING && make("progress", {max: "1", value: item.progress, "aria-label": say("uploading", {name: item.name})});
      return make("li", {class: `chip${failed ? " is-failed" : ""}`}, icon(failed ? "alert" : "file"),
        make("span", {class: "file-about"}, make("bdi", {class: "file-name", text: item.name}),
          bar || make("span", {class: "file-size", text: failed ? item.reason || say("file_failed") : words.size(item.size)})),
        failed && item.again && iconButton("retry", `${say("retry")}: ${item.name}`, () => uploads.begin(item)),
        iconButton("close", `${say(item.state === UPLOADING ? "cancel" : "remove")}: ${item.name}`, () => { uploads.remove(item); this.field.focus(); }));
    }));
    this.ready();
  }

  ready() {
    const {uploads, offer} = this.chat;
    const text = this.field.value.trim();
    const over = [...this.field.value].length - offer.limits.text;
    this.button.disabled = (!text && !uploads.ready.length) || uploads.busy || over > 0;
    if (over > -COUNT_FROM && offer.limits.text > COUNT_FROM) this.complain(over > 0 ? this.chat.say("too_long", {over}) : "");
    this.node.classList.toggle("is-empty", this.button.disabled);
  }

  complain(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  typed() {
    this.complain("");
    this.chat.store.set("draft", this.field.value || null);
    this.fit();
    this.ready();
    if (this.field.value.trim()) this.chat.receipts.typing();
  }

  /** As tall as what is written, up to some lines. */
  fit() {
    this.field.style.height = "auto";
    // Two lines and more have the whole width; it stays so until all is gone, else the last word would jump.
    const tall = this.field.value !== "" && (this.node.classList.contains("is-tall") || this.field.scrollHeight > 60);
    this.node.classList.toggle("is-tall", tall);
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
  }

  key(event) {
    // On a phone the key makes a new line: there is a button for sending.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.submit();
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length || !this.chat.offer.files) return;
    event.preventDefault();
    this.chat.uploads.add(files);
  }

  submit() {
    this.ready();
    if (this.button.disabled) return;
    const files = this.chat.uploads.takeReady();
    const text = this.field.value.trim();
    this.field.value = "";
    this.chat.store.set("draft", null);
    this.toggleEmoji(false);
    this.chat.talk.send(files.length ? "files" : "text", {text, files});
    this.fit();
    this.ready();
    this.field.focus();
  }

  /** Forget what was being written. */
  empty() {
    this.field.value = "";
    this.complain("");
    this.fit();
    this.ready();
  }

  toggleEmoji(open = this.emoji.hidden) {
    if (this.emoji.hidden === !open) return;
    this.emoji.hidden = !open;
    this.smile.setAttribute("aria-expanded", String(open));
    if (open) this.emoji.querySelector("[tabindex='0']").focus();
    else this.field.focus();
  }

  insert(emoji) {
    const {selectionStart: from, selectionEnd: to} = this.field;
    this.field.setRangeText(emoji, from, to, "end");
    this.typed();
  }
}
