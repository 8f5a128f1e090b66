// The settings of a live chat: words by language, fields of the form, and what visitors will see of it all.
import {text} from "../texts.js";

const form = document.getElementById("chat-settings");
const preview = form.querySelector("[data-preview]");
const at = form.dataset.at;
const given = (name) => form.elements.namedItem(at + name);
const DETAILS = {name: "text", email: "email", phone: "phone"};
let language = form.querySelector("[data-words-tab]").dataset.wordsTab;

// Words: one language at a time, changed like tabs, also with the arrow keys.
const tabs = [...form.querySelectorAll("[data-words-tab]")];

function turnTo(tab) {
  language = tab.dataset.wordsTab;
  for (const each of tabs) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  for (const panel of form.querySelectorAll("[data-words]")) panel.hidden = panel.dataset.words !== language;
  show();
}

form.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-words-tab]");
  if (tab) turnTo(tab);
  const online = event.target.closest("[data-preview-online]");
  if (online) {
    preview.dataset.online = online.dataset.previewOnline;
    for (const each of form.querySelectorAll("[data-preview-online]")) {
      each.classList.toggle("is-here", each === online);
      each.setAttribute("aria-pressed", String(each === online));
    }
    show();
  }
});
form.addEventListener("keydown", (event) => {
  const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!by || !event.target.matches("[data-words-tab]")) return;
  event.preventDefault();
  const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
  turnTo(next);
  next.focus();
});
// A mistake in the words of a language that is not in sight has to come into sight.
form.addEventListener("focusin", (event) => {
  const panel = event.target.closest("[data-words]");
  if (panel?.hidden) turnTo(tabs.find((each) => each.dataset.wordsTab === panel.dataset.words));
});

// Fields of the form: the visitor's own details have a name and a kind of their own, other fields what one gives them.
const part = (item, name) => item.querySelector(`[data-part="${name}"]`);
const items = () => [...form.querySelectorAll("[data-repeated] > [data-item]")];

function keyOf(label) {
  const plain = label.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[_\d]+|_+$/g, "").slice(0, 40);
  const taken = new Set(items().map((each) => part(each, "key").value));
  const begin = plain && !(plain in DETAILS) ? plain : "field";
  for (let number = 1; ; number += 1) {
    const key = number === 1 && begin !== "field" ? begin : `${begin}_${number}`;
    if (!taken.has(key)) return key;
  }
}

function settle(item) {
  const asks = item.querySelector("[data-asks]").value;
  const [key, kind] = [part(item, "key"), part(item, "kind")];
  if (asks) {
    key.value = asks;
    kind.value = DETAILS[asks];
  } else if (!key.value || key.value in DETAILS) {
    key.value = keyOf(item.querySelector(`[data-label-in="${form.dataset.ownLanguage}"]`)?.value ?? "");
  }
  item.dataset.own = asks ? "" : "yes";
  item.querySelector("[data-own-part]").hidden = Boolean(asks);
  item.querySelector("[data-choices]").hidden = kind.value !== "choice";
  if (kind.value !== "choice") part(item, "choices").value = "";
}

// A key is made of the first label that somebody gives, and stays when the label is put in other words.
function named(item) {
  if (!item.dataset.fresh || !item.dataset.own) return;
  part(item, "key").value = "";
  settle(item);
}

function changed(event) {
  const item = event.target.closest("[data-item]");
  if (item && event.target.matches("[data-asks], [data-part='kind']")) settle(item);
  if (item && event.target.matches("[data-label-in]")) named(item);
}
// Before the group is written into the form's own field: what follows from a choice belongs to it.
form.addEventListener("input", changed, true);
form.addEventListener("change", changed, true);
document.addEventListener("item:added", ({detail: {item}}) => { item.dataset.fresh = "yes"; settle(item); show(); });

// What visitors see.
function shade(colour) {
  const channel = (from) => { const value = parseInt(colour.slice(from, from + 2), 16) / 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
  const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function asked() {
  const when = given("form_when").value;
  return items().length > 0 && (when === "always" || (when === "away" && !preview.dataset.online));
}

function line(item) {
  const asks = item.querySelector("[data-asks]");
  const usual = asks.value ? asks.selectedOptions[0].textContent : part(item, "key").value;
  const label = item.querySelector(`[data-label-in="${language}"]`)?.value.trim() || usual;
  const shown = Object.assign(document.createElement("li"), {textContent: part(item, "required").checked ? text("{label} (required)", {label}) : label});
  return shown;
}

function show() {
  const online = Boolean(preview.dataset.online);
  preview.style.setProperty("--chat-colour", given("colour").value);
  preview.style.setProperty("--chat-on-colour", shade(given("colour").value));
  preview.dataset.position = given("position").value;
  const theme = given("theme").value;
  if (theme === "auto") preview.removeAttribute("data-bs-theme");
  else preview.dataset.bsTheme = theme;
  for (const each of preview.querySelectorAll("[data-preview-is]")) each.hidden = (each.dataset.previewIs === "online") !== online;
  for (const each of preview.querySelectorAll("[data-preview-text]")) {
    const own = form.querySelector(`[data-words="${language}"] [data-text="${each.dataset.previewText}"]`)?.value.trim();
    each.textContent = own || each.dataset.usual;
    if (!each.textContent) each.hidden = true;
    else if (!("previewIs" in each.dataset)) each.hidden = false;
  }
  preview.querySelector("[data-preview-people]").hidden = !online || !given("show_people").checked;
  preview.querySelector("[data-preview-form]").hidden = !asked();
  preview.querySelector("[data-preview-chat]").hidden = asked();
  preview.querySelector("[data-preview-fields]").replaceChildren(...items().map(line));
}

form.addEventListener("input", show);
form.addEventListener("change", show);
document.addEventListener("click", (event) => { if (event.target.closest("[data-remove-item]")) setTimeout(show); });
items().forEach(settle);
show();
