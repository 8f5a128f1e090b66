// What a form holds, as the interface takes it: dotted names become nested objects, data-as says of what kind.
import {toUtc} from "./times.js";

const EMPTY_IS_NULL = new Set(["int", "float", "datetime", "date"]);

/** The JSON of a form; `onlyChanged` leaves out what is as it was rendered. */
export function valuesOf(form, onlyChanged = false) {
  const result = {};
  const seen = new Set();
  for (const element of form.elements) {
    if (!element.name || element.matches(":disabled") || element.name === "csrf_token" || seen.has(element)) continue;
    const group = groupOf(form, element);
    group.forEach((each) => seen.add(each));
    if (onlyChanged && !group.some(changed)) continue;
    const value = valueOf(element, group);
    if (value !== undefined) place(result, element.name.replace("[]", ""), value);
  }
  return result;
}

/** Whether an element differs from how it was rendered. */
export function changed(element) {
  if (["checkbox", "radio"].includes(element.type)) return element.checked !== element.defaultChecked;
  if (element.tagName === "SELECT") {
    const usual = [...element.options].some((each) => each.defaultSelected);
    return [...element.options].some((each, at) => each.selected !== (usual ? each.defaultSelected : !element.multiple && at === 0));
  }
  return element.value !== element.defaultValue;
}

/** What was saved is how it is from now on. */
export function settle(form) {
  for (const each of form.elements) {
    if (["checkbox", "radio"].includes(each.type)) each.defaultChecked = each.checked;
    else if (each.tagName === "SELECT") for (const option of each.options) option.defaultSelected = option.selected;
    else if ("defaultValue" in each) each.defaultValue = each.value;
  }
}

const groupOf = (form, element) => (element.name.endsWith("[]") || element.type === "radio" ? [...form.elements].filter((each) => each.name === element.name) : [element]);

function valueOf(element, group) {
  if (element.type === "checkbox" && element.name.endsWith("[]")) {
    const chosen = group.filter((each) => each.checked).map((each) => each.value);
    return chosen.length === 0 && "skipEmpty" in element.dataset ? undefined : chosen;
  }
  if (element.type === "checkbox") return element.checked;
  if (element.type === "radio") return typed(group.find((each) => each.checked)?.value ?? "", element);
  if (element.multiple) return [...element.selectedOptions].map((each) => each.value);
  if (element.name.endsWith("[]")) return group.map((each) => typed(each.value, each)).filter((each) => each !== null && each !== "");
  return typed(element.value, element);
}

function typed(raw, element) {
  const value = element.type === "password" ? raw : raw.trim();
  const kind = element.dataset.as || "";
  if (value === "") {
    if ("skipEmpty" in element.dataset) return undefined;
    if (kind === "list" || kind === "lines") return [];
    return EMPTY_IS_NULL.has(kind) || "null" in element.dataset ? null : "";
  }
  switch (kind) {
    case "int": return Number.isInteger(Number(value)) ? Number(value) : value;
    case "float": return Number.isNaN(Number(value.replace(",", "."))) ? value : Number(value.replace(",", "."));
    case "bool": return value === "true" || value === "on";
    case "list": return value.split(",").map((each) => each.trim()).filter(Boolean);
    case "lines": return value.split("\n").map((each) => each.trim()).filter(Boolean);
    case "json": try { return JSON.parse(value); } catch { return value; }
    case "datetime": return toUtc(value);
    default: return value;
  }
}

function place(target, path, value) {
  const parts = path.split(".");
  const last = parts.pop();
  let inside = target;
  for (const part of parts) inside = inside[part] ??= {};
  inside[last] = value;
}
