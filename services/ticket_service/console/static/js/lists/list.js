// The list of tickets: by keyboard, with news that wait, and with the ticket that is open beside it.
import {shortcut} from "../keys.js";
import {onNews} from "../live.js";
import {text} from "../texts.js";
import "./board.js";
import {change} from "./changing.js";
import {count} from "./counts.js";
import "./filters.js";
import {again, changed} from "./fresh.js";
import {clear, pick, picked, show} from "./picked.js";
import "./remember.js";

const group = text("List of tickets");
const pane = () => document.getElementById("list-pane");
const links = () => [...document.querySelectorAll("#list-body .ticket-row [data-open], #list-body .ticket-card [data-open]")];
const focused = () => document.activeElement?.closest("#list-body [data-number]");
const current = () => focused() || document.querySelector('#list-body [aria-current="true"]')?.closest("[data-number]");
const inList = () => picked().length > 0 || Boolean(focused());

function step(by) {
  const all = links();
  const at = all.indexOf(current()?.querySelector("[data-open]"));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus({preventScroll: true});
  next?.closest("[data-number]").scrollIntoView({block: "nearest"});
}

/** Those that are selected, else the one that has the focus. */
const meant = () => (picked().length ? picked() : [current()?.dataset.number].filter(Boolean));

shortcut("j", text("Next ticket"), () => step(1), {group});
shortcut("k", text("Ticket before"), () => step(-1), {group});
shortcut("x", text("Select the ticket"), () => {
  const box = current()?.querySelector(".row-pick input");
  if (box) pick(box.value, !box.checked);
}, {group, when: () => document.querySelector(".row-pick") !== null});
if (document.getElementById("changing")) {
  shortcut("s", text("Change the status"), () => change(meant(), "status"), {group, when: inList});
  shortcut("a", text("Assign"), () => change(meant(), "assignee"), {group, when: inList});
}
shortcut("Escape", text("Clear the selection"), clear, {group, when: () => picked().length > 0});
shortcut("/", text("Search in the list"), () => document.getElementById("list-q")?.focus(), {group});

// The ticket that is open is marked in the list; its pane takes the focus, on phones also the screen.
function mark() {
  const number = document.getElementById("ticket-pane")?.dataset.ticket || "";
  for (const link of links()) {
    if (number && link.dataset.open === number) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (pane()) pane().dataset.number = number;
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "list-pane") document.getElementById("list-title")?.focus({preventScroll: true});
  mark();
  show();
});
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  // The list changes beside a ticket that stays open: so does its address.
  const number = pane()?.dataset.number;
  const {history} = event.detail;
  if (number && history?.path?.startsWith("/tickets") && !history.path.startsWith("/tickets/")) history.path = history.path.replace("/tickets", `/tickets/${number}`);
});
document.addEventListener("page:fresh", () => { mark(); show(); });

document.addEventListener("tickets:changed", ({detail}) => { changed(detail.numbers); count(); });
document.addEventListener("ticket:changed", ({detail}) => { changed([detail.number]); count(); });
onNews(({tickets = [], gap}) => {
  if (!pane() || (!gap && !tickets.length)) return;
  if (gap) again();
  else changed(tickets.map((each) => each.number));
  count();
});

mark();
show();
if (document.querySelector("#list-statuses [data-count-status][hidden], .lane [data-count-status]")) count();
