// The interface for the page: window.Sportello(channel?) answers a chat's controls; calls made before this script has come wait in
// window.Sportello.q, as ["open"], ["identify", {…}] or (chat) => …
const ADDRESS_END = /\/webchat\/widget\.js(?:[?#].*)?$/;

/** What a page may do with a chat. */
function controls(chat) {
  const own = {
    open: () => chat.open(),
    close: () => chat.close(),
    toggle: () => chat.toggle(),
    show: () => chat.show(true),
    hide: () => chat.show(false),
    // Who the visitor is, as the site's server has signed it; null: nobody any more.
    identify: (identity) => chat.visitor.identify(identity).then(() => chat.gate(), (error) => chat.complain(error)),
    setDetails: (details) => chat.talk.learn({name: details?.name, email: details?.email, phone: details?.phone}),
    setFields: (fields) => chat.talk.learn({answers: {...fields}}),
    setLanguage: (language) => chat.setLanguage(String(language || "")),
    on: (event, listener) => {
      chat.listeners.add(event, listener);
      if (event === "ready" && chat.ready) listener({online: chat.offer.online});
      return own;
    },
    off: (event, listener) => { chat.listeners.remove(event, listener); return own; },
    shutdown: () => { chat.shutdown(); known.delete(chat.channel); },
  };
  return own;
}

const known = new Map();
const script = document.currentScript;
const early = window.Sportello;

/** The controls of a channel's chat, or of the first one. */
function Sportello(channel) {
  return channel ? known.get(channel) : known.values().next().value;
}

/** Begin a chat for a script element; a second one of the same channel changes nothing. */
Sportello.begin = (element) => {
  const {channel, language, theme, position, direction, open} = element?.dataset || {};
  if (!channel || known.has(channel)) return;
  const base = element.src.replace(ADDRESS_END, "");
  const chat = new Chat(channel, base, {language, theme, position, direction: direction === "rtl" || direction === "ltr" ? direction : "", open: open !== undefined && open !== "false"});
  known.set(channel, controls(chat));
  chat.start();
};

function run(call) {
  const own = Sportello();
  if (typeof call === "function") call(own);
  else if (own && Array.isArray(call) && Object.hasOwn(own, call[0])) own[call[0]](...call.slice(1));
}

Sportello.q = {push: (...calls) => calls.forEach(run)};

const begin = () => {
  if (typeof early === "function" && early.begin) {
    early.begin(script);
    return;
  }
  window.Sportello = Sportello;
  Sportello.begin(script);
  Sportello.q.push(...(Array.isArray(early?.q) ? early.q : []));
};

if (document.body) begin();
else document.addEventListener("DOMContentLoaded", begin, {once: true});
