// What is new: rows that are shown change where they stand; new ones wait behind a pill until somebody wants them.
import {refresh} from "../refresh.js";
import {text} from "../texts.js";

const MOST_ALSO = 20;
const pane = () => document.getElementById("list-pane");
const row = (number) => document.getElementById(`row-${number}`);
const waiting = new Set();
let running = false;
let pending = new Set();

/** These tickets changed (none named: any may have). */
export async function changed(numbers = []) {
  numbers.forEach((each) => pending.add(each));
  if (running || !pane()) return;
  running = true;
  const asked = pending;
  pending = new Set();
  try {
    if (pane().dataset.shape === "board") await board();
    else await rows([...asked]);
  } finally {
    running = false;
    if (pending.size) changed();
  }
}

async function board() {
  // Somebody drags or chooses: the board holds still until then.
  if (document.querySelector(".is-dragged, .board .dropdown-menu.show")) {
    setTimeout(changed, 1000);
    return;
  }
  await refresh("#board", pane().dataset.address);
}

async function rows(numbers) {
  const address = new URL(pane().dataset.address, location.href);
  numbers.filter(row).slice(0, MOST_ALSO).forEach((each) => address.searchParams.append("also", each));
  const answer = await fetch(address, {credentials: "same-origin", headers: {"HX-Request": "true", "HX-Target": "rows"}});
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const first = [...fresh.querySelectorAll("#rows > .ticket-row")];
  const all = document.getElementById("rows-more")?.hidden ?? true;
  waiting.clear();
  let above = all;
  for (const next of first.reverse()) {
    // What only moved up from a page that is not shown yet stands below everything that is shown: it is not new.
    if (row(next.dataset.number)) above = true;
    else if (above) waiting.add(next.dataset.number);
  }
  for (const next of [...first, ...fresh.querySelectorAll("#rows-also > .ticket-row")]) {
    const old = row(next.dataset.number);
    if (old) replace(old, next);
  }
  document.dispatchEvent(new CustomEvent("page:fresh", {detail: {element: document.getElementById("list-body")}}));
  pill();
}

function replace(old, next) {
  const here = old.querySelector("[data-open]");
  const link = next.querySelector("[data-open]");
  if (here?.getAttribute("aria-current") && link) link.setAttribute("aria-current", "true");
  old.querySelectorAll("input").forEach((box, at) => { const other = next.querySelectorAll("input")[at]; if (other) other.checked = box.checked; });
  if (old.isEqualNode(next)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const adopted = document.adoptNode(next);
  old.replaceWith(adopted);
  globalThis.htmx?.process(adopted);
  if (focused) document.getElementById(focused)?.focus({preventScroll: true});
}

function pill() {
  const button = document.getElementById("list-news");
  if (!button) return;
  button.hidden = waiting.size === 0;
  const words = waiting.size === 1 ? text("1 new") : text("{count} new", {count: waiting.size});
  if (button.querySelector("span").textContent !== words) button.querySelector("span").textContent = words;
}

/** Read the list anew from its beginning. */
export async function again() {
  waiting.clear();
  await refresh("#list-pane", pane().dataset.address);
  document.getElementById("list-body")?.scrollTo({top: 0});
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#list-news")) again().then(() => document.querySelector("#rows [data-open]")?.focus());
});
document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "list-pane") waiting.clear(); });
