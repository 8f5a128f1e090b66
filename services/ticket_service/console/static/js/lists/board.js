// The board: cards dragged by mouse, pen or finger, or moved by their menu; shown at once, taken back when refused.
import {text} from "../texts.js";
import {toast, toastProblem} from "../toast.js";
import {changeOne} from "./change.js";
import {askReason} from "./changing.js";

const NEAR = 6;
const HOLD = 300;
const EDGE = 48;
let drag = null;

const lane = (status) => document.querySelector(`[data-lane="${CSS.escape(status)}"]`);
const mayMove = () => document.querySelector("#board .card-move") !== null;

function put(card, status) {
  const place = lane(status).querySelector(".lane-cards");
  card.dataset.status = status;
  place.prepend(card);
  for (const each of document.querySelectorAll("[data-lane]")) each.querySelector(".lane-empty")?.toggleAttribute("hidden", each.querySelector(".ticket-card") !== null);
}

/** Move a ticket into a status; where that status asks why, the person is asked first. */
export async function move(card, status) {
  const [number, before] = [card.dataset.number, card.dataset.status];
  const to = lane(status)?.dataset;
  if (!to || status === before) return;
  const fields = {status};
  if (to.asks === "yes") {
    const reason = await askReason(to.label, JSON.parse(to.reasons || "[]"));
    if (reason === null) return;
    fields.justification = reason;
  }
  const [parent, next] = [card.parentElement, card.nextElementSibling];
  put(card, status);
  try {
    await changeOne(number, fields);
    const undo = {label: text("Undo"), run: () => move(document.getElementById(`row-${number}`) ?? card, before)};
    toast(text("{number} is now “{status}”.", {number, status: to.label}), {action: undo, seconds: 8});
  } catch (problem) {
    card.dataset.status = before;
    if (parent.isConnected) parent.insertBefore(card, next?.isConnected ? next : null);
    toastProblem(problem);
  }
  document.dispatchEvent(new CustomEvent("tickets:changed", {detail: {numbers: [number]}}));
}

function begin(event) {
  const {card} = drag;
  const box = card.getBoundingClientRect();
  drag.ghost = card.cloneNode(true);
  drag.ghost.removeAttribute("id");
  drag.ghost.setAttribute("aria-hidden", "true");
  drag.ghost.classList.add("card-ghost");
  drag.ghost.style.setProperty("width", `${box.width}px`);
  drag.offset = [drag.x - box.left, drag.y - box.top];
  document.body.append(drag.ghost);
  card.classList.add("is-dragged");
  drag.going = true;
  document.body.classList.add("drags-card");
  follow(event);
}

function follow({clientX, clientY}) {
  drag.ghost.style.setProperty("translate", `${clientX - drag.offset[0]}px ${clientY - drag.offset[1]}px`);
  const over = document.elementsFromPoint(clientX, clientY).map((each) => each.closest?.("[data-lane]")).find(Boolean);
  if (over !== drag.over) {
    drag.over?.classList.remove("is-target");
    over?.classList.add("is-target");
    drag.over = over;
  }
  const board = document.getElementById("board");
  const box = board.getBoundingClientRect();
  if (clientX > box.right - EDGE) board.scrollLeft += 16;
  if (clientX < box.left + EDGE) board.scrollLeft -= 16;
}

function end(drop) {
  const {card, ghost, over, going, timer} = drag;
  clearTimeout(timer);
  drag = null;
  ghost?.remove();
  card.classList.remove("is-dragged");
  over?.classList.remove("is-target");
  document.body.classList.remove("drags-card");
  if (!going) return;
  // The click that ends a drag opens nothing.
  const still = (event) => { if (card.contains(event.target)) { event.preventDefault(); event.stopPropagation(); } };
  document.addEventListener("click", still, {capture: true, once: true});
  setTimeout(() => document.removeEventListener("click", still, {capture: true}), 0);
  if (drop && over) move(card, over.dataset.lane);
}

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("#board .ticket-card");
  if (!card || event.button !== 0 || event.target.closest(".card-move") || !mayMove()) return;
  drag = {card, id: event.pointerId, x: event.clientX, y: event.clientY, touch: event.pointerType === "touch"};
  if (drag.touch) drag.timer = setTimeout(() => { if (drag && !drag.going) begin({clientX: drag.x, clientY: drag.y}); }, HOLD);
});
document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  if (drag.going) return follow(event);
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > NEAR;
  // A finger that moves before it has rested scrolls.
  if (far && drag.touch) end(false);
  else if (far) begin(event);
  return undefined;
});
document.addEventListener("pointerup", (event) => { if (drag?.id === event.pointerId) end(true); });
document.addEventListener("pointercancel", (event) => { if (drag?.id === event.pointerId) end(false); });
document.addEventListener("touchmove", (event) => { if (drag?.going) event.preventDefault(); }, {passive: false});
document.addEventListener("contextmenu", (event) => { if (drag?.touch) event.preventDefault(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag) end(false); });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("#board")) event.preventDefault(); });

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-move]");
  if (!choice) return;
  const card = choice.closest(".ticket-card");
  move(card, choice.dataset.move).then(() => document.getElementById(`open-${card.dataset.number}`)?.focus());
});
