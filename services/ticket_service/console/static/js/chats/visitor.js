// The visitor of a live chat, wherever a page shows one: there or gone, on which page of the site, writing.
import {onNews} from "../live.js";
import {refresh} from "../refresh.js";

const WRITES = 8_000;
const until = new Map();
const shown = () => [...document.querySelectorAll("[data-visitor]")];

// What was put into the page anew knows nothing of who is writing.
function show() {
  for (const place of shown()) {
    const writes = (until.get(place.dataset.visitor) ?? 0) > Date.now();
    for (const each of place.querySelectorAll("[data-visitor-writes]")) each.hidden = !writes;
  }
}

/** The visitor of this conversation was writing just now, or has stopped (they sent it, or left). */
export function writes(conversation, still = true) {
  if (still) {
    until.set(conversation, Date.now() + WRITES);
    setTimeout(show, WRITES + 50);
  } else {
    until.delete(conversation);
  }
  show();
}

const renew = (conversation) => refresh("#visitor, #visitor-state", `/conversations/${encodeURIComponent(conversation)}/visitor`);

onNews(({conversations = [], messages = [], typing = [], gap}) => {
  const here = new Set(shown().map((each) => each.dataset.visitor));
  for (const each of messages) if (each.direction === "in" && here.has(each.conversation_id)) writes(each.conversation_id, false);
  for (const each of typing) if (here.has(each.id)) writes(each.id);
  for (const id of here) if (gap || conversations.some((each) => each.id === id)) renew(id);
});
document.addEventListener("suggestion:dismissed", () => {
  const panel = document.getElementById("visitor");
  if (panel) renew(panel.dataset.visitor);
  else location.reload();
});
document.addEventListener("page:fresh", show);
document.addEventListener("htmx:afterSettle", show);
