// What was sent and can still be taken back. It leaves by itself, in its order, also when the page goes away.
import {Problem, request} from "../api.js";
import {text} from "../texts.js";
import {clock} from "../times.js";
import {toast, toastProblem} from "../toast.js";

// What is half written is kept before the answer leaves, so that it is not kept after it; but an answer waits
// no longer than this for that.
const KEEPING = 3_000;
const waiting = new Set();
const shown = new Set();
const boxes = new Map();
let line = Promise.resolve();

/** Wait `entry.seconds`, then POST `entry.body` to `entry.path` once, whatever happens to the connection. */
export function hold(entry) {
  // Answers leave in the order in which they were written.
  for (const earlier of waiting) if (earlier.place === entry.place) leave(earlier);
  entry.key = crypto.randomUUID();
  waiting.add(entry);
  if (entry.mode !== "private") show(entry);
  if (!entry.seconds) { leave(entry); return; }
  entry.timer = setTimeout(() => leave(entry), entry.seconds * 1000);
  entry.away = toast(text("It leaves in {seconds} seconds.", {seconds: entry.seconds}), {
    seconds: entry.seconds, action: {label: text("Undo"), run: () => takeBack(entry)},
  });
}

/** `run(entry, problem)` puts back what was taken back (no problem) or refused. Returns what ends it. */
export function released(place, run) {
  boxes.set(place, run);
  return () => { if (boxes.get(place) === run) boxes.delete(place); };
}

function takeBack(entry) {
  if (!waiting.delete(entry)) return;
  clearTimeout(entry.timer);
  hide(entry);
  giveBack(entry);
}

function leave(entry, keepalive = false) {
  if (!waiting.delete(entry)) return;
  clearTimeout(entry.timer);
  entry.away?.();
  if (keepalive) {
    entry.left();
    send(entry, true);
  } else {
    line = line.then(() => kept(entry)).then(() => send(entry, false));
  }
}

const kept = (entry) => Promise.race([entry.ready.catch(() => {}), new Promise((done) => setTimeout(done, KEEPING))]);

async function send(entry, keepalive) {
  try {
    const answer = await request("POST", entry.path, {body: entry.body, key: entry.key, keepalive});
    entry.id = answer.body.id;
    entry.sent();
    document.dispatchEvent(new CustomEvent(entry.number ? "ticket:changed" : "talk:changed", {detail: {number: entry.number}}));
    setTimeout(() => hide(entry), 4000);
  } catch (error) {
    hide(entry);
    giveBack(entry, error instanceof Problem ? error : new Problem(0, {}));
    // Told as a fault of ours, but not thrown: those that wait behind it leave all the same.
    if (!(error instanceof Problem)) reportError(error);
  }
}

function giveBack(entry, problem) {
  const run = boxes.get(entry.place);
  if (run) { run(entry, problem); return; }
  if (!problem) return;
  const on = entry.number
    ? {title: text("Not sent on {number}: {reason}", {number: entry.number, reason: problem.title}), detail: text("What you wrote is kept on that ticket.")}
    : {title: text("Not sent to {name}: {reason}", {name: entry.customer, reason: problem.title}), detail: text("What you wrote is kept in that conversation.")};
  toastProblem(on);
}

function show(entry) {
  const pattern = document.getElementById("queued-bubble");
  if (!pattern) return;
  const bubble = pattern.content.firstElementChild.cloneNode(true);
  const fill = (slot, words) => { const place = bubble.querySelector(`[data-${slot}]`); if (place) place.textContent = words; };
  fill("text", entry.text);
  fill("time", clock(new Date()));
  fill("files", entry.files.join(", "));
  if (entry.mode === "note") bubble.querySelector(".bubble")?.classList.replace("bubble-out", "bubble-note");
  bubble.dataset.outgoing = entry.key;
  entry.bubble = bubble;
  shown.add(entry);
  place(entry);
  bubble.scrollIntoView({block: "nearest"});
}

function place(entry) {
  const timeline = document.querySelector(`[data-said-at="${CSS.escape(entry.place)}"]`);
  if (!timeline) return;
  if (entry.id && timeline.querySelector(`[data-message="${CSS.escape(entry.id)}"]`)) hide(entry);
  else if (!timeline.contains(entry.bubble)) timeline.append(entry.bubble);
}

function hide(entry) {
  shown.delete(entry);
  entry.bubble?.remove();
}

// The timeline was read anew: what is in it by now needs no place of its own, the rest gets its place back.
document.addEventListener("page:fresh", () => [...shown].forEach(place));
document.addEventListener("htmx:afterSettle", () => [...shown].forEach(place));
addEventListener("pagehide", () => [...waiting].forEach((entry) => leave(entry, true)));
