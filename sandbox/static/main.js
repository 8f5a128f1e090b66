// Ties the page together: one snapshot, then the stream of what changes, on as many phones as are out.

import { call } from "./api.js";
import { clearCalls, showCall } from "./calls.js";
import { startClock } from "./clock.js";
import { ask } from "./dialogs.js";
import { byId } from "./dom.js";
import { Model } from "./model.js";
import { showFaults, showPanel, startPanel } from "./panel.js";
import { drawPeople } from "./people.js";
import { Phone } from "./phone.js";
import { PROVIDERS } from "./provider.js";

const MAX_PHONES = 3;
const model = new Model();
const phones = [];
let focused = null;
let stream = null;
let lastEventId = "";
let redraw = 0;

async function start() {
  try {
    startPanel(model);
    startClock(() => drawAll());
    takeOut();
    listen(await fetchAll());
  } catch {
    byId("offline").hidden = false;
    setTimeout(() => location.reload(), 2000);
  }
}

async function fetchAll() {
  const snapshot = await call("GET", `/api/${model.provider}/phone`);
  model.take(snapshot);
  showPanel(snapshot);
  const free = [...model.customers.keys()];
  for (const [position, phone] of phones.entries()) {
    phone.chat.forget();
    if (!model.customers.has(phone.waId)) phone.select(free[position] ?? free[0]);
  }
  drawAll();
  return snapshot.position;
}

function listen(position) {
  lastEventId = position;
  stream = new EventSource(`/api/stream?after=${encodeURIComponent(position)}`);
  const on = (kind, handle) => stream.addEventListener(kind, (event) => {
    lastEventId = event.lastEventId;
    handle(JSON.parse(event.data));
  });
  // What belongs to the other provider is fetched when that one is chosen.
  const mine = (handle) => (data) => (data.provider ?? "meta") === model.provider && handle(data);
  stream.addEventListener("open", () => { byId("offline").hidden = true; });
  stream.addEventListener("error", () => {
    byId("offline").hidden = false;
    // A refused stream (too many of them) is never tried again by the browser itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(lastEventId), 3000);
  });
  on("message", mine((message) => drawFor(model.message(message, (waId) => phones.some((phone) => phone.waId === waId)))));
  on("customer", mine((line) => drawFor(model.customer(line))));
  on("call", mine(showCall));
  on("calls_cleared", clearCalls);
  on("faults", ({ items }) => showFaults(items));
  on("resync", fetchAll);
}

function drawFor(customer) {
  if (!customer) return;
  for (const phone of phones) if (phone.waId === customer.wa_id) phone.draw();
  drawList();
}

function drawAll() {
  for (const phone of phones) phone.draw();
  drawList();
}

function drawList() {
  if (redraw) return;
  redraw = requestAnimationFrame(() => {
    redraw = 0;
    const held = new Set(phones.map((phone) => phone.waId));
    drawPeople(byId("customers"), model.customers, held, focused?.waId, give);
  });
}

// Gives the focused phone to this customer, or turns to the phone that already is theirs.
function give(waId) {
  const theirs = phones.find((phone) => phone.waId === waId);
  if (theirs) focus(theirs);
  else focused.select(waId);
  focused.composer.text.focus({ preventScroll: true });
  drawList();
}

function focus(phone) {
  if (focused === phone) return;
  focused = phone;
  for (const one of phones) one.root.classList.toggle("is-focused", one === phone && phones.length > 1);
  drawList();
}

function takeOut() {
  const phone = new Phone(model, { focused: focus, closed: putAway });
  phones.push(phone);
  byId("phones").append(phone.root);
  const taken = new Set(phones.map(({ waId }) => waId));
  const free = [...model.customers.keys()].find((waId) => !taken.has(waId)) ?? model.customers.keys().next().value;
  if (free) phone.select(free);
  focus(phone);
  countPhones();
}

function putAway(phone) {
  phone.root.remove();
  phones.splice(phones.indexOf(phone), 1);
  focus(phones[0]);
  countPhones();
}

function countPhones() {
  byId("phones").dataset.count = phones.length;
  byId("add-phone").disabled = phones.length >= MAX_PHONES;
  for (const phone of phones) {
    phone.find("close-phone").hidden = phones.length === 1;
    phone.root.classList.toggle("is-focused", phone === focused && phones.length > 1);
  }
  drawList();
}

byId("add-phone").addEventListener("click", takeOut);

byId("add-customer").addEventListener("click", () => ask("customer", async ({ from, name }) => {
  const line = await call("POST", `/api/${model.provider}/customers`, { from, name });
  model.customer(line);
  give(line.wa_id);
}));

for (const choice of document.querySelectorAll("input[name=provider]")) {
  choice.addEventListener("change", async () => {
    const before = model.provider;
    model.provider = choice.value;
    try {
      await fetchAll();
      for (const phone of phones) phone.composer.clear();
      for (const customer of model.customers.values()) customer.unread = 0;
      byId("about").textContent = PROVIDERS[model.provider].about;
      byId("provider-error").hidden = true;
    } catch (error) {
      model.provider = before;
      document.querySelector(`input[name=provider][value=${before}]`).checked = true;
      byId("provider-error").textContent = error.status === 404 ? "This sandbox has no Twilio account." : error.message;
      byId("provider-error").hidden = false;
    }
  });
}

start();
