// One line of the conversation as it is shown.

/** Somebody's picture, or their initials; `size` is a class. */
function face(person, address) {
  const initials = String(person.name || "").trim().split(/\s+/).filter(Boolean).map((each) => [...each][0]);
  const letters = (initials.length > 1 ? [initials[0], initials[initials.length - 1]] : initials).join("").toLocaleUpperCase();
  const box = make("span", {class: "face", "aria-hidden": "true"}, letters ? make("span", {text: letters}) : icon("chat"));
  if (address) {
    const picture = make("img", {src: address, alt: "", loading: "lazy", referrerpolicy: "no-referrer", onload: () => box.classList.add("has-picture"), onerror: () => picture.remove()});
    box.append(picture);
  }
  return box;
}

/** The list item of a line; `shown`: {line, first, last, state, reason, id, rated} as the log found them. */
function lineNode(shown, chat) {
  const {line} = shown;
  if (line.kind !== "message") return factNode(shown, chat);
  const own = isOwn(line);
  const asks = line.interactive ? interactiveNodes(line, chat) : {before: [], after: []};
  const text = line.text && make("p", {class: "text", dir: "auto"}, ...linked(line.text));
  const bubble = make("div", {class: "bubble"}, ...asks.before, ...(line.files || []).map((each) => fileNode(each, chat)), text, ...asks.after);
  if (!line.text && line.files?.length === 1 && line.files[0].kind === "image" && line.files[0].url) bubble.classList.add("is-picture");
  const who = own ? chat.say("you") : line.author.name || chat.title;
  return make("li", {class: `line ${own ? "is-own" : "is-desk"}${shown.first ? " is-first" : ""}${shown.last ? " is-last" : ""}${shown.state === FAILED ? " is-failed" : ""}`},
    !own && (shown.last ? face(line.author, chat.api.resolve(line.author.picture)) : make("span", {class: "face is-empty", "aria-hidden": "true"})),
    make("div", {class: "stack"},
      own || !shown.first || !line.author.name ? make("span", {class: "unseen", text: `${who}: `}) : make("span", {class: "author", dir: "auto", text: line.author.name}),
      bubble,
      metaNode(shown, chat)));
}

function metaNode({line, last, state, reason, id}, chat) {
  if (state === FAILED) return failedNode({reason, id}, chat);
  if (!last && !state && !line.by_mail) return null;
  const parts = [line.by_mail && make("span", {class: "by-mail"}, icon("mail"), make("span", {text: chat.say("by_mail")})),
    make("time", {datetime: line.at, text: chat.words.time(line.at)}), state && make("span", {class: "state", text: chat.say(state)})];
  return make("p", {class: "meta"}, ...parts);
}

function failedNode({reason, id}, chat) {
  return make("div", {class: "meta is-failed", role: "alert"}, icon("alert"),
    make("span", {text: chat.say("failed") + (reason ? ` · ${reason}` : "")}),
    make("button", {class: "plain", text: chat.say("retry"), onclick: () => chat.outbox.retry(id)}),
    make("button", {class: "plain", text: chat.say("remove"), onclick: () => chat.outbox.remove(id)}));
}

/** A ticket's line, or a rating. */
function factNode({line, rated, state, reason, id}, chat) {
  if (line.kind === "rated") {
    return make("li", {class: "fact"}, ratingNode(line, chat), state === FAILED && failedNode({reason, id}, chat));
  }
  const opened = line.kind === "ticket_opened";
  const words = make("p", {class: "fact-words"}, icon(opened ? "ticket" : "check"), make("span", {dir: "auto", text: chat.say(opened ? "ticket_opened" : "ticket_closed", {ticket: line.ticket})}));
  return make("li", {class: "fact"}, words,
    line.text && make("p", {class: "fact-more", dir: "auto"}, ...linked(line.text)),
    line.kind === "ticket_closed" && chat.offer.rating && !rated && ratingForm(line, chat));
}

function fileNode(file, chat) {
  const href = chat.api.resolve(file.url);
  const about = make("span", {class: "file-about"}, make("bdi", {class: "file-name", text: file.name}), make("span", {class: "file-size", text: file.size ? chat.words.size(file.size) : ""}));
  const plain = () => (href ? link(href, file.name, {class: "file"}, icon("file"), about) : make("span", {class: "file"}, icon("file"), about));
  if (file.kind !== "image" || !href) return plain();
  const picture = make("img", {src: href, alt: file.name, class: "picture", referrerpolicy: "no-referrer"});
  const box = link(href, file.name, {class: "picture-link"}, picture);
  picture.addEventListener("error", () => box.replaceWith(plain()), {once: true});
  return box;
}
