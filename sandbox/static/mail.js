// Ties the mailbox page together: one snapshot, then the stream of what changes.

import { call } from "./api.js";
import { clearCalls, showCall } from "./calls.js";
import { ask } from "./dialogs.js";
import { byId } from "./dom.js";
import { drawOwner, drawPeople, drawThreads, threadsOf } from "./mail_list.js";
import { showFaults, showRules, startPanel } from "./mail_panel.js";
import { Reader } from "./mail_reader.js";

const world = { desk: [], people: new Map(), mails: new Map(), seen: new Set(), owner: "", thread: "" };
const reader = new Reader(byId("reader"), world, { open: openThread });
let lastEventId = "";
let redraw = 0;

async function start() {
  startPanel(world);
  try {
    listen(await fetchAll());
  } catch (error) {
    byId(error.status === 404 ? "missing" : "offline").hidden = false;
    if (error.status !== 404) setTimeout(() => location.reload(), 2000);
  }
}

async function fetchAll() {
  const snapshot = await call("GET", "/api/mail/world");
  world.desk = snapshot.desk;
  world.people = new Map(snapshot.people.map((person) => [person.address, person]));
  world.mails = new Map(snapshot.mails.map((mail) => [mail.id, mail]));
  world.owner = world.people.has(world.owner) ? world.owner : snapshot.people[0].address;
  for (const mail of snapshot.mails) world.seen.add(mail.id);
  byId("desk-addresses").replaceChildren(...world.desk.map(({ address }) => new Option(address, address)));
  showRules(snapshot);
  clearCalls();
  for (const entry of [...snapshot.calls].reverse()) showCall(entry);
  showFaults(snapshot.faults);
  choose(world.owner);
  return snapshot.position;
}

function listen(position) {
  lastEventId = position;
  const stream = new EventSource(`/api/stream?after=${encodeURIComponent(position)}`);
  const on = (kind, handle) => stream.addEventListener(kind, (event) => {
    lastEventId = event.lastEventId;
    handle(JSON.parse(event.data));
  });
  const mine = (handle) => (data) => data.provider === "smtp" && handle(data);
  stream.addEventListener("open", () => { byId("offline").hidden = true; });
  stream.addEventListener("error", () => {
    byId("offline").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(lastEventId), 3000);
  });
  on("mail", mine(arrived));
  on("person", mine((person) => { world.people.set(person.address, person); draw(); }));
  on("call", mine(showCall));
  on("calls_cleared", clearCalls);
  on("faults", ({ items }) => showFaults(items.filter(({ provider }) => provider === "smtp")));
  on("resync", fetchAll);
}

function arrived(mail) {
  world.mails.set(mail.id, mail);
  if (!mail.outgoing || (mail.owners.includes(world.owner) && mail.thread === world.thread)) world.seen.add(mail.id);
  if (mail.owners.includes(world.owner) && !world.thread) openThread(mail.thread);
  draw();
}

function choose(address) {
  world.owner = address;
  const [newest] = threadsOf(world, address);
  openThread(newest?.id ?? "");
}

function openThread(id) {
  world.thread = id;
  for (const mail of world.mails.values()) if (mail.thread === id) world.seen.add(mail.id);
  draw();
}

function draw() {
  if (redraw) return;
  redraw = requestAnimationFrame(() => {
    redraw = 0;
    drawPeople(byId("people"), world, choose);
    drawOwner(world);
    drawThreads(byId("threads"), world, (id) => { reader.stopWriting(); openThread(id); });
    reader.draw();
  });
}

byId("write").addEventListener("click", () => reader.write());
byId("add-person").addEventListener("click", () => ask("person", async ({ name, address }) => {
  const person = await call("POST", "/api/mail/people", { name, address });
  world.people.set(person.address, person);
  choose(person.address);
}));

start();
