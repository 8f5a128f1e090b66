// A new message template: what is typed becomes the provider's components, and is shown as the customer will see it.
import {text} from "../texts.js";

const VARIABLE = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;
const form = document.querySelector("[data-template-form]");
const part = (name) => form.querySelector(`[data-${name}]`);
const shows = (name) => form.querySelector(`[data-shows="${name}"]`);
const namesIn = (words) => [...new Set([...words.matchAll(VARIABLE)].map((found) => found[1]))];

/** Examples by "header 1", "body first_name": those that were typed before stay. */
function examples() {
  const list = form.querySelector("[data-examples-list]");
  const wanted = ["header", "body"].flatMap((name) => namesIn(part(name).value).map((variable) => `${name} ${variable}`));
  for (const field of [...list.children]) if (!wanted.includes(field.dataset.example)) field.remove();
  for (const name of wanted) {
    if ([...list.children].some((each) => each.dataset.example === name)) continue;
    const id = `example-${name.replace(" ", "-")}`;
    const label = Object.assign(document.createElement("label"), {className: "form-label", htmlFor: id, textContent: text("For {place}", {place: `{{${name.split(" ")[1]}}}`})});
    const input = Object.assign(document.createElement("input"), {className: "form-control", id, maxLength: 200, required: true});
    const field = Object.assign(document.createElement("div"), {className: "field"});
    field.dataset.example = name;
    field.append(label, input);
    list.append(field);
  }
  form.querySelector("[data-examples]").hidden = wanted.length === 0;
  return (place, variable) => form.querySelector(`[data-example="${place} ${variable}"] input`)?.value.trim() || "";
}

function exampleOf(place, words, given) {
  const names = namesIn(words);
  if (names.length === 0) return {};
  const key = `${place}_text`;
  if (names.every((name) => /^\d+$/.test(name))) {
    const values = names.sort((left, right) => left - right).map((name) => given(place, name));
    return {example: {[key]: place === "body" ? [values] : values}};
  }
  return {example: {[`${key}_named_params`]: names.map((name) => ({param_name: name, example: given(place, name)}))}};
}

function buttons() {
  return [...form.querySelectorAll("[data-button]")].flatMap((row) => {
    const [kind, label, value] = ["type", "text", "value"].map((name) => row.querySelector(`[data-button-${name}]`));
    label.hidden = !kind.value;
    value.hidden = !["URL", "PHONE_NUMBER"].includes(kind.value);
    if (!kind.value) return [];
    const shown = {type: kind.value, text: label.value.trim()};
    if (kind.value === "URL") shown.url = value.value.trim();
    if (kind.value === "PHONE_NUMBER") shown.phone_number = value.value.trim();
    return [shown];
  });
}

function filled(place, words, given) {
  return words.replace(VARIABLE, (whole, name) => given(place, name) || whole);
}

function write() {
  const given = examples();
  const [header, body, footer] = ["header", "body", "footer"].map((name) => part(name).value.trim());
  const all = buttons();
  const components = [
    ...(header ? [{type: "HEADER", format: "TEXT", text: header, ...exampleOf("header", header, given)}] : []),
    {type: "BODY", text: body, ...exampleOf("body", body, given)},
    ...(footer ? [{type: "FOOTER", text: footer}] : []),
    ...(all.length ? [{type: "BUTTONS", buttons: all}] : []),
  ];
  form.elements.namedItem("components").value = JSON.stringify(components);
  for (const [name, words] of [["header", header], ["body", body], ["footer", footer]]) {
    shows(name).textContent = filled(name, words, given);
    shows(name).hidden = name !== "body" && !words;
  }
  shows("buttons").replaceChildren(...all.map((each) => Object.assign(document.createElement("li"), {textContent: each.text})));
  shows("buttons").hidden = all.length === 0;
}

form?.addEventListener("input", write);
form?.addEventListener("change", write);
if (form) write();
