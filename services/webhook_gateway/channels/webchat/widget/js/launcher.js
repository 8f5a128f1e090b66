// The button in the corner of the page, with what waits behind it.
const MOST_COUNTED = 99;

class Launcher {
  constructor(chat) {
    this.chat = chat;
    this.badge = make("span", {class: "badge", hidden: true});
    this.button = make("button", {class: "launcher", "aria-haspopup": "dialog", onclick: () => chat.toggle()}, icon("chat"), icon("down"), this.badge);
    this.teaser = make("div", {class: "teaser", hidden: true});
    this.node = make("div", {class: "corner"}, this.teaser, this.button);
  }

  render() {
    const {chat} = this;
    const count = chat.conversation.unread;
    const name = chat.opened ? chat.say("close") : chat.say("open");
    rename(this.button, count && !chat.opened ? `${name} · ${chat.say("unread", {count})}` : name);
    this.button.setAttribute("aria-expanded", String(chat.opened));
    this.badge.textContent = count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
    this.badge.hidden = !count || chat.opened;
    if (chat.opened || !count) this.teaser.hidden = true;
  }

  /** The first words of an answer that came while the chat is closed. */
  tease(line) {
    const {chat} = this;
    const words = line.text || (line.files || []).map((each) => each.name).join(", ");
    if (!words) return;
    const open = make("button", {class: "teaser-open", onclick: () => chat.open()}, face(line.author, chat.api.resolve(line.author.picture)),
      make("span", {class: "teaser-words"}, make("b", {dir: "auto", text: line.author.name || chat.title}), make("span", {dir: "auto", text: words.slice(0, 160)})));
    this.teaser.replaceChildren(open, iconButton("close", chat.say("dismiss"), () => { this.teaser.hidden = true; }));
    this.teaser.hidden = false;
  }
}
