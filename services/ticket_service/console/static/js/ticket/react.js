// Reactions: a small menu of emoji at the message; the one that is there already takes itself back.
import {post} from "../api.js";
import {text} from "../texts.js";
import {toastProblem} from "../toast.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
let menu;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-react]");
  if (opener) return menu?.dataset.of === opener.dataset.react ? close() : show(opener);
  const choice = event.target.closest("[data-emoji]");
  if (choice && menu?.contains(choice)) return react(choice.dataset.emoji);
  if (menu && !menu.contains(event.target)) close();
  return undefined;
});

document.addEventListener("keydown", (event) => {
  if (!menu) return;
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Escape") { event.preventDefault(); close(true); }
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    event.preventDefault();
    buttons[(at + (event.key === "ArrowRight" ? 1 : -1) + buttons.length) % buttons.length].focus();
  }
});

function show(opener) {
  close();
  menu = Object.assign(document.createElement("div"), {className: "react-menu"});
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", text("React"));
  menu.dataset.of = opener.dataset.react;
  menu.append(...EMOJI.map((emoji) => button(emoji, emoji)), button("", "✕", text("Take the reaction back")));
  menu.opener = opener;
  opener.closest(".bubble").append(menu);
  menu.querySelector("button").focus({preventScroll: true});
}

function button(emoji, shown, label = shown) {
  const made = Object.assign(document.createElement("button"), {type: "button", textContent: shown, title: label});
  made.setAttribute("role", "menuitem");
  made.setAttribute("aria-label", label);
  made.dataset.emoji = emoji;
  return made;
}

function close(focus = false) {
  const opener = menu?.opener;
  menu?.remove();
  menu = undefined;
  if (focus) opener?.focus({preventScroll: true});
}

async function react(emoji) {
  const message = menu.dataset.of;
  const number = menu.closest("[data-ticket]").dataset.ticket;
  close(true);
  try {
    await post(`/tickets/${encodeURIComponent(number)}/replies`, {reaction: {message, emoji}});
    document.dispatchEvent(new CustomEvent("ticket:changed", {detail: {number}}));
  } catch (problem) {
    toastProblem(problem);
  }
}
