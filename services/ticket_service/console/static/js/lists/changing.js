// The dialog that changes the selected tickets, or the one that has the focus.
import {open} from "../dialogs.js";
import {text} from "../texts.js";
import {toast} from "../toast.js";
import {changeMany, changeOne, worded} from "./change.js";
import {clear, picked} from "./picked.js";

let meant = [];

/** Open the dialog for these tickets, with the focus on one of its fields. */
export function change(numbers, field = "status") {
  const sheet = document.getElementById("changing");
  if (!sheet || !numbers.length) return;
  meant = numbers;
  const form = sheet.querySelector("form");
  form.reset();
  showReason(form);
  form.querySelector("[data-refused]").hidden = true;
  for (const each of form.querySelectorAll("[data-many]")) each.hidden = !picked().length;
  sheet.querySelector("[data-changing-about]").textContent = numbers.length === 1 ? text("Ticket {number}", {number: numbers[0]}) : text("{count} tickets", {count: numbers.length});
  open(sheet);
  form.elements[field]?.focus();
}

/** Ask why a ticket goes into a status; resolves to the reason, or to null when the person thinks better of it. */
export function askReason(label, reasons) {
  const sheet = document.getElementById("reason");
  const form = sheet.querySelector("form");
  form.reset();
  sheet.querySelector("[data-reason-about]").textContent = text("The desk wants to know why a ticket becomes “{status}”.", {status: label});
  fill(sheet.querySelector("datalist"), reasons);
  open(sheet);
  form.elements.justification.focus();
  return new Promise((decided) => {
    const sent = (event) => { event.preventDefault(); sheet.close(form.elements.justification.value.trim()); };
    form.addEventListener("submit", sent, {once: true});
    sheet.returnValue = "";
    sheet.addEventListener("close", () => { form.removeEventListener("submit", sent); decided(sheet.returnValue || null); }, {once: true});
  });
}

function fill(list, texts) {
  list.replaceChildren(...texts.map((each) => Object.assign(document.createElement("option"), {value: each})));
}

function showReason(form) {
  const chosen = form.elements.status.selectedOptions[0];
  const asks = chosen?.dataset.asks === "yes";
  form.querySelector("[data-reason]").hidden = !asks;
  form.elements.justification.required = asks;
  fill(form.querySelector("datalist"), asks ? JSON.parse(chosen.dataset.reasons || "[]") : []);
}

function wanted(form) {
  const [changes, tags] = [{}, {}];
  for (const [name, value] of new FormData(form)) {
    const given = String(value).trim();
    if (!given) continue;
    if (name.endsWith("_tags")) tags[name] = given.split(",").map((each) => each.trim()).filter(Boolean);
    else if (name !== "justification") changes[name] = given === "none" ? null : given;
    else if (form.elements.justification.required) changes.justification = given;
  }
  return {...(Object.keys(changes).length ? {changes} : {}), ...tags};
}

async function send(form) {
  const body = wanted(form);
  const [numbers, button] = [meant, form.querySelector("[type=submit]")];
  if (!Object.keys(body).length) return say(form, text("Choose what to change."), []);
  button.disabled = true;
  try {
    const single = numbers.length === 1 && !picked().length;
    const {done, refused} = single ? (await changeOne(numbers[0], body.changes), {done: 1, refused: []}) : await changeMany(numbers, body);
    document.dispatchEvent(new CustomEvent("tickets:changed", {detail: {numbers}}));
    if (refused.length) {
      meant = refused.map((each) => each.number);
      return say(form, text("{done} changed; these refused and are as they were:", {done}), refused);
    }
    form.closest("dialog").close();
    clear();
    toast(done === 1 ? text("1 ticket is changed.") : text("{count} tickets are changed.", {count: done}));
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    say(form, worded(problem), []);
  } finally {
    button.disabled = false;
  }
  return undefined;
}

function say(form, words, refused) {
  const place = form.querySelector("[data-refused]");
  place.replaceChildren(Object.assign(document.createElement("strong"), {textContent: words}));
  const list = document.createElement("ul");
  for (const {number, problem} of refused) list.append(Object.assign(document.createElement("li"), {textContent: `${number}: ${worded(problem)}`}));
  if (refused.length) place.append(list);
  place.hidden = false;
  place.focus();
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-changing]");
  if (form && event.target.name === "status") showReason(form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-changing]")) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-change-picked]")) change(picked());
});
