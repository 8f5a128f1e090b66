// Texts as they are shown: addresses in them become links, everything else stays what it is.
const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>"']{2,1000}|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}\b/gi;
const TRAILING = /[.,:;!?)\]}'"»”]+$/;

/** The nodes of a text: words, and links that open beside the page. */
function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = endOf(found[0]);
    const whole = address.includes("@") && !/^(https?:|www\.)/i.test(address) ? `mailto:${address}` : /^www\./i.test(address) ? `https://${address}` : address;
    const href = safeAddress(whole);
    if (!href) continue;
    nodes.push(text.slice(from, found.index), link(href, address));
    from = found.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter(Boolean);
}

// A full stop or a closing bracket belongs to the sentence, unless the bracket was opened in the address.
function endOf(address) {
  const bare = address.replace(TRAILING, "");
  return address[bare.length] === ")" && bare.includes("(") ? `${bare})` : bare;
}

/** A link that leaves the page alone. */
function link(href, words, more = {}, ...children) {
  return make("a", {href, target: "_blank", rel: "noopener noreferrer", ...more, text: children.length ? undefined : words}, ...children);
}
