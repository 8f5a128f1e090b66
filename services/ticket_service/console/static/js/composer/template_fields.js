// The places of a template as fields, and what was entered as the components that providers take.
import {csrfToken, PREFIX} from "../api.js";
import {text} from "../texts.js";

const MEDIA = {image: "image/*", video: "video/*", document: ""};
let made = 0;

/** Draw the fields of a template; each is {label, done(), parameter()}. `given` are components entered before. */
export function fieldsOf(place, template, given, changed, box) {
  place.replaceChildren();
  const named = template.parameter_format === "named";
  return template.parameters.map((path) => {
    const parts = path.split(" ");
    const index = parts[0] === "button" ? Number(parts[1]) : null;
    const name = parts.at(-1);
    const before = valueOf(given, parts[0], index, name, named);
    if (name === "location") return locationField(place, parts[0], before, changed);
    if (name in MEDIA) return mediaField(place, parts[0], name, before, changed, box);
    return textField(place, {component: parts[0], index, name, named}, before, changed);
  });
}

/** What was entered, component by component, in the shape that the Cloud API documents for sending.

With `gaps` what is missing stands there as its place, for a preview. */
export function componentsOf(fields, gaps = false) {
  const found = new Map();
  for (const field of fields) {
    const key = `${field.component} ${field.index ?? ""}`;
    const parameter = field.parameter(gaps);
    if (!parameter) continue;
    if (!found.has(key)) {
      const button = field.index === null ? {} : {sub_type: field.name === "code" ? "copy_code" : "url", index: field.index};
      found.set(key, {type: field.component, ...button, parameters: []});
    }
    found.get(key).parameters.push(parameter);
  }
  return [...found.values()];
}

function valueOf(given, component, index, name, named) {
  const found = given.find((each) => each.type === component && (index === null || Number(each.index) === index));
  if (!found) return null;
  if (named) return found.parameters.find((each) => each.parameter_name === name) ?? null;
  return found.parameters[/^\d+$/.test(name) ? Number(name) - 1 : 0] ?? null;
}

function labelled(place, words, input) {
  made += 1;
  input.id = `template-field-${made}`;
  const field = Object.assign(document.createElement("div"), {className: "field"});
  field.append(Object.assign(document.createElement("label"), {className: "form-label", htmlFor: input.id, textContent: words}), input);
  place.append(field);
  return field;
}

function entry(type = "text") {
  return Object.assign(document.createElement("input"), {type, className: "form-control", autocomplete: "off"});
}

function labelOf({component, index, name}) {
  if (name === "code") return text("Code of the button");
  if (component === "button") return text("Last part of the address of button {number}", {number: index + 1});
  if (/^\d+$/.test(name)) return component === "header" ? text("Variable of the title") : text("Variable {number}", {number: name});
  return name.replaceAll("_", " ");
}

function textField(place, about, before, changed) {
  const input = entry();
  input.maxLength = 1000;
  input.value = before?.text ?? before?.coupon_code ?? "";
  const label = labelOf(about);
  labelled(place, label, input);
  input.addEventListener("input", changed);
  const parameter = (gaps) => {
    const value = input.value.trim() || (gaps && about.index === null ? `{{${about.name}}}` : "");
    // Positions count: a gap in the middle keeps its place, and the interface says that it is missing.
    if (!value) return about.named || about.index !== null ? null : {type: "text", text: ""};
    if (about.name === "code") return {type: "coupon_code", coupon_code: value};
    return {type: "text", ...(about.named ? {parameter_name: about.name} : {}), text: value};
  };
  return {...about, label, done: () => Boolean(input.value.trim()), parameter};
}

function mediaField(place, component, kind, before, changed, box) {
  const input = entry("file");
  input.accept = MEDIA[kind];
  const label = {image: text("Picture above the text"), video: text("Film above the text"), document: text("Document above the text")}[kind];
  const field = labelled(place, label, input);
  const state = Object.assign(document.createElement("p"), {className: "form-text"});
  field.append(state);
  let id = before?.[kind]?.attachment_id ?? "";
  if (id) state.textContent = text("A file was chosen before.");
  input.addEventListener("change", async () => {
    const form = new FormData();
    form.append("file", input.files[0]);
    id = "";
    state.textContent = text("Uploading…");
    const answer = await fetch(`${PREFIX}/attachments`, {method: "POST", body: form, headers: {"X-CSRFToken": csrfToken(), "Idempotency-Key": crypto.randomUUID()}});
    const said = await answer.json();
    if (answer.ok) id = said.id;
    state.textContent = answer.ok ? "" : said.errors?.[0]?.problem ?? said.title;
    if (!answer.ok) box.alert(state.textContent);
    changed();
  });
  return {component, index: null, name: kind, label, done: () => Boolean(id), parameter: () => (id ? {type: kind, [kind]: {attachment_id: id}} : null)};
}

function locationField(place, component, before, changed) {
  const inputs = ["latitude", "longitude", "name", "address"].map((name) => {
    const input = entry();
    input.value = before?.location?.[name] ?? "";
    labelled(place, {latitude: text("Latitude"), longitude: text("Longitude"), name: text("Name of the place"), address: text("Address of the place")}[name], input);
    input.addEventListener("input", changed);
    return [name, input];
  });
  const filled = () => inputs.every(([, input]) => input.value.trim());
  const parameter = () => (filled() ? {type: "location", location: Object.fromEntries(inputs.map(([name, input]) => [name, input.value.trim()]))} : null);
  return {component, index: null, name: "location", label: text("Place above the text"), done: filled, parameter};
}
