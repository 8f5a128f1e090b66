// Elements made by hand: no markup is ever read from a text, so nothing that somebody wrote can become part of the page.
const SVG = "http://www.w3.org/2000/svg";
const OWN = new Set(["value", "checked", "disabled", "hidden", "multiple", "type", "id", "tabIndex", "maxLength", "rows", "htmlFor", "name", "noValidate"]);

/** An element: `class`, `text`, `onclick: listener`, properties and attributes; nothing is set for undefined, null and false. */
function make(tag, parts = {}, ...children) {
  const element = document.createElement(tag);
  // A button of a form would send it.
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (OWN.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== false && each !== ""));
  return element;
}

/** A picture of our own, made of lines; says nothing to screen readers. */
function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"], ["focusable", "false"]]) drawing.setAttribute(key, value);
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    drawing.append(path);
  }
  return drawing;
}

/** A round button of 44 px with a picture and its name. */
function iconButton(name, label, press, more = {}) {
  return make("button", {class: "tool", "aria-label": label, title: label, onclick: press, ...more}, icon(name));
}

/** Give a button another name. */
function rename(button, label) {
  button.setAttribute("aria-label", label);
  button.title = label;
}

/** A link's address when it is one that may be followed (web, mail, telephone), else "". */
function safeAddress(address, base) {
  try {
    const parsed = new URL(address, base);
    return ["http:", "https:", "mailto:", "tel:"].includes(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

/** A number of its own, also where the page is not served over TLS. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A wait of about so many milliseconds: browsers that lost the same server do not come back all at once. */
const jitter = (milliseconds) => milliseconds * (0.6 + Math.random() * 0.8);

const within = (value, least, most) => Math.min(Math.max(value, least), most);
