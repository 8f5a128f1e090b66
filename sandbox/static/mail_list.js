// Who has a mailbox, and the conversations in the one that is open.

import { byId, element, icon, shortTime } from "./dom.js";
import { initials } from "./people.js";

export function threadsOf(world, owner) {
  const threads = new Map();
  for (const mail of world.mails.values()) {
    if (!mail.owners.includes(owner)) continue;
    const thread = threads.get(mail.thread) ?? { id: mail.thread, mails: [] };
    thread.mails.push(mail);
    threads.set(mail.thread, thread);
  }
  return [...threads.values()].sort((one, other) => other.mails.at(-1).at - one.mails.at(-1).at);
}

const unseen = (world, mails) => mails.filter(({ id, outgoing }) => outgoing && !world.seen.has(id)).length;

export function drawPeople(place, world, choose) {
  place.replaceChildren(...[...world.people.values()].map((person) => {
    const mails = [...world.mails.values()].filter(({ owners }) => owners.includes(person.address));
    const count = unseen(world, mails);
    const last = mails.at(-1);
    return element(
      "button",
      { type: "button", class: "person", "data-address": person.address,
        "aria-pressed": String(person.address === world.owner), onclick: () => choose(person.address) },
      element("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name)),
      element("span", { class: "who" }, element("strong", {}, person.name), element("small", {}, last?.subject || person.address)),
      element("span", { class: "when" }, last ? shortTime(new Date(last.at * 1000)) : "",
        count ? element("span", { class: "unread", title: "New mails" }, String(count)) : null),
    );
  }));
}

export function drawOwner(world) {
  const person = world.people.get(world.owner);
  if (!person) return;
  byId("owner-avatar").textContent = initials(person.name);
  byId("owner-name").textContent = person.name;
  byId("owner-address").replaceChildren(person.address,
    person.certified ? element("span", { class: "is-certified" }, " · certified mail (PEC)") : "");
  byId("habit").value = person.habit;
}

export function drawThreads(place, world, open) {
  const threads = threadsOf(world, world.owner);
  if (!threads.length) {
    place.replaceChildren(element("p", { class: "nothing" }, "No mails yet."));
    return;
  }
  place.replaceChildren(...threads.map(({ id, mails }) => {
    const last = mails.at(-1);
    const isNew = unseen(world, mails) > 0;
    return element(
      "button",
      { type: "button", class: `thread${isNew ? " is-new" : ""}`, "data-thread": id,
        "aria-pressed": String(id === world.thread), onclick: () => open(id) },
      element("span", { class: "top" }, element("span", {}, isBy(world.owner, last) ? "You" : senderOf(last)),
        element("time", {}, shortTime(new Date(last.at * 1000)))),
      element("strong", {}, mails[0].subject || "(no subject)"),
      element("span", { class: "preview" }, last.files.length ? icon("paperclip") : null, last.text.slice(0, 90)),
    );
  }));
}

const isBy = (owner, { sender: [first] }) => first?.[1] === owner;

export const senderOf = ({ sender: [first] }) => (first ? first[0] || first[1] : "nobody");
