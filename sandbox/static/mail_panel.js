// Behind the scenes of the mailboxes: faults to come, and what mailboxes do by themselves.

import { call } from "./api.js";
import { byId, showError } from "./dom.js";

let world = null;

export function startPanel(ofPage) {
  world = ofPage;
  for (const button of byId("faults").querySelectorAll("button")) {
    button.addEventListener("click", () => plan(JSON.parse(button.dataset.fault)));
  }
  byId("clear-faults").addEventListener("click", () => attempt(() => call("DELETE", "/api/faults")));
  byId("clear-calls").addEventListener("click", () => attempt(() => call("DELETE", "/api/requests")));
  byId("habit").addEventListener("change", (event) => attempt(() => call("POST", "/api/mail/people", { address: world.owner, habit: event.target.value })));
  byId("receipts").addEventListener("change", (event) => attempt(() => call("POST", "/api/mail/settings", { receipts: event.target.value })));
}

export function showRules({ receipts }) {
  byId("receipts").value = receipts;
}

export function showFaults(items) {
  const words = items.map(({ status, code, timeout, after, times }) => {
    const what = timeout ? `no answer for ${timeout} s` : code ? `code ${String(code).split("").join(".")}` : `reply ${status}`;
    return `${what}${after ? " after accepting" : ""} × ${times}`;
  });
  byId("pending-text").textContent = `Next: ${words.join(", then ")}`;
  byId("pending").hidden = !items.length;
}

function plan(fault) {
  const times = Number(document.querySelector("input[name=times]:checked").value);
  return attempt(() => call("POST", "/api/faults", { provider: "smtp", times, ...fault }));
}

async function attempt(action) {
  try {
    await action();
    showError("panel-error", null);
  } catch (error) {
    showError("panel-error", error);
  }
}
