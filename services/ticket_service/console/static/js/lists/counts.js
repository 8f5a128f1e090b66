// How many tickets: of each status beside the drop-down, of each saved view when the menu opens.
import {get} from "../api.js";

const pane = () => document.getElementById("list-pane");
let asking = false;
let again = false;
let rest = 0;

const shown = ({count, more}) => (count === null ? "" : new Intl.NumberFormat(document.documentElement.lang).format(count) + (more ? "+" : ""));

function put(place, value) {
  place.textContent = value;
  place.hidden = value === "";
}

/** Count anew. Counting that takes long is not done often. */
export async function count() {
  if (asking || Date.now() < rest) {
    if (!again) setTimeout(() => { again = false; count(); }, Math.max(500, rest - Date.now()));
    again = true;
    return;
  }
  asking = true;
  const [address, began] = [pane()?.dataset.counted, Date.now()];
  try {
    if (address) fill((await get(address)).statuses);
  } catch {
    // Numbers beside the list: without them it still works, and the next news asks again.
  } finally {
    asking = false;
    rest = Date.now() + Math.min(30_000, 10 * (Date.now() - began));
  }
}

function fill(statuses) {
  const sums = {":all": [], ":open": []};
  const closed = new Set([...document.querySelectorAll("#list-statuses [data-closed]")].map((each) => each.dataset.countStatus));
  for (const each of statuses) {
    sums[":all"].push(each);
    if (!closed.has(each.key)) sums[":open"].push(each);
    for (const place of document.querySelectorAll(`[data-count-status="${CSS.escape(each.key)}"]`)) put(place, shown(each));
  }
  for (const [key, parts] of Object.entries(sums)) {
    const sum = {count: parts.some((each) => each.count === null) ? null : parts.reduce((all, each) => all + each.count, 0), more: parts.some((each) => each.more)};
    for (const place of document.querySelectorAll(`#list-statuses [data-count-status="${key}"]`)) put(place, shown(sum));
  }
  const here = document.querySelector("[data-count-here]");
  if (here) here.textContent = document.querySelector("#list-statuses .active [data-count-status]")?.textContent || "";
}

document.addEventListener("show.bs.dropdown", async (event) => {
  const menu = event.target.closest(".dropdown")?.querySelector("[data-counts-views]");
  if (!menu?.querySelector("[data-count-view]")) return;
  const {items} = await get("/views/counts").catch(() => ({items: []}));
  for (const each of items) {
    const place = menu.querySelector(`[data-count-view="${CSS.escape(each.id)}"]`);
    if (place) put(place, shown(each));
  }
});
