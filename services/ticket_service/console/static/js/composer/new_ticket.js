// A ticket opened by hand: somebody known or new, the channel the answer will leave by, and files.
import "../people/picker.js";
import {get, Problem} from "../api.js";
import {text} from "../texts.js";
import {Files} from "./files.js";

const form = document.getElementById("new-ticket");
const channel = form.elements.channel;
const begin = form.elements.begin_conversation;
const hint = form.querySelector("[data-channel]");
const mailboxes = hint?.dataset.mailboxes.split(" ") ?? [];
const known = {by: form.elements["requester.identity.kind"], as: form.elements["requester.identity.value"]};
let talks = [];

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-kind]");
  if (!button) return;
  for (const each of form.querySelectorAll("[data-kind]")) each.setAttribute("aria-pressed", String(each === button));
  for (const each of form.querySelectorAll("[data-who]")) {
    each.hidden = each.dataset.who !== button.dataset.kind;
    each.disabled = each.hidden;
  }
  read("");
});

form.addEventListener("picked", (event) => { if (event.target.querySelector('[name="requester.id"]')) read(event.detail.value); });
channel?.addEventListener("change", () => {
  if (mailboxes.includes(channel.value) && !known.as.value) known.by.value = "email";
  tell();
});

// Where the contact is in conversation already.
async function read(contact) {
  talks = [];
  try {
    if (contact) talks = (await get(`/conversations?contact=${encodeURIComponent(contact)}&limit=100`)).items;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  tell();
}

function tell() {
  if (!channel) return;
  const talk = talks.find((each) => each.channel === channel.value);
  begin.disabled = !channel.value;
  hint.replaceChildren();
  if (!channel.value) return;
  if (mailboxes.includes(channel.value)) {
    // Mails are threads of their own: no window, no template, nothing that joins an open ticket.
    hint.textContent = text("The customer gets a mail: you write its text on the ticket, under the ticket's subject or one of your own.");
  } else if (talk?.open_ticket) {
    const link = Object.assign(document.createElement("a"), {href: `/tickets/${encodeURIComponent(talk.open_ticket)}`, textContent: text("Go to {number}", {number: talk.open_ticket})});
    hint.append(text("This conversation has an open ticket; what the customer writes joins it."), " ", link);
  } else if (talk) {
    hint.textContent = talk.window_open ? text("The customer wrote within the last 24 hours: you can answer freely.") : text("The customer wrote more than 24 hours ago: the first answer is an approved template.");
  } else {
    hint.textContent = text("The conversation begins with an approved template, which you choose on the ticket.");
  }
}

const picker = document.getElementById("new-files");
if (picker) {
  const box = {
    part: (name) => form.querySelector(`[data-part="${name}"]`),
    alert: (words) => { Object.assign(box.part("alert"), {textContent: words, hidden: !words}); },
  };
  const files = new Files(box, [], () => {
    for (const old of form.querySelectorAll('[name="attachments[]"]')) old.remove();
    for (const id of files.ids()) form.append(Object.assign(document.createElement("input"), {type: "hidden", name: "attachments[]", value: id}));
  });
  picker.addEventListener("change", () => { files.add([...picker.files]); picker.value = ""; });
  // What has not arrived yet would be missing on the ticket.
  form.addEventListener("submit", (event) => {
    if (!files.busy && !files.broken) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.alert(files.busy ? text("Some files are still on their way. Send when they have arrived.") : text("A file could not be uploaded. Try again or remove it."));
  }, {capture: true});
}

read(form.elements["requester.id"].value);
