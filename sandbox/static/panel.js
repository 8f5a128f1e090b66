// Behind the scenes: faults to come, rules, and what the desk called.

import { call } from "./api.js";
import { clearCalls, showCall } from "./calls.js";
import { byId, showError } from "./dom.js";
import { PROVIDERS } from "./provider.js";

let model = null;

export function startPanel(ofPage) {
  model = ofPage;
  for (const button of byId("faults").querySelectorAll("button")) {
    button.addEventListener("click", () => plan(JSON.parse(button.dataset.fault)));
  }
  byId("clear-faults").addEventListener("click", () => attempt(() => call("DELETE", "/api/faults")));
  byId("clear-calls").addEventListener("click", () => attempt(() => call("DELETE", "/api/requests")));
  byId("receipts").addEventListener("change", changeReceipts);
  byId("window").addEventListener("change", (event) => set({ reply_window: event.target.value }));
  byId("token").addEventListener("change", (event) => set({ token_valid: event.target.checked }));
  byId("handshake").addEventListener("click", checkWebhook);
}

export function showPanel({ calls, faults, receipts, reply_window: replyWindow, token_valid: tokenValid }) {
  clearCalls();
  for (const entry of [...calls].reverse()) if (entry.provider === model.provider) showCall(entry);
  showFaults(faults);
  byId("receipts").value = receipts.mode === "off" ? "off" : receipts.until;
  byId("window").value = replyWindow;
  byId("token").checked = tokenValid ?? true;
  // What only one of the providers has.
  for (const node of document.querySelectorAll("[data-only]")) node.hidden = node.dataset.only !== model.provider;
  byId("sent-at").disabled = byId("sent-at-custom").disabled = !PROVIDERS[model.provider].dated;
}

export function showFaults(items) {
  const words = items.map(({ provider, status, code, timeout, damage, after, on, times }) => {
    const what = timeout ? `no answer for ${timeout} s` : damage ? "a damaged file" : code ? `code ${code}` : `HTTP ${status}`;
    const where = { send: " on sending", media_download: " on a file", media_lookup: " on a file's address", templates: " on templates" }[on] ?? "";
    const whose = provider === model.provider ? "" : `${PROVIDERS[provider]?.name ?? provider}: `;
    return `${whose}${what}${after ? " after accepting" : where} × ${times}`;
  });
  byId("pending-text").textContent = `Next: ${words.join(", then ")}`;
  byId("pending").hidden = !items.length;
}

function plan(fault) {
  const times = Number(document.querySelector("input[name=times]:checked").value);
  return attempt(() => call("POST", "/api/faults", { provider: model.provider, times, ...fault }));
}

function changeReceipts(event) {
  const until = event.target.value;
  const change = until === "off" ? { mode: "off" } : { mode: "auto", until };
  return attempt(() => call("POST", PROVIDERS[model.provider].receipts, change));
}

function set(change) {
  return attempt(() => call("POST", `/api/${model.provider}/settings`, change));
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
