// The panel of filters and the search field: addresses without what was left empty.
import {get} from "../api.js";

const PAUSE = 250;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-filters]")) {
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => String(value).trim() !== ""));
    location.assign(`/tickets?${query}`);
  }
  if (form.matches("form[data-list-search]")) {
    event.preventDefault();
    const field = form.elements.q;
    const address = new URL(field.dataset.base, location.href);
    if (field.value.trim()) {
      address.searchParams.set("q", field.value.trim());
      if (!address.searchParams.has("sort")) address.searchParams.set("sort", "-updated");
    }
    location.assign(address);
  }
});

function away(chip) {
  const field = chip.closest("[data-picker]").querySelector("[role=combobox]");
  chip.remove();
  field.focus();
}

function chip(name, {id, label}) {
  const made = Object.assign(document.createElement("span"), {className: "chip"});
  const words = Object.assign(document.createElement("span"), {className: "clip", textContent: label});
  const value = Object.assign(document.createElement("input"), {type: "hidden", name, value: id});
  const button = Object.assign(document.createElement("button"), {type: "button", className: "chip-away", textContent: "×"});
  button.dataset.unpick = "";
  button.setAttribute("aria-label", label);
  made.append(words, value, button);
  return made;
}

const found = new WeakMap();

async function look(field) {
  const box = field.closest("[data-picker]");
  const words = field.value.trim();
  const {items} = words ? await get(`/${box.dataset.picker}?limit=8&q=${encodeURIComponent(words)}`).catch(() => ({items: []})) : {items: []};
  if (field.value.trim() === words) list(field, items.map((each) => ({id: each.id, label: each.name || each.identities?.[0]?.value || each.id})));
}

function list(field, choices) {
  const place = field.closest("[data-picker]").querySelector("[role=listbox]");
  found.set(field, {choices, at: -1});
  place.replaceChildren(...choices.map((each, at) => {
    const option = Object.assign(document.createElement("li"), {id: `${place.id}-${at}`, textContent: each.label});
    option.setAttribute("role", "option");
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(field, at); });
    return option;
  }));
  place.hidden = choices.length === 0;
  field.setAttribute("aria-expanded", String(choices.length > 0));
  field.removeAttribute("aria-activedescendant");
}

function take(field, at) {
  const choice = found.get(field)?.choices[at];
  const box = field.closest("[data-picker]");
  if (!choice) return;
  const known = [...box.querySelectorAll("input[type=hidden]")].some((each) => each.value === choice.id);
  if (!known) box.querySelector(".picked").append(chip(box.dataset.name, choice));
  field.value = "";
  list(field, []);
}

function move(field, step) {
  const state = found.get(field);
  if (!state?.choices.length) return;
  state.at = (state.at + step + state.choices.length) % state.choices.length;
  const options = [...field.closest("[data-picker]").querySelectorAll("[role=option]")];
  options.forEach((each, at) => each.setAttribute("aria-selected", String(at === state.at)));
  field.setAttribute("aria-activedescendant", options[state.at].id);
}

let timer = 0;
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-picker] [role=combobox]")) return;
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE, event.target);
});
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-picker] [role=combobox]")) return;
  const state = found.get(field);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(field, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && state?.choices.length) {
    event.preventDefault();
    take(field, Math.max(state.at, 0));
  } else if (event.key === "Escape" && state?.choices.length) {
    event.preventDefault();
    list(field, []);
  }
});
document.addEventListener("focusout", (event) => { if (event.target.matches("[data-picker] [role=combobox]")) list(event.target, []); });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unpick]");
  if (button) away(button.closest(".chip"));
});
