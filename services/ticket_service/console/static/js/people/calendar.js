// The calendar: interventions are moved to another day or hour by pointer, touch or keyboard, with undo.
import "./loading.js";
import "./picker.js";
import {request} from "../api.js";
import {open} from "../dialogs.js";
import {refresh} from "../refresh.js";
import {shortcut} from "../keys.js";
import {text} from "../texts.js";
import {full, fromUtc, toUtc} from "../times.js";
import {toast, toastProblem} from "../toast.js";

const FAR = 6;
const HOLD = 350;
const QUARTER = 15;
const group = text("Calendar");
let drag = null;
let justDragged = false;

const fresh = () => refresh("#calendar");
const say = (words) => { document.getElementById("calendar-said").textContent = words; };

document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.requestSubmit(); });
document.addEventListener("intervention:changed", fresh);
document.addEventListener("intervention:worked", (event) => {
  globalThis.htmx.ajax("GET", `/calendar/interventions/${event.detail.intervention}`, "#intervention-body");
});

/** Plan it for that time of the reader's zone; what it was before comes back with undo. */
async function move(button, local) {
  const {intervention, planned} = button.dataset;
  const at = toUtc(local);
  if (at === planned) return;
  try {
    await plan(intervention, at);
  } catch (error) { toastProblem(error); return; }
  await fresh();
  say(text("Moved to {time}.", {time: full(at)}));
  toast(text("Moved to {time}.", {time: full(at)}), {seconds: 8, action: {label: text("Undo"), run: async () => {
    try { await plan(intervention, planned); await fresh(); } catch (error) { toastProblem(error); }
  }}});
  document.querySelector(`[data-intervention="${intervention}"]`)?.focus({preventScroll: true});
}

async function plan(id, at) {
  const path = `/interventions/${id}`;
  const now = await request("GET", path);
  await request("PATCH", path, {body: {planned_at: at}, etag: now.etag});
}

function shifted(button, days, quarters = 0) {
  const local = Date.parse(`${fromUtc(button.dataset.planned)}:00Z`);
  return new Date(local + days * 86_400_000 + quarters * QUARTER * 60_000).toISOString().slice(0, 16);
}

// By keyboard: Shift and an arrow moves the one in focus by a day, in weeks and days also by a quarter of an hour.
document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.("[data-moves]");
  if (!button || !event.shiftKey) return;
  const timed = Boolean(button.closest(".cal-day"));
  const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: timed ? [0, -1] : [-7, 0], ArrowDown: timed ? [0, 1] : [7, 0]};
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  move(button, shifted(button, ...step));
});

document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-moves]");
  if (!button || event.button !== 0) return;
  drag = {button, x: event.clientX, y: event.clientY, box: button.getBoundingClientRect(), ghost: null, touch: event.pointerType === "touch", since: event.timeStamp};
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR) return;
    // A finger that moves at once wants to scroll; one that rested wants to carry.
    if (drag.touch && event.timeStamp - drag.since < HOLD) { drag = null; return; }
    begin();
  }
  event.preventDefault();
  drag.ghost.style.setProperty("left", `${event.clientX - (drag.x - drag.box.left)}px`);
  drag.ghost.style.setProperty("top", `${event.clientY - (drag.y - drag.box.top)}px`);
  const day = dayAt(event);
  document.querySelectorAll(".is-target").forEach((each) => each.classList.toggle("is-target", each === day));
  day?.classList.add("is-target");
}, {passive: false});

function begin() {
  drag.ghost = drag.button.cloneNode(true);
  drag.ghost.removeAttribute("id");
  drag.ghost.classList.add("event-ghost");
  drag.ghost.style.setProperty("width", `${drag.box.width}px`);
  drag.ghost.style.setProperty("height", `${drag.box.height}px`);
  drag.button.classList.add("is-dragged");
  document.body.append(drag.ghost);
}

const dayAt = (event) => document.elementsFromPoint(event.clientX, event.clientY).find((each) => each.dataset?.day && each.closest("#calendar"));

document.addEventListener("pointerup", (event) => {
  const done = drag;
  finish();
  if (!done?.ghost) return;
  justDragged = true;
  setTimeout(() => { justDragged = false; });
  const day = dayAt(event);
  if (!day) return;
  const time = day.classList.contains("cal-day") ? timeAt(day, event.clientY - (done.y - done.box.top)) : fromUtc(done.button.dataset.planned).slice(11);
  move(done.button, `${day.dataset.day}T${time}`);
});
document.addEventListener("pointercancel", finish);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag?.ghost) finish(); });

function finish() {
  drag?.ghost?.remove();
  drag?.button.classList.remove("is-dragged");
  document.querySelectorAll(".is-target").forEach((each) => each.classList.remove("is-target"));
  drag = null;
}

/** The quarter of an hour at this height of a day. */
function timeAt(day, top) {
  const box = day.getBoundingClientRect();
  const rows = getComputedStyle(day).gridTemplateRows.split(" ").length;
  const quarter = Math.max(0, Math.min(rows - 1, Math.round((top - box.top) / (box.height / rows))));
  const minutes = Number(day.dataset.firstHour) * 60 + quarter * QUARTER;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

// What ends a drag is no click.
document.addEventListener("click", (event) => {
  if (justDragged) { event.preventDefault(); event.stopImmediatePropagation(); }
}, {capture: true});

const follow = (by) => document.querySelector(`[data-step="${by}"]`)?.click();
shortcut("p", text("Earlier"), () => follow(-1), {group});
shortcut("n", text("Later"), () => follow(1), {group});

// Where not all days fit, the one of today is what one wants to see.
document.querySelector(".cal-day.is-today")?.scrollIntoView({inline: "center", block: "nearest"});

// An address may name the one to show.
const named = document.querySelector("[data-open-now]");
if (named) globalThis.htmx.ajax("GET", named.dataset.openNow, "#intervention-body").then(() => open("intervention"));
