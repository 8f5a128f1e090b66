// Shortcuts: one table for all pages, and the sheet that shows them.
import {text} from "./texts.js";
import {open} from "./dialogs.js";

const known = [];
let prefix = "";
let forget = 0;

/** `keys` like "j", "?", "g t" or "mod+Enter" (Ctrl or ⌘). Single letters do nothing while somebody types. */
export function shortcut(keys, label, run, {group = text("Everywhere"), when = () => true} = {}) {
  const entry = {keys, label, run, group, when};
  known.push(entry);
  return () => known.splice(known.indexOf(entry), 1);
}

const typing = (element) => element?.closest("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true], dialog[open]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.ctrlKey || event.metaKey;
  const pressed = mod ? `mod+${event.key}` : event.key;
  if (!mod && typing(event.target)) return;
  const wanted = prefix ? `${prefix} ${pressed}` : pressed;
  const found = known.findLast((each) => each.keys === wanted && each.when());
  prefix = "";
  clearTimeout(forget);
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (known.some((each) => each.keys.startsWith(`${wanted} `))) {
    prefix = wanted;
    forget = setTimeout(() => { prefix = ""; }, 1500);
  }
});

function sheet() {
  const place = document.querySelector("[data-shortcuts]");
  place.replaceChildren();
  for (const group of [...new Set(known.map((each) => each.group))]) {
    const box = Object.assign(document.createElement("section"), {className: "help-group"});
    box.append(Object.assign(document.createElement("h3"), {textContent: group}));
    for (const each of known.filter((one) => one.group === group && one.when())) box.append(line(each));
    place.append(box);
  }
  open("help-sheet");
}

function line({keys, label}) {
  const row = Object.assign(document.createElement("div"), {className: "help-line"});
  row.append(Object.assign(document.createElement("span"), {textContent: label}));
  const shown = document.createElement("span");
  for (const key of keys.replace("mod+", /Mac/.test(navigator.platform) ? "⌘ " : "Ctrl ").split(" ")) shown.append(Object.assign(document.createElement("kbd"), {textContent: key}), " ");
  row.append(shown);
  return row;
}

shortcut("?", text("Show the shortcuts"), sheet);
for (const link of document.querySelectorAll("[data-go]")) {
  shortcut(`g ${link.dataset.go}`, text("Go to {section}", {section: link.title}), () => link.click(), {group: text("Go to")});
}
document.querySelector('[data-opens="help-sheet"]')?.addEventListener("click", sheet);
