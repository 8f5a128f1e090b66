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
const shown = () => [document.getElementById("viewers")?.dataset.ticket, document.getElementById("visitor")?.dataset.visitor].filter(Boolean);
const pathOf = (key, chat) => `/${chat ? "conversations" : "tickets"}/${encodeURIComponent(key)}`;

/** What the news say to this user: words for each number of a ticket, and for each id of a chat that waits. */
function forMe({tickets, messages, conversations}) {
  const found = new Map();
  const chats = new Map();
  const begins = (id) => conversations.some((each) => each.id === id && (each.what.includes("made") || each.what.includes("waiting_since")));
  for (const each of tickets) {
    if (each.assignee === me && each.what.includes("assignee")) found.set(each.number, text("Assigned to you"));
  }
  for (const each of messages) {
    const made = each.what.includes("made");
    if (made && each.waiting) chats.set(each.conversation_id, begins(each.conversation_id) ? text("Somebody waits in the chat") : text("New message from the customer"));
    if (made && each.direction === "in" && each.assignee === me) found.set(each.number, text("New message from the customer"));
    if (each.mentions?.includes(me) && each.author !== me && (made || each.what.includes("content"))) found.set(each.number, text("You are mentioned in a note"));
  }
  found.delete(undefined);
  found.delete(null);
  return [...[...found].map(([key, words]) => ({key, words, chat: false})), ...[...chats].map(([key, words]) => ({key, words, chat: true}))];
}

function lookedAt(key) {
  try {
    const looking = JSON.parse(localStorage.getItem(LOOKING) || "{}");
    return (looking.shown || []).includes(key) && Date.now() - looking.at < SAME;
  } catch {
    return false;
  }
}

function note() {
  if (!away() && shown().length) localStorage.setItem(LOOKING, JSON.stringify({shown: shown(), at: Date.now()}));
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

async function announce({key, words, chat}) {
  // The same ticket does not ring twice for one thing that comes in several pieces.
  if (lookedAt(key) || Date.now() - (announced.get(key) || 0) < 5_000) return;
  announced.set(key, Date.now());
  if (root.dataset.sound === "on") tone();
  if (root.dataset.desktop !== "on" || globalThis.Notification?.permission !== "granted") return;
  const about = await get(pathOf(key, chat)).catch(() => null);
  const body = (chat ? about?.contact?.name : about?.title) || "";
  const notice = new Notification(chat ? words : `${key} · ${words}`, {body, tag: key, icon: document.querySelector('link[rel="icon"]')?.href});
  notice.addEventListener("click", () => {
    globalThis.focus();
    if (!shown().includes(key)) location.assign(pathOf(key, chat));
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
  for (const each of forMe(news)) {
    const {key, words, chat} = each;
    if (away()) {
      unseen.add(key);
      badge();
    } else if (!shown().includes(key)) {
      toast(chat ? words : `${key} · ${words}`, {seconds: 8, action: {label: text("Show"), run: () => location.assign(pathOf(key, chat))}});
    }
    if (news.first) announce(each);
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
