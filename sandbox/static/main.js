// Ties the page together: one snapshot, then the stream of what changes.

import { call } from "./api.js";
import { drawChat } from "./chat.js";
import { byId, showError } from "./dom.js";
import { clearCalls, showCall, showFaults, showPanel, startPanel } from "./panel.js";
import { drawPeople, prettyNumber } from "./people.js";

const customers = new Map();
const drafts = new Map();
let sending = Promise.resolve();
let selected = null;
let stream = null;
let lastEventId = "";
let redraw = 0;

const chat = byId("chat");
const text = byId("text");

async function start() {
  try {
    const snapshot = await call("GET", "/api/meta/phone");
    startPanel(snapshot);
    take(snapshot);
    listen(snapshot.position);
  } catch {
    byId("offline").hidden = false;
    setTimeout(start, 2000);
  }
}

function take(snapshot) {
  byId("business-name").textContent = snapshot.business.name;
  byId("business-number").textContent = snapshot.business.number;
  for (const customer of snapshot.customers) {
    const known = customers.get(customer.wa_id);
    const messages = new Map(customer.messages.map((message) => [message.id, message]));
    customers.set(customer.wa_id, { ...customer, messages, unread: known?.unread ?? 0 });
  }
  if (!customers.has(selected)) select([...customers.keys()][0]);
  draw();
}

function listen(position) {
  lastEventId = position;
  stream = new EventSource(`/api/stream?after=${encodeURIComponent(position)}`);
  const on = (kind, handle) => stream.addEventListener(kind, (event) => {
    lastEventId = event.lastEventId;
    handle(JSON.parse(event.data));
  });
  stream.addEventListener("open", () => { byId("offline").hidden = true; });
  stream.addEventListener("error", () => {
    byId("offline").hidden = false;
    // A refused stream (too many of them) is never tried again by the browser itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(lastEventId), 3000);
  });
  on("message", receive);
  on("customer", (customer) => {
    const known = customers.get(customer.wa_id);
    customers.set(customer.wa_id, { messages: new Map(), unread: 0, ...known, ...customer });
    draw();
  });
  on("call", showCall);
  on("calls_cleared", clearCalls);
  on("faults", ({ items }) => showFaults(items));
  on("resync", async () => {
    const snapshot = await call("GET", "/api/meta/phone");
    customers.clear();
    showPanel(snapshot);
    take(snapshot);
  });
}

function receive(message) {
  const customer = customers.get(message.wa_id);
  if (!customer) return;
  const isNew = !customer.messages.has(message.id);
  customer.messages.set(message.id, message);
  if (isNew && message.outgoing && message.wa_id !== selected) customer.unread += 1;
  draw();
}

function draw() {
  // Many events may come at once: the screen is drawn once for all of them.
  if (!redraw) redraw = requestAnimationFrame(drawNow);
}

function drawNow() {
  redraw = 0;
  const customer = customers.get(selected);
  if (!customer) return;
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
  drawChat(chat, customer, { retry, suggest });
  if (atEnd) chat.scrollTop = chat.scrollHeight;
  drawPeople(byId("customers"), customers, selected, select);
  byId("caption").textContent = `${customer.name} · ${prettyNumber(customer.wa_id)} · ${customer.user_id}`;
}

function select(waId) {
  drafts.set(selected, text.value);
  selected = waId;
  customers.get(waId).unread = 0;
  text.value = drafts.get(waId) ?? "";
  fitText();
  showError("send-error", null);
  cancelAnimationFrame(redraw);
  drawNow();
  chat.scrollTop = chat.scrollHeight;
  text.focus({ preventScroll: true });
}

function suggest(words) {
  text.value = words;
  fitText();
  text.focus();
}

function fitText() {
  text.rows = Math.min(5, Math.max(1, text.value.split("\n").length, Math.ceil(text.value.length / 34)));
  byId("send").disabled = !text.value.trim();
}

function send() {
  const words = text.value.trim();
  const customer = customers.get(selected);
  if (!words || !customer) return;
  text.value = "";
  fitText();
  showError("send-error", null);
  // One after the other: a phone delivers messages in the order in which they were written.
  sending = sending.then(() => deliver(customer, words));
}

async function deliver(customer, words) {
  try {
    await call("POST", "/api/meta/messages", { from: customer.wa_id, name: customer.name, text: words });
  } catch (error) {
    if (error.status === 502) return; // the bubble itself says so, and offers to try again
    showError("send-error", error);
    if (selected === customer.wa_id && !text.value) suggest(words);
    else drafts.set(customer.wa_id, words);
  }
}

async function retry(messageId) {
  try {
    await call("POST", "/api/meta/messages/retry", { message_id: messageId });
  } catch (error) {
    if (error.status !== 502) showError("send-error", error);
  }
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
text.addEventListener("input", fitText);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});

const dialog = byId("customer-dialog");
byId("add-customer").addEventListener("click", () => {
  showError("customer-error", null);
  dialog.showModal();
});
byId("cancel-customer").addEventListener("click", () => dialog.close());
byId("customer-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { from, name } = Object.fromEntries(new FormData(event.target));
  try {
    const customer = await call("POST", "/api/meta/customers", { from, name });
    const known = customers.get(customer.wa_id);
    customers.set(customer.wa_id, { messages: new Map(), unread: 0, ...known, ...customer });
    event.target.reset();
    dialog.close();
    select(customer.wa_id);
  } catch (error) {
    showError("customer-error", error);
  }
});

start();
