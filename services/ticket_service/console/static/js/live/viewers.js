// Who else has this ticket before them, and whether they are writing: said by heartbeats, heard from the stream.
import {del, get, put} from "../api.js";
import {onNews} from "../live.js";
import {text} from "../texts.js";

const HEARTBEAT = 15_000;
const TYPED = 5_000;
// A page that nobody touched for so long is open, but not looked at.
const IDLE = 300_000;
const me = document.documentElement.dataset.user;

let number = "";
let others = new Map();
let typing = false;
let quiet = 0;
let touched = Date.now();
let saidAt = 0;

const place = () => document.getElementById("viewers");
const path = (of) => `/tickets/${encodeURIComponent(of)}/viewing`;
const present = () => !document.hidden && Date.now() - touched < IDLE;

function draw() {
  const where = place();
  if (!where) return;
  const now = Date.now();
  for (const [id, each] of others) if (each.until < now) others.delete(id);
  const there = [...others.values()].sort((one, two) => Number(two.typing) - Number(one.typing) || one.name.localeCompare(two.name));
  const next = there.slice(0, 3).map(chip);
  if (there.length > 3) next.push(Object.assign(document.createElement("span"), {className: "viewer-more quiet", textContent: `+${there.length - 3}`, title: there.slice(3).map((each) => each.name).join(", ")}));
  if (there.some((each) => each.typing)) next.push(said(there.filter((each) => each.typing)));
  if (next.map((each) => each.outerHTML).join() === [...where.children].map((each) => each.outerHTML).join()) return;
  where.replaceChildren(...next);
}

function chip(each) {
  const mark = document.createElement("span");
  mark.className = `avatar avatar-sm viewer${each.typing ? " is-typing" : ""}`;
  const words = each.typing ? text("{name} is writing", {name: each.name}) : text("{name} is looking at this ticket", {name: each.name});
  mark.title = words;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", words);
  mark.textContent = each.name.split(/\s+/).slice(0, 2).map((word) => [...word][0] || "").join("").toUpperCase();
  return mark;
}

function said(writers) {
  const words = writers.length === 1 ? text("{name} is writing …", {name: writers[0].name}) : text("{count} people are writing …", {count: writers.length});
  return Object.assign(document.createElement("span"), {className: "viewer-words", textContent: words});
}

function known(items) {
  others = new Map(items.filter((each) => each.user_id !== me).map((each) => [each.user_id, {name: each.name, typing: each.typing, until: Date.parse(each.until)}]));
  draw();
}

async function beat() {
  const of = number;
  if (!of || !present()) return;
  saidAt = Date.now();
  const answer = await put(path(of), {typing}, {patience: 8_000}).catch(() => null);
  if (answer && of === number) known(answer.items);
}

function leave(of) {
  if (of) del(path(of), {keepalive: true}).catch(() => {});
}

/** The ticket before this page may have changed, or its place was drawn anew. */
function look() {
  const now = place()?.dataset.ticket || "";
  if (now === number) return draw();
  leave(number);
  number = now;
  others = new Map();
  typing = false;
  draw();
  return beat();
}

onNews(({presence, gap}) => {
  if (!number) return;
  if (gap) {
    get(path(number)).then(({items}) => known(items)).catch(() => {});
    return;
  }
  for (const each of presence.filter((one) => one.number === number && one.user_id !== me)) {
    if (each.left) others.delete(each.user_id);
    else others.set(each.user_id, {name: each.name, typing: each.typing, until: Date.now() + 2 * HEARTBEAT});
  }
  draw();
});

document.addEventListener("composer:typing", () => {
  clearTimeout(quiet);
  quiet = setTimeout(() => { typing = false; beat(); }, TYPED);
  if (!typing) {
    typing = true;
    beat();
  }
});
for (const kind of ["pointerdown", "keydown", "scroll", "pointermove"]) {
  addEventListener(kind, () => {
    const slept = !present();
    touched = Date.now();
    if (slept) beat();
  }, {passive: true, capture: true});
}
document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - saidAt > HEARTBEAT) beat(); });
document.addEventListener("htmx:afterSwap", look);
document.addEventListener("htmx:historyRestore", look);
document.addEventListener("page:fresh", look);
addEventListener("pagehide", () => { leave(number); number = ""; });
addEventListener("pageshow", (event) => { if (event.persisted) look(); });
setInterval(() => { draw(); beat(); }, HEARTBEAT);
look();
