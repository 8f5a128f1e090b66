// What an agent asks with a message: buttons, a list, a link, a form. Once answered, the answer says it all.

/** The nodes below a message's text. */
function interactiveNodes(line, chat) {
  const {kind, header, footer} = line.interactive;
  const answered = chat.answerTo(line);
  const known = new Map([["buttons", buttonNodes], ["list", listNodes], ["cta_url", linkNodes], ["form", formNodes]]);
  const parts = known.get(kind);
  return {
    before: header ? [make("p", {class: "choice-head", dir: "auto", text: header})] : [],
    after: [...(parts ? parts(line, chat, answered) : []), ...(footer ? [make("p", {class: "choice-foot", dir: "auto"}, ...linked(footer))] : [])],
  };
}

function buttonNodes(line, chat, answered) {
  if (answered) return [];
  const press = (choice) => chat.talk.send("button_reply", {text: choice.title, reply_to: line.id, choice: {id: choice.id, title: choice.title}});
  const buttons = (line.interactive.buttons || []).map((each) => make("button", {class: "choice", dir: "auto", onclick: () => press(each), text: each.title}));
  return [make("div", {class: "choices", role: "group", "aria-label": chat.say("choose")}, ...buttons)];
}

function listNodes(line, chat, answered) {
  if (answered) return [];
  const {button, sections = []} = line.interactive;
  const id = `c-${newId()}`;
  const pick = (row) => chat.talk.send("list_reply", {text: row.title, reply_to: line.id, choice: {id: row.id, title: row.title}});
  const row = (each) => make("button", {class: "choice-row", onclick: () => pick(each)},
    make("span", {class: "choice-title", dir: "auto", text: each.title}), each.description && make("span", {class: "choice-more", dir: "auto", text: each.description}));
  const list = make("div", {class: "choice-list", id, hidden: true, role: "group", "aria-label": button || chat.say("choose")},
    ...sections.flatMap((section) => [section.title && make("p", {class: "choice-section", dir: "auto", text: section.title}), ...section.rows.map(row)]));
  const opener = make("button", {class: "choice is-wide", "aria-expanded": "false", "aria-controls": id, onclick: () => {
    list.hidden = !list.hidden;
    opener.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) chat.sheet.log.reveal(list);
  }}, make("span", {dir: "auto", text: button || chat.say("choose")}), icon("down"));
  return [opener, list];
}

function linkNodes(line, chat) {
  const {button, url} = line.interactive;
  const href = safeAddress(url);
  return href ? [link(href, button, {class: "choice is-wide", dir: "auto"}, make("span", {text: button || href}))] : [];
}

function formNodes(line, chat, answered) {
  const {form_fields: asked = [], button} = line.interactive;
  if (answered) return [make("p", {class: "answered"}, icon("check"), make("span", {text: chat.say("answered")}))];
  const known = chat.details.known();
  const fields = new Fields(asked, chat.say, {name: known.name, email: known.email, phone: known.phone});
  const submit = (event) => {
    event.preventDefault();
    if (fields.check()) chat.talk.send("form", {text: fields.written(), reply_to: line.id, answers: fields.values()});
  };
  return [make("form", {class: "asked", noValidate: true, onsubmit: submit}, ...fields.nodes, make("button", {type: "submit", class: "main", text: button || chat.say("answer")}))];
}
