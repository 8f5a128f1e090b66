// Conversations: choosing messages for a ticket, standing at the newest message, following what comes in.
import "../chats/visitor.js";
import "../mails/mail.js";
import "../ticket/gallery.js";
import "../ticket/sheets.js";
import {post} from "../api.js";
import {text} from "../texts.js";
import {refresh} from "../refresh.js";
import {onNews} from "../live.js";

const pane = () => document.getElementById("talk-pane");

function toTheEnd() {
  const scroll = document.getElementById("talk-scroll");
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
}

function chosen() {
  return [...pane().querySelectorAll("[data-choice]:checked")].map((each) => each.value);
}

function showChosen() {
  const ids = chosen();
  const form = document.getElementById("open-ticket");
  if (!form) return;
  form.elements.namedItem("messages").value = ids.length ? JSON.stringify(ids) : "";
  const words = form.querySelector("[data-chosen-words]");
  words.textContent = ids.length ? text("Chosen messages: {count}. The first one becomes its description.", {count: ids.length}) : words.dataset.all;
  const button = pane().querySelector("[data-many]");
  button.textContent = ids.length ? text("Open a ticket from those chosen ({count})", {count: ids.length}) : text("Open a ticket");
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choice]")) showChosen();
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// Where there is no room beside what was said, who the visitor is comes when asked for.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggles-visitor]");
  if (!button) return;
  const shown = pane().querySelector(".talk-body").classList.toggle("shows-visitor");
  button.setAttribute("aria-expanded", String(shown));
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "talk-pane" || event.detail.elt?.id === "talk-pane") opened();
  // Earlier messages stand above: what one was reading stays where it was.
  if (event.detail.target.id === "earlier") stay();
});

let height = 0;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "earlier") height = document.getElementById("talk-scroll").scrollHeight;
});

function stay() {
  const scroll = document.getElementById("talk-scroll");
  scroll.scrollTop += scroll.scrollHeight - height;
}

function opened() {
  document.querySelector(".talks").classList.toggle("has-talk", Boolean(pane().dataset.conversation));
  for (const row of document.querySelectorAll(".talk-rows > li")) {
    const link = row.querySelector("a");
    const here = new URL(link.href).pathname === location.pathname || link.href.includes(pane().dataset.conversation || "none");
    row.classList.toggle("is-open", here);
    if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
  toTheEnd();
  seen();
}

// Whoever may answer has read it, and the customer may know.
function seen() {
  const {conversation, answers} = pane().dataset;
  if (answers !== undefined) post(`/conversations/${encodeURIComponent(conversation)}/presence`, {sign: "read"}).catch(() => {});
}

/** What was said, and the ticket that was opened meanwhile: it takes the place of the composer, unless one is writing. */
async function renew() {
  const follow = atTheEnd();
  await refresh("#said, #talk-head");
  if (follow) toTheEnd();
  if (document.getElementById("talk-head")?.dataset.ticket) {
    await refresh("#talk-answer", location.href, (old) => old.querySelector("desk-composer")?.written ?? false);
  }
}

const atTheEnd = () => {
  const scroll = document.getElementById("talk-scroll");
  return !scroll || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
};

onNews(async ({messages = [], conversations = [], gap}) => {
  const here = pane()?.dataset.conversation;
  const concerns = gap || messages.some((each) => each.conversation_id === here) || conversations.some((each) => each.id === here);
  if (here && concerns && !document.querySelector("#talk-pane [data-choice]:checked")) await renew();
  // The list is read again only at its beginning: what was loaded further down would be lost.
  const further = document.querySelectorAll("#talks > li").length > 40;
  if (!further && (gap || messages.length || conversations.length)) await refresh("#talks");
});

document.addEventListener("talk:changed", renew);
toTheEnd();
if (pane()?.dataset.conversation) seen();
