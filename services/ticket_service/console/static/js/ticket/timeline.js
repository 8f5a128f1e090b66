// The timeline: begins at its end, grows upwards when asked, and takes in what is new without moving what is read.
import {text} from "../texts.js";

const NEAR = 80;
const list = () => document.getElementById("timeline");
const scroller = () => document.getElementById("timeline-scroll");
let reading;
let watcher;

/** Whether the newest entry is in sight. */
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

/** Take hold of a timeline that has just come into the page. */
export function begin() {
  const box = scroller();
  if (!box || box.dataset.begun) return;
  box.dataset.begun = "yes";
  const wanted = location.hash.startsWith("#m-") ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (wanted) point(wanted); else box.scrollTop = box.scrollHeight;
  let ended = !wanted;
  box.addEventListener("scroll", () => { ended = atEnd(box); if (ended) calm(); }, {passive: true});
  // Pictures that load late make the timeline longer, and a composer that opens up leaves it less room: whoever was
  // at its end stays there.
  const sizes = new ResizeObserver(() => { if (ended) box.scrollTop = box.scrollHeight; });
  sizes.observe(list().parentElement);
  sizes.observe(box);
  watchTop(box);
}

function watchTop(box) {
  watcher?.disconnect();
  watcher = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) older(); }, {root: box, rootMargin: "400px 0px 0px 0px"});
  const first = list()?.querySelector(".entry-older");
  if (first) watcher.observe(first);
}

async function page(address) {
  const answer = await fetch(address, {credentials: "same-origin", headers: {"HX-Request": "true"}}).catch(() => null);
  if (!answer?.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("timeline");
}

/** Put the page before the first entry on top; what is in sight stays where it is. */
async function older() {
  const link = list()?.querySelector("[data-older-of]");
  if (!link || link.dataset.busy) return;
  link.dataset.busy = "yes";
  const box = scroller();
  const found = await page(link.dataset.olderOf);
  if (!found || !link.isConnected) { delete link.dataset.busy; return; }
  const first = link.closest("li").nextElementSibling;
  const anchor = first?.classList.contains("entry-day") ? first.nextElementSibling : first;
  const before = anchor?.getBoundingClientRect().top ?? 0;
  const known = new Set([...list().children].map((each) => each.id).filter(Boolean));
  const fresh = [...found.children];
  holdStill(box);
  const lastDay = fresh.findLast((each) => each.classList.contains("entry-day"));
  if (lastDay && lastDay.id === first?.id) first.remove();
  link.closest("li").replaceWith(...fresh.filter((each) => !each.id || !known.has(each.id) || each === lastDay).map((each) => document.adoptNode(each)));
  if (anchor) box.scrollTop += anchor.getBoundingClientRect().top - before;
  announce();
  watchTop(box);
}

/** Read the newest page again and take in what differs: nothing is drawn twice, nothing jumps. */
export async function renew() {
  const frame = document.getElementById("timeline-pane");
  if (!frame?.dataset.from) return;
  const asked = (reading = Symbol("reading"));
  const found = await page(frame.dataset.from);
  const box = scroller();
  if (!found || !box || asked !== reading || !frame.isConnected) return;
  const end = atEnd(box);
  const anchor = [...list().children].find((each) => each.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
  const before = anchor?.getBoundingClientRect().top;
  holdStill(box);
  const added = merge(list(), found);
  watchTop(box);
  if (end) box.scrollTop = box.scrollHeight;
  else if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - before;
  if (added.length) tell(added, end);
  announce();
}

// For one frame the scroll is ours alone: the browser would move it for what is put above as well.
function holdStill(box) {
  box.style.overflowAnchor = "none";
  requestAnimationFrame(() => requestAnimationFrame(() => { box.style.overflowAnchor = ""; }));
}

// Entries of the fresh page replace those whose version differs and stand in its order; older ones stay above.
function merge(old, fresh) {
  const added = [];
  const wanted = [...fresh.children].filter((each) => !each.classList.contains("entry-older"));
  const ids = new Set(wanted.map((each) => each.id).filter(Boolean));
  // Not a day: the older page of the same day has taken that one to its own beginning.
  const firstId = wanted.find((each) => each.id && !each.classList.contains("entry-day"))?.id;
  const from = firstId ? document.getElementById(firstId) : null;
  for (const each of from ? after(from) : [...old.children]) {
    if (!each.classList.contains("is-optimistic") && !each.classList.contains("entry-older") && !ids.has(each.id)) each.remove();
  }
  let place = from?.previousElementSibling ?? old.querySelector(".entry-older") ?? null;
  for (const each of wanted) {
    let here = each.id ? document.getElementById(each.id) : null;
    const stands = here && from && each.classList.contains("entry-day") && here.compareDocumentPosition(from) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (stands) continue;
    if (here && here.dataset.version !== each.dataset.version) {
      const next = document.adoptNode(each);
      if (!keepsPlaying(here, next) && !here.querySelector(".react-menu")) { here.replaceWith(next); here = next; }
    }
    if (!here) { here = document.adoptNode(each); added.push(here); }
    const next = place ? place.nextSibling : old.firstChild;
    if (next !== here) old.insertBefore(here, next);
    place = here;
  }
  for (const waiting of old.querySelectorAll(".is-optimistic")) old.append(waiting);
  return added.filter((each) => each.classList.contains("entry-action"));
}

function after(first) {
  const found = [];
  for (let each = first; each; each = each.nextElementSibling) found.push(each);
  return found;
}

// A voice message that is being listened to is not cut off by a tick: only its foot is put in place.
function keepsPlaying(old, next) {
  if (![...old.querySelectorAll("audio, video")].some((each) => !each.paused)) return false;
  old.querySelector(".bubble-foot")?.replaceWith(next.querySelector(".bubble-foot"));
  return true;
}

function tell(added, end) {
  const names = [...new Set(added.map((each) => each.querySelector("[data-message]")?.getAttribute("aria-label")))].join(", ");
  const spoken = document.getElementById("timeline-news");
  if (spoken) spoken.textContent = text("New: {names}", {names});
  if (end) return;
  const pill = document.querySelector(".timeline-more");
  const button = pill?.querySelector("[data-to-end]");
  if (!button) return;
  button.dataset.count = Number(button.dataset.count || 0) + added.length;
  button.querySelector("span").textContent = text("{count} new", {count: button.dataset.count});
  pill.hidden = false;
}

function calm() {
  const pill = document.querySelector(".timeline-more");
  if (!pill || pill.hidden) return;
  pill.hidden = true;
  delete pill.querySelector("[data-to-end]").dataset.count;
}

const announce = () => document.dispatchEvent(new CustomEvent("page:fresh", {detail: {element: list()}}));

document.addEventListener("click", (event) => {
  const box = scroller();
  if (event.target.closest("[data-to-end]")) box.scrollTop = box.scrollHeight;
  const jump = event.target.closest("[data-jump]");
  if (jump) { event.preventDefault(); jumpTo(jump.dataset.jump); }
  if (event.target.closest("[data-older-of]")) { event.preventDefault(); older(); }
});

// What is further up is fetched page by page, within reason.
async function jumpTo(id) {
  for (let pages = 0; pages < 20; pages += 1) {
    const there = document.getElementById(`m-${id}`);
    if (there) { point(there); return; }
    if (!list()?.querySelector("[data-older-of]")) return;
    await older();
  }
}

function point(entry) {
  entry.scrollIntoView({block: "center"});
  entry.classList.add("is-pointed");
  entry.querySelector("[data-message]")?.focus({preventScroll: true});
  setTimeout(() => entry.classList.remove("is-pointed"), 2000);
}
