// The button in the corner of the page, with what waits behind it.
const MOST_COUNTED = 99;

class Launcher {
  constructor(chat) {
    this.chat = chat;
    this.badge = make("span", {class: "badge", hidden: true});
    this.button = make("button", {class: "launcher", "aria-haspopup": "dialog", onclick: () => chat.toggle()}, icon("chat"), icon("down"), this.badge);
    this.node = make("div", {class: "corner"}, this.button);
  }

  render() {
    const {chat} = this;
    const count = chat.conversation.unread;
    const name = chat.opened ? chat.say("close") : chat.say("open");
    rename(this.button, count && !chat.opened ? `${name} · ${chat.say("unread", {count})}` : name);
    this.button.setAttribute("aria-expanded", String(chat.opened));
    this.badge.textContent = count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
    this.badge.hidden = !count || chat.opened;
  }
}
