// A small sheet of emoji; arrow keys go through it.
const COLUMNS = 7;
const EMOJI = [..."😀😄😁😅😂🙂😉😊😇😍🥰😘😋😎🤩🥳🤗🤔🤨😐😌😔😢😭😤😡🤯😱😴🤒🤝👍👎👌👏🙌🙏💪👋👀🔥✨🎉🎁🎂💐🌞🏠🚗🚚📦📎📷📱💻🔑🔒⏰📅💶💳🛒👕👟☕🍕💔💚💙✅"];

/** The sheet; `pick(emoji)` with what was chosen. */
function emojiSheet(pick) {
  const buttons = EMOJI.map((each, at) => make("button", {class: "emoji", tabIndex: at ? -1 : 0, text: each, onclick: (event) => pick(event.currentTarget.textContent)}));
  const steps = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS};
  const grid = make("div", {class: "emoji-sheet", hidden: true, onkeydown: (event) => {
    const from = buttons.indexOf(event.target);
    const turned = getComputedStyle(grid).direction === "rtl" && event.key.endsWith("t") ? -1 : 1;
    if (!(event.key in steps) || from < 0) return;
    event.preventDefault();
    const to = buttons[from + steps[event.key] * turned];
    if (!to) return;
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }}, ...buttons);
  return grid;
}
