// Triage: mails one after the other by keyboard, and what was decided goes out of the list without a jump.
import "../people/picker.js";
import "../ticket/sheets.js";
import "./mail.js";
import {shortcut} from "../keys.js";
import {onNews} from "../live.js";
import {refresh} from "../refresh.js";
import {text} from "../texts.js";

const LIST = "#triage-list, #triage-waiting, #rail-count-triage";
const GROUP = text("Triage");
const pane = () => document.getElementById("triage-pane");
const rows = () => [...document.querySelectorAll("#triage-rows > li")];
const current = () => rows().findIndex((row) => row.dataset.triage === pane().dataset.mailId);

function open(row) {
  row?.querySelector("a").click();
  row?.scrollIntoView({block: "nearest"});
}

function step(by) {
  const all = rows();
  const at = current();
  open(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]);
}

function arrive() {
  const here = pane().dataset.mailId;
  document.querySelector(".triage").classList.toggle("has-talk", Boolean(here));
  for (const row of rows()) {
    const open = row.dataset.triage === here;
    row.classList.toggle("is-open", open);
    if (open) row.querySelector("a").setAttribute("aria-current", "true"); else row.querySelector("a").removeAttribute("aria-current");
  }
}

// What was decided leaves the list; the one that stood behind it is read next.
document.addEventListener("triage:decided", async () => {
  const at = current();
  const next = rows()[at + 1]?.dataset.triage ?? rows()[at - 1]?.dataset.triage;
  await refresh(LIST);
  const stays = rows().some((row) => row.dataset.triage === pane().dataset.mailId);
  const row = !stays && rows().find((each) => each.dataset.triage === next);
  if (row) open(row); else await refresh("#triage-pane");
  arrive();
});

document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.elt?.id === "triage-pane" || event.detail.target?.id === "triage-pane") arrive(); });
document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.requestSubmit(); });
onNews(async ({conversations = [], messages = [], gap}) => {
  if (!gap && !messages.length && !conversations.length) return;
  await refresh(LIST);
  arrive();
});

const act = (name) => () => pane().querySelector(`[data-act="${name}"]`)?.click();
shortcut("j", text("Next mail"), () => step(1), {group: GROUP});
shortcut("k", text("Mail before"), () => step(-1), {group: GROUP});
shortcut("c", text("Create a ticket"), act("ticket"), {group: GROUP});
shortcut("a", text("Add to a ticket"), act("join"), {group: GROUP});
shortcut("e", text("Ignore"), act("ignore"), {group: GROUP});
