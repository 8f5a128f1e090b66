// Behind the scenes: faults to come, rules, and what the desk called.

import { call } from "./api.js";
import { byId, element, exactTime, fullTime, icon, showError } from "./dom.js";

const SHOWN_CALLS = 50;
const rows = new Map();

export function startPanel(snapshot) {
  for (const button of byId("faults").querySelectorAll("button")) {
    button.addEventListener("click", () => plan(JSON.parse(button.dataset.fault)));
  }
  byId("clear-faults").addEventListener("click", () => attempt(() => call("DELETE", "/api/faults")));
  byId("clear-calls").addEventListener("click", () => attempt(() => call("DELETE", "/api/requests")));
  byId("receipts").addEventListener("change", changeReceipts);
  byId("window").addEventListener("change", (event) =>
    attempt(() => call("POST", "/api/meta/settings", { reply_window: event.target.value })));
  byId("handshake").addEventListener("click", checkWebhook);
  showPanel(snapshot);
}

export function showPanel({ calls, faults, receipts, reply_window: replyWindow }) {
  clearCalls();
  for (const entry of [...calls].reverse()) showCall(entry);
  showFaults(faults);
  byId("receipts").value = receipts.mode === "off" ? "off" : receipts.until;
  byId("window").value = replyWindow;
}

export function showFaults(items) {
  const words = items.map(({ status, code, timeout, after, times }) => {
    const what = timeout ? `no answer for ${timeout} s` : code ? `code ${code}` : `HTTP ${status}`;
    return `${what}${after ? " after accepting" : ""} × ${times}`;
  });
  byId("pending-text").textContent = `Next: ${words.join(", then ")}`;
  byId("pending").hidden = !items.length;
}

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

function plan(fault) {
  const times = Number(document.querySelector("input[name=times]:checked").value);
  return attempt(() => call("POST", "/api/faults", { provider: "meta", ...fault, times }));
}

function changeReceipts(event) {
  const until = event.target.value;
  const change = until === "off" ? { mode: "off" } : { mode: "auto", until };
  return attempt(() => call("POST", "/api/receipts", change));
}

async function checkWebhook() {
  const result = byId("handshake-result");
  result.className = "";
  result.textContent = "Asking…";
  try {
    const { verified } = await call("POST", "/api/meta/handshake");
    result.className = verified ? "good" : "bad";
    result.textContent = verified ? "It knows the verify token." : "It refused the verify token.";
  } catch (error) {
    result.className = "bad";
    result.textContent = error.message;
  }
}

async function attempt(action) {
  try {
    await action();
    showError("panel-error", null);
  } catch (error) {
    showError("panel-error", error);
  }
}
