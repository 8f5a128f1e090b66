// The shop's own script, as a site would write it: opens the chat, tells it who is logged in, says when there is none.

window.Sportello = window.Sportello || {q: []};

const chat = (...call) => window.Sportello.q.push(call);
const account = document.getElementById("customer");
const KEPT = "lume.customer";

for (const button of document.querySelectorAll("[data-open-chat]")) {
  button.addEventListener("click", () => {
    if (button.dataset.thing) chat("setFields", {thing: button.dataset.thing});
    chat("open");
  });
}

/** A real shop's server knows who is logged in; this one signs whom it is asked for. */
async function identify() {
  const chosen = account.selectedOptions[0];
  if (!account.value) return null;
  const answer = await fetch("/shop/identity", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({user_id: account.value, name: chosen.dataset.name, email: chosen.dataset.email}),
  });
  if (!answer.ok) throw new Error(`identity: ${answer.status}`);
  return (await answer.json()).identity;
}

async function tell() {
  chat("identify", await identify());
}

account.value = sessionStorage.getItem(KEPT) || "";
if (account.value) tell();
account.addEventListener("change", () => {
  sessionStorage.setItem(KEPT, account.value);
  tell();
});

// The widget's script has come, or failed, before the page counts as loaded.
addEventListener("load", () => {
  document.getElementById("no-chat").hidden = typeof window.Sportello === "function";
});
