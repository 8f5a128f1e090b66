// What happens at the desk while a page is open. Every page may listen; all tabs of a browser share one stream.
import {LIVE, LOST, OVER} from "./live/line.js";
import {Tabs} from "./live/tabs.js";
import {text} from "./texts.js";

const PATIENCE = 3_000;
const root = document.documentElement;
const listeners = new Set();
let pill = null;
let waiting = 0;

/** Call `listener({tickets, messages, conversations, presence, typing, gap, first})` for what happens; returns how to stop that.

`tickets` are {id, number, status, assignee, what}, `messages` {id, ticket_id, number, conversation_id, direction, kind,
author, mentions, assignee, waiting, what}, `conversations` {id, what}, `presence` {number, user_id, name, typing, left}. `waiting`:
the message is on no ticket, and its live chat waits for somebody. `what` are the names of what changed, "made" and "removed" among them. With `gap` something was missed: read again what you show.
`first` is true in the one tab that speaks for the browser. */
export function onNews(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(news, first) {
  const whole = {tickets: [], messages: [], conversations: [], presence: [], typing: [], gap: false, ...news, first};
  for (const listener of [...listeners]) {
    try {
      const answer = listener(whole);
      answer?.catch?.((error) => console.error(error));
    } catch (error) {
      console.error(error);
    }
  }
}

function show(name) {
  root.dataset.live = name;
  clearTimeout(waiting);
  if (name === LIVE) {
    pill?.remove();
    pill = null;
  } else {
    waiting = setTimeout(() => say(name), name === OVER ? 0 : PATIENCE);
  }
}

function say(name) {
  pill ??= document.createElement("div");
  pill.className = `live-pill is-${name}`;
  pill.setAttribute("role", "status");
  pill.replaceChildren();
  const words = name === OVER ? text("You are not logged in any more. What you wrote is still here.") : text("The connection is lost. Trying again …");
  pill.append(Object.assign(document.createElement("span"), {textContent: words}));
  if (name === OVER) pill.append(Object.assign(document.createElement("a"), {href: "/login", target: "_blank", textContent: text("Log in again")}));
  document.body.append(pill);
}

const user = root.dataset.user;
if (user) {
  const place = document.querySelector('meta[name="news-place"]')?.content || "";
  const tabs = new Tabs(`sportello-live-${user}`, place, tell, show);
  tabs.start();
  addEventListener("pagehide", () => tabs.stop());
  addEventListener("pageshow", (event) => { if (event.persisted) tabs.start(); });
  addEventListener("online", () => tabs.check());
  addEventListener("offline", () => show(LOST));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tabs.check(); });
}
