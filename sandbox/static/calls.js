// The list of what the desk called, newest first; a line opens to show what was said.

import { call } from "./api.js";
import { byId, element, exactTime, fullTime, icon } from "./dom.js";

const SHOWN_CALLS = 50;
const rows = new Map();

export function clearCalls() {
  rows.clear();
  byId("calls").replaceChildren();
  byId("no-calls").hidden = false;
}

export function showCall(entry) {
  byId("no-calls").hidden = true;
  let row = rows.get(entry.id);
  if (!row) {
    row = makeRow(entry);
    rows.set(entry.id, row);
    byId("calls").prepend(row);
    if (rows.size > SHOWN_CALLS) {
      const [oldest, node] = rows.entries().next().value;
      rows.delete(oldest);
      node.remove();
    }
  }
  row.querySelector(".status").replaceWith(statusMark(entry));
  row.querySelector(".fault").textContent = entry.fault ? `injected: ${entry.fault}` : "";
}

function makeRow(entry) {
  const at = new Date(entry.at);
  const [, version, ...rest] = entry.path.split("/");
  const body = element("pre", { tabindex: "0" }, "…");
  const row = element(
    "details", { class: "call" },
    element(
      "summary", {},
      icon("chevron-right"),
      statusMark(entry),
      element("span", { class: "what", title: entry.path },
        element("b", {}, entry.method), element("span", { class: "path" }, shortPath(rest) || version),
        element("small", {}, entry.note)),
      element("time", { datetime: entry.at, title: fullTime(at) }, exactTime(at)),
      element("span", { class: "fault" }),
    ),
    body,
  );
  row.addEventListener("toggle", () => row.open && showBodies(entry, body));
  return row;
}

// The ids are long and always the same: what is called matters more.
function shortPath(parts) {
  return parts.length > 1 ? parts.slice(1).join("/") : parts.join("/");
}

function statusMark({ status }) {
  const mood = status == null ? "open" : status < 400 ? "good" : "bad";
  return element("span", { class: `status ${mood}`, title: status == null ? "Not answered yet" : `HTTP ${status}` },
    status == null ? "···" : String(status));
}

async function showBodies(entry, place) {
  try {
    const { path, body, answer } = await call("GET", `/api/requests/${entry.id}`);
    const blocks = [path];
    if (body != null) blocks.push(`→ ${JSON.stringify(body, null, 2)}`);
    if (answer != null) blocks.push(`← ${JSON.stringify(answer, null, 2)}`);
    place.textContent = blocks.join("\n\n");
  } catch (error) {
    place.textContent = error.message;
  }
}
