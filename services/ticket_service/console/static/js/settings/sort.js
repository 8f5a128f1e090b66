// Lists that are sorted by hand: by dragging the grip, by the arrow keys on it, or by the two buttons of each line.
import {post} from "../api.js";
import {text} from "../texts.js";
import {toast, toastProblem} from "../toast.js";

const itemsOf = (list) => [...list.querySelectorAll(":scope > [data-sorted-key]")];
const keysOf = (list) => itemsOf(list).map((each) => each.dataset.sortedKey);
const saved = new WeakMap();

function remember(list) {
  if (!saved.has(list)) saved.set(list, {keys: keysOf(list), busy: false});
  return saved.get(list);
}

function arrange(list, keys) {
  const items = new Map(itemsOf(list).map((each) => [each.dataset.sortedKey, each]));
  for (const key of keys) list.append(items.get(key));
}

// One request at a time; what was moved meanwhile follows.
async function save(list) {
  const state = remember(list);
  if (state.busy) return;
  state.busy = true;
  try {
    while (keysOf(list).join("\n") !== state.keys.join("\n")) {
      const keys = keysOf(list);
      await post(list.dataset.sorted, {[list.dataset.sortedAs]: keys});
      state.keys = keys;
    }
  } catch (problem) {
    arrange(list, state.keys);
    toastProblem(problem);
  } finally {
    state.busy = false;
  }
}

function say(item, list) {
  const place = itemsOf(list).indexOf(item) + 1;
  toast(text("{name} is number {place} now.", {name: item.dataset.sortedName, place}), {seconds: 3});
}

function step(item, by, focus) {
  const list = item.closest("[data-sorted]");
  remember(list);
  const items = itemsOf(list);
  const to = items.indexOf(item) + by;
  if (to < 0 || to >= items.length) return;
  if (by < 0) items[to].before(item);
  else items[to].after(item);
  focus.focus();
  say(item, list);
  save(list);
}

function drag(grip, event) {
  const item = grip.closest("[data-sorted-key]");
  const list = item.closest("[data-sorted]");
  remember(list);
  const before = keysOf(list).join("\n");
  const held = event.clientY - item.getBoundingClientRect().top;
  grip.setPointerCapture(event.pointerId);
  item.classList.add("is-dragged");
  document.body.classList.add("sorting");
  const middle = (other) => other.getBoundingClientRect().top + other.getBoundingClientRect().height / 2;
  // The neighbours move around the item: one that is taken out of the page lets go of the pointer.
  const move = (now) => {
    while (item.previousElementSibling && now.clientY < middle(item.previousElementSibling)) item.after(item.previousElementSibling);
    while (item.nextElementSibling && now.clientY > middle(item.nextElementSibling)) item.before(item.nextElementSibling);
    item.style.setProperty("transform", "");
    item.style.setProperty("transform", `translateY(${now.clientY - held - item.getBoundingClientRect().top}px)`);
  };
  const end = () => {
    grip.removeEventListener("pointermove", move);
    item.classList.remove("is-dragged");
    document.body.classList.remove("sorting");
    item.style.setProperty("transform", "");
    if (keysOf(list).join("\n") === before) return;
    say(item, list);
    save(list);
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", end, {once: true});
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  grip.focus();
  drag(grip, event);
});
document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  const by = {ArrowUp: -1, ArrowDown: 1}[event.key];
  if (!grip || !by) return;
  event.preventDefault();
  step(grip.closest("[data-sorted-key]"), by, grip);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (button) step(button.closest("[data-sorted-key]"), Number(button.dataset.move), button);
});
document.querySelectorAll("[data-sorted]").forEach((list) => { list.dataset.sortable = ""; });
document.addEventListener("page:fresh", (event) => event.detail.element.querySelectorAll("[data-sorted]").forEach((list) => { list.dataset.sortable = ""; }));
