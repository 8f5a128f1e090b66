// The panel of filters and the search field: addresses without what was left empty.
import "../people/picker.js";
import {text} from "../texts.js";

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

function chip(name, value, label) {
  const made = Object.assign(document.createElement("span"), {className: "chip"});
  const words = Object.assign(document.createElement("span"), {className: "clip", textContent: label});
  const kept = Object.assign(document.createElement("input"), {type: "hidden", name, value});
  const button = Object.assign(document.createElement("button"), {type: "button", className: "chip-away", textContent: "×"});
  button.dataset.unpick = "";
  button.setAttribute("aria-label", text("Take {name} away", {name: label}));
  made.append(words, kept, button);
  return made;
}

// Of records several can be chosen: what the picker found becomes one more mark beside it.
document.addEventListener("picked", (event) => {
  const several = event.target.closest("[data-several]");
  if (!several) return;
  const {value, words} = event.detail;
  const known = [...several.querySelectorAll(".picked input")].some((each) => each.value === value);
  if (!known) several.querySelector(".picked").append(chip(several.dataset.several, value, words));
  setTimeout(() => event.target.querySelectorAll("input").forEach((each) => { each.value = ""; }));
});

document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-unpick]")?.closest(".chip");
  if (!mark) return;
  const field = mark.closest("[data-several]").querySelector("[role=combobox]");
  mark.remove();
  field.focus();
});
