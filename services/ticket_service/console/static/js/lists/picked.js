// Which tickets are selected: remembered by number, so that rows may come and go under it.
import {text} from "../texts.js";

export const MOST = 500;
const numbers = new Set();
let last = "";

export const picked = () => [...numbers];
const boxes = () => [...document.querySelectorAll("#list-body .ticket-row .row-pick input")];

/** Show the selection on the rows that are there now. */
export function show() {
  const all = boxes();
  for (const box of all) {
    box.checked = numbers.has(box.value);
    box.closest(".ticket-row").classList.toggle("is-picked", box.checked);
  }
  const bar = document.getElementById("list-picked");
  if (!bar) return;
  bar.hidden = numbers.size === 0;
  bar.querySelector("[data-picked]").textContent = numbers.size === 1 ? text("1 ticket selected") : text("{count} tickets selected", {count: numbers.size});
  bar.querySelector("[data-pick-shown]").hidden = all.every((each) => each.checked);
  const whole = document.querySelector("[data-pick-all]");
  if (whole) {
    whole.checked = all.length > 0 && all.every((each) => each.checked);
    whole.indeterminate = !whole.checked && numbers.size > 0;
  }
}

export function clear() {
  numbers.clear();
  show();
}

/** Select or deselect one; with `range` everything between it and the one before. */
export function pick(number, chosen, range = false) {
  const all = boxes().map((box) => box.value);
  const [from, to] = [all.indexOf(last), all.indexOf(number)].sort((left, right) => left - right);
  const meant = range && from >= 0 ? all.slice(from, to + 1) : [number];
  for (const each of meant) {
    if (!chosen) numbers.delete(each);
    else if (numbers.size < MOST) numbers.add(each);
  }
  last = number;
  show();
}

export function pickShown(chosen = true) {
  for (const box of boxes()) {
    if (!chosen) numbers.delete(box.value);
    else if (numbers.size < MOST) numbers.add(box.value);
  }
  show();
}

let shift = false;
document.addEventListener("click", (event) => {
  if (event.target.matches(".row-pick input")) shift = event.shiftKey;
  if (event.target.closest("[data-pick-none]")) clear();
  if (event.target.closest("[data-pick-shown]")) pickShown();
}, true);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) pickShown(event.target.checked);
  else if (event.target.matches("#list-body .row-pick input")) pick(event.target.value, event.target.checked, shift);
});
