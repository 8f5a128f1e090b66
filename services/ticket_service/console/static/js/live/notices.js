// What is for this user: counted in the title, and announced on the desktop or by a tone where that is wanted.
import {get} from "../api.js";
import {onNews} from "../live.js";
import {text} from "../texts.js";
import {toast} from "../toast.js";

const root = document.documentElement;
const me = root.dataset.user;
const LOOKING = "sportello-looking";
const SAME = 20_000;
const title = document.title;
const unseen = new Set();
const announced = new Map();

const away = () => document.hidden || !document.hasFocus();
const shown = () => document.getElementById("viewers")?.dataset.ticket;

/** What the news say to this user: {number, words} for each ticket. */
function forMe({tickets, messages}) {
  const found = new Map();
  for (const each of tickets) {
    if (each.assignee === me && each.what.includes("assignee")) found.set(each.number, text("Assigned to you"));
  }
  for (const each of messages) {
    const made = each.what.includes("made");
    if (made && each.direction === "in" && each.assignee === me) found.set(each.number, text("New message from the customer"));
    if (each.mentions?.includes(me) && each.author !== me && (made || each.what.includes("content"))) found.set(each.number, text("You are mentioned in a note"));
  }
  found.delete(undefined);
  found.delete(null);
  return found;
}

function lookedAt(number) {
  try {
    const looking = JSON.parse(localStorage.getItem(LOOKING) || "{}");
    return looking.number === number && Date.now() - looking.at < SAME;
  } catch {
    return false;
  }
}

function note() {
  if (!away() && shown()) localStorage.setItem(LOOKING, JSON.stringify({number: shown(), at: Date.now()}));
}

function badge() {
  const plain = document.title.replace(/^\(\d+\) /, "") || title;
  document.title = unseen.size ? `(${unseen.size}) ${plain}` : plain;
}

function seen() {
  unseen.clear();
  badge();
  note();
}

async function announce(number, words) {
  // The same ticket does not ring twice for one thing that comes in several pieces.
  if (lookedAt(number) || Date.now() - (announced.get(number) || 0) < 5_000) return;
  announced.set(number, Date.now());
  if (root.dataset.sound === "on") tone();
  if (root.dataset.desktop !== "on" || globalThis.Notification?.permission !== "granted") return;
  const ticket = await get(`/tickets/${encodeURIComponent(number)}`).catch(() => null);
  const notice = new Notification(`${number} · ${words}`, {body: ticket?.title || "", tag: number, icon: document.querySelector('link[rel="icon"]')?.href});
  notice.addEventListener("click", () => {
    globalThis.focus();
    if (shown() !== number) location.assign(`/tickets/${encodeURIComponent(number)}`);
    notice.close();
  });
}

/** Two short tones, made here: no file to fetch, nothing to be blocked. */
export function tone() {
  const sound = new AudioContext();
  const volume = sound.createGain();
  volume.gain.setValueAtTime(0.0001, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.12, sound.currentTime + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + 0.36);
  volume.connect(sound.destination);
  for (const [pitch, at] of [[659, 0], [880, 0.14]]) {
    const voice = sound.createOscillator();
    voice.frequency.value = pitch;
    voice.connect(volume);
    voice.start(sound.currentTime + at);
    voice.stop(sound.currentTime + at + 0.2);
  }
  setTimeout(() => sound.close(), 800);
}

onNews((news) => {
  for (const [number, words] of forMe(news)) {
    if (away()) {
      unseen.add(number);
      badge();
    } else if (shown() !== number) {
      toast(`${number} · ${words}`, {seconds: 8, action: {label: text("Show"), run: () => location.assign(`/tickets/${encodeURIComponent(number)}`)}});
    }
    if (news.first) announce(number, words);
  }
});

addEventListener("focus", seen);
document.addEventListener("visibilitychange", () => { if (!away()) seen(); });
document.addEventListener("htmx:afterSwap", note);
setInterval(note, SAME / 2);
note();

// Browsers ask for the permission only when a person does something: when the wish is ticked.
document.addEventListener("change", (event) => {
  if (!event.target.matches?.('input[type="checkbox"][name="desktop"]') || !event.target.checked) return;
  globalThis.Notification?.requestPermission?.().then((answer) => {
    if (answer === "denied") toast(text("This browser does not let the desk show notifications. Its settings for this site can change that."), {kind: "bad"});
  });
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.('input[type="checkbox"][name="sound"]') && event.target.checked) tone();
});
