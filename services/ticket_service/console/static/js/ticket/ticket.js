// The ticket page: what is alive in its pane, whichever way the pane came into the page.
import "../chats/visitor.js";
import "../mails/mail.js";
import "../people/picker.js";
import "./fields.js";
import "./gallery.js";
import "./react.js";
import "./sheets.js";
import "./status.js";
import {post} from "../api.js";
import {shortcut} from "../keys.js";
import {onNews} from "../live.js";
import {refresh} from "../refresh.js";
import {text} from "../texts.js";
import {remember} from "./remember.js";
import {begin, renew} from "./timeline.js";

const GROUP = text("Ticket");
const PARTS = "#ticket-head, #ticket-fields, #ticket-side";
const pane = () => document.querySelector("#ticket-pane[data-ticket]");
let opened = "";
let late = 0;

function arrive() {
  const here = pane();
  if (!here) { opened = ""; return; }
  begin();
  if (opened === here.dataset.ticket) return;
  opened = here.dataset.ticket;
  seen(here);
}

// Whoever opens a ticket has read it, and the customer may know.
function seen({dataset: {ticket, read, mayWrite, mayReply, conversation}}) {
  if (mayWrite && !read) post(`/tickets/${encodeURIComponent(ticket)}/read`).then(() => all()).catch(() => {});
  if (mayReply && conversation) post(`/conversations/${encodeURIComponent(conversation)}/presence`, {sign: "read"}).catch(() => {});
}

/** Everything of the open ticket, read again; several changes at once are one reading. */
export function all() {
  clearTimeout(late);
  late = setTimeout(() => { renew(); refresh(PARTS, location.href, inUse); }, 120);
}

// What somebody is typing into, or has open, stays as it is until they are done.
function inUse(part) {
  const here = document.activeElement;
  const typing = part.contains(here) && here.matches("input, textarea, select");
  if (typing) here.addEventListener("blur", () => setTimeout(all, 200), {once: true});
  return typing || part.querySelector("form[data-busy]") !== null;
}

document.addEventListener("ticket:changed", (event) => {
  const number = event.detail?.number;
  if (pane() && (!number || number === pane().dataset.ticket || !/^\D*\d+\D*$/.test(String(number)))) all();
});
document.addEventListener("ticket:deleted", () => location.assign("/tickets"));
onNews(({tickets = [], messages = [], gap}) => {
  const here = pane();
  if (!here) return;
  const ours = (each) => each.number === here.dataset.ticket || each.id === here.dataset.id;
  if (gap || tickets.some(ours) || messages.some((each) => each.ticket_id === here.dataset.id)) all();
});

document.addEventListener("click", (event) => {
  const fold = event.target.closest('[data-fold="side"]');
  if (fold) {
    const alone = document.getElementById("ticket-main").classList.toggle("is-alone");
    fold.setAttribute("aria-expanded", String(!alone));
    remember("ticket:side", alone ? "closed" : "open");
  }
  const field = event.target.closest("[data-goto-field]");
  if (field) goTo(field.dataset.gotoField);
});

function goTo(id) {
  const field = document.getElementById(id);
  if (!field) return;
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.scrollIntoView({block: "center"});
  field.focus();
}

const when = () => Boolean(pane());
shortcut("s", text("Change the status"), () => document.getElementById("ticket-status")?.click(), {group: GROUP, when});
shortcut("a", text("Choose the responsible"), () => goTo("f-ticket-assignee"), {group: GROUP, when});

document.addEventListener("htmx:afterSettle", arrive);
document.addEventListener("htmx:historyRestore", arrive);
arrive();
