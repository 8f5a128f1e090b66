// What else can be done: the sound, and the talk as a mail.
class Menu {
  constructor(chat) {
    this.chat = chat;
    this.list = make("div", {class: "menu", role: "menu", hidden: true, onkeydown: (event) => this.key(event), onfocusout: (event) => {
      if (!this.node.contains(event.relatedTarget)) this.toggle(false, false);
    }});
    this.button = iconButton("more", "", () => this.toggle(), {"aria-haspopup": "menu", "aria-expanded": "false"});
    this.node = make("div", {class: "menu-place"}, this.button, this.list);
  }

  render() {
    const {say, sound, offer, conversation} = this.chat;
    rename(this.button, say("more"));
    const entry = (name, words, press, more = {}) => make("button", {class: "menu-entry", tabIndex: -1, role: "menuitem", ...more, onclick: () => { this.toggle(false); press(); }}, icon(name), make("span", {text: words}));
    this.list.replaceChildren(
      entry(sound.on ? "check" : "bell", say("sound"), () => sound.toggle(), {role: "menuitemcheckbox", "aria-checked": String(sound.on)}),
      ...(offer.transcript && conversation.lines.some(({author}) => author.kind === "agent") ? [entry("mail", say("transcript"), () => this.chat.talk.transcript())] : []));
  }

  toggle(open = this.list.hidden, back = true) {
    if (this.list.hidden === !open) return;
    if (open) this.render();
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.list.firstChild.focus();
    else if (back) this.button.focus();
  }

  key(event) {
    const entries = [...this.list.children];
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const root = this.list.getRootNode();
    entries[(entries.indexOf(root.activeElement) + step + entries.length) % entries.length].focus();
  }
}
