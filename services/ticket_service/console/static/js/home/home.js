// The home page stays true while it is open: own tickets follow what happens, numbers are counted anew each minute.
import {onNews} from "../live.js";
import {refresh} from "../refresh.js";
import {draw} from "./charts.js";

const MINUTE = 60_000;
const SETTLED = 1_500;
let soon = 0;

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
}

document.addEventListener("htmx:afterSettle", drawAll);
document.addEventListener("page:fresh", drawAll);
document.documentElement.addEventListener("theme", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(drawAll));
drawAll();

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-numbers]");
  if (!form) return;
  const query = new URLSearchParams(location.search);
  query.set("team", event.target.value);
  globalThis.htmx.ajax("GET", `/home/numbers?${query}`, {target: "#numbers", swap: "outerHTML"});
  history.replaceState(history.state, "", `/?${query}`);
});

onNews(({tickets, messages, gap}) => {
  if (!gap && tickets.length + messages.length === 0) return;
  clearTimeout(soon);
  soon = setTimeout(() => refresh("#attention, #alarms"), SETTLED);
});

setInterval(() => {
  if (document.hidden || document.querySelector("#numbers :focus")) return;
  refresh("#attention, #alarms");
  refresh("#numbers", `/home/numbers${location.search}`);
}, MINUTE);
