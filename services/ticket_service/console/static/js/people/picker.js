// A choice among many: a field that searches while one types, and keeps the id of what was chosen.
import {get} from "../api.js";
import {text} from "../texts.js";

const PAUSE = 180;
const MOST = 8;
let waiting = 0;

const boxOf = (element) => element.closest("[data-picker]");
const partsOf = (box) => ({words: box.querySelector("[role=combobox]"), value: box.querySelector("input[type=hidden]"), list: box.querySelector("[role=listbox]")});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-picker] [role=combobox]")) return;
  const box = boxOf(event.target);
  choose(box, null);
  clearTimeout(waiting);
  waiting = setTimeout(() => search(box), PAUSE);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-picker] [role=combobox]")) return;
  const box = boxOf(event.target);
  const {list} = partsOf(box);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) search(box); else move(box, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && !list.hidden) {
    event.preventDefault();
    (list.querySelector('[aria-selected="true"]') || list.querySelector("[role=option]"))?.click();
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    shut(box);
  }
});

document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("[data-picker]");
  if (box && !box.contains(event.relatedTarget)) shut(box);
});

// A click would take the focus from the field first, and the list would be gone before it counts.
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest("[data-picker] [role=option]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const option = event.target.closest("[data-picker] [role=option]");
  if (!option) return;
  const box = boxOf(option);
  partsOf(box).words.value = option.dataset.words;
  choose(box, option);
  shut(box);
  partsOf(box).words.focus();
});

function choose(box, option) {
  const {value, words} = partsOf(box);
  value.value = option ? option.dataset.value : "";
  words.setCustomValidity(option || !words.value.trim() ? "" : text("Choose one of the list."));
  if (option) box.dispatchEvent(new CustomEvent("picked", {bubbles: true, detail: {value: value.value, words: words.value}}));
}

async function search(box) {
  const {words, list} = partsOf(box);
  const asked = words.value.trim();
  if (!asked) return shut(box);
  const page = await get(`${box.dataset.picker}?q=${encodeURIComponent(asked)}&limit=${MOST}`);
  if (words.value.trim() !== asked) return undefined;
  const key = box.dataset.pickerKey || "id";
  list.replaceChildren(...page.items.map((each, at) => option(each, key, `${list.id}-${at}`)));
  if (!page.items.length) list.append(Object.assign(document.createElement("li"), {className: "picker-none", textContent: text("Nothing fits.")}));
  list.hidden = false;
  words.setAttribute("aria-expanded", "true");
  return undefined;
}

function option(each, key, id) {
  const words = each.number ? `${each.number} · ${each.title}` : each.name || each.identities?.[0]?.value || each[key];
  const line = Object.assign(document.createElement("li"), {id, className: "picker-option", textContent: words});
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.dataset.value = each[key];
  line.dataset.words = words;
  return line;
}

function move(box, by) {
  const {words, list} = partsOf(box);
  const options = [...list.querySelectorAll("[role=option]")];
  if (!options.length) return;
  const now = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const next = options[(now + by + options.length) % options.length];
  options.forEach((each) => each.setAttribute("aria-selected", String(each === next)));
  words.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({block: "nearest"});
}

function shut(box) {
  const {words, list} = partsOf(box);
  list.hidden = true;
  words.setAttribute("aria-expanded", "false");
  words.removeAttribute("aria-activedescendant");
}
