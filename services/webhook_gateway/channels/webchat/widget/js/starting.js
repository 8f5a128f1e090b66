// The form before a chat: what the desk wants to know first.

/** Whether it is asked now. Somebody the site vouches for is not asked for what it said of them. */
function startingFields({offer, visitor, conversation, outbox, store}) {
  if (offer.form_when === "never" || store.get("formed")) return [];
  if (offer.form_when === "away" && offer.online) return [];
  const talked = conversation.lines.some(isOwn) || outbox.entries().length > 0;
  if (offer.form_when === "always" && talked) return [];
  return offer.form.filter((each) => !(visitor.known?.verified && (each.key === "name" || each.key === "email")));
}

/** The form itself. */
function startingForm(chat, asked) {
  const {say, offer} = chat;
  const known = chat.details.known();
  const fields = new Fields(asked, say, {...known.answers, ...Object.fromEntries(known.consents.map((each) => [each, "yes"])), name: known.name, email: known.email, phone: known.phone});
  const submit = (event) => {
    event.preventDefault();
    if (!fields.check()) return;
    chat.store.set("formed", true);
    chat.talk.learn(fields.details());
    chat.gate();
    chat.sheet.focus();
  };
  return make("form", {class: "starting", "data-asked": asked.map((each) => each.key).join(" "), noValidate: true, onsubmit: submit, "aria-label": say("start")},
    make("p", {class: "starting-intro", dir: "auto"}, ...linked(offer.texts.form_intro || say(offer.online ? "form_intro" : "form_away"))),
    ...fields.nodes,
    offer.texts.privacy && make("p", {class: "privacy", dir: "auto"}, ...linked(offer.texts.privacy)),
    make("button", {type: "submit", class: "main", text: say("start")}));
}

/** What was typed into a form stands in the one that takes its place, and so does the cursor. */
function carryOver(before, after) {
  const active = before.getRootNode().activeElement;
  for (const old of before.elements) {
    const field = old.name && after.elements.namedItem(old.name);
    if (!field) continue;
    field.value = old.value;
    field.checked = old.checked;
    if (old === active) setTimeout(() => field.focus());
  }
  return after;
}

/** What the visitor gave of themselves, or the site said: kept, and told with the next message. */
class Details {
  constructor(store) {
    this.store = store;
  }

  known() {
    return {name: "", email: "", phone: "", answers: {}, consents: [], ...this.store.get("details")};
  }

  /** Learn more; empty values change nothing. True when something is new. */
  learn({name, email, phone, answers, consents} = {}) {
    const before = this.known();
    const after = {
      name: oneLine(name) || before.name,
      email: oneLine(email) || before.email,
      phone: oneLine(phone) || before.phone,
      answers: Object.fromEntries(Object.entries({...before.answers, ...answers}).slice(0, 30).map(([key, value]) => [key, String(value).slice(0, 5_000)])),
      consents: [...new Set([...before.consents, ...(consents || [])])],
    };
    if (JSON.stringify(after) === JSON.stringify(before)) return false;
    this.store.set("details", after);
    this.store.set("untold", true);
    return true;
  }

  /** What the desk was not told yet, or undefined. */
  untold() {
    return this.store.get("untold") ? this.known() : undefined;
  }

  told() {
    this.store.set("untold", null);
  }

  forget() {
    for (const name of ["details", "untold", "formed"]) this.store.set(name, null);
  }
}

const oneLine = (value) => String(value ?? "").trim().slice(0, 320);
