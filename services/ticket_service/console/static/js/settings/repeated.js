// Groups of fields that repeat: the parts of each item become the JSON of a hidden field of the form.
import {text} from "../texts.js";
import {toast} from "../toast.js";

const itemsOf = (group) => [...group.querySelectorAll(":scope > [data-item]")];
const fieldOf = (name) => document.querySelector(`[data-gathered="${name}"]`);

function valueOf(part) {
  const raw = part.type === "checkbox" ? part.checked : part.value.trim();
  switch (part.dataset.partAs) {
    case "int": return raw === "" ? null : Number.isInteger(Number(raw)) ? Number(raw) : raw;
    case "json": return raw === "" ? null : JSON.parse(raw);
    case "lines": return raw.split("\n").map((each) => each.trim()).filter(Boolean);
    default: return raw;
  }
}

// "reminder.templates.whatsapp-main" goes two objects deep; what is not chosen there is left out.
function put(target, path, value) {
  const steps = path.split(".");
  const last = steps.pop();
  let inside = target;
  for (const each of steps) inside = inside[each] ??= {};
  if (steps.length < 2 || value !== null) inside[last] = value;
}

function gather(item) {
  const value = {};
  for (const part of item.querySelectorAll("[data-part]")) {
    if (!("partSkipsEmpty" in part.dataset && part.value.trim() === "")) put(value, part.dataset.part, valueOf(part));
  }
  for (const object of item.querySelectorAll("[data-object]")) {
    if (!object.querySelector("[data-object-on]").checked) value[object.dataset.object] = null;
  }
  return value;
}

function showObjects(item) {
  for (const object of item.querySelectorAll("[data-object]")) {
    object.querySelector("[data-object-body]").hidden = !object.querySelector("[data-object-on]").checked;
  }
}

// Errors name their place by number ("targets.1.minutes"): so do the ids of the parts.
function number(group) {
  const begin = new RegExp(`^${group.dataset.repeated}\\.\\d+\\.`);
  itemsOf(group).forEach((item, at) => {
    const renamed = (old) => old.replace(begin, `${group.dataset.repeated}.${at}.`);
    item.querySelectorAll("[id]").forEach((each) => { each.id = renamed(each.id); });
    item.querySelectorAll("label[for]").forEach((each) => { each.htmlFor = renamed(each.htmlFor); });
  });
}

function write(group) {
  fieldOf(group.dataset.repeated).value = JSON.stringify(itemsOf(group).map(gather));
}

function add(name) {
  const group = document.querySelector(`[data-repeated="${name}"]`);
  const most = Number(group.dataset.most || 100);
  if (itemsOf(group).length >= most) {
    toast(text("There are {number} at most.", {number: most}), {kind: "bad"});
    return;
  }
  group.append(document.querySelector(`[data-item-of="${name}"]`).content.cloneNode(true));
  const item = itemsOf(group).pop();
  number(group);
  showObjects(item);
  document.dispatchEvent(new CustomEvent("item:added", {detail: {item}}));
  write(group);
  item.querySelector("input, select, textarea")?.focus();
}

function remove(button) {
  const item = button.closest("[data-item]");
  const group = item.closest("[data-repeated]");
  const [next, form] = [item.nextElementSibling, item.closest("form")];
  const restore = () => {
    if (next?.parentElement === group) next.before(item);
    else group.append(item);
    number(group);
    write(group);
  };
  item.remove();
  number(group);
  write(group);
  (itemsOf(group).pop()?.querySelector("[data-remove-item]") || form.querySelector(`[data-add-item="${group.dataset.repeated}"]`))?.focus();
  toast(text("Removed. It takes effect when you save."), {action: {label: text("Undo"), run: restore}, seconds: 6});
}

for (const group of document.querySelectorAll("[data-repeated]")) {
  itemsOf(group).forEach(showObjects);
  write(group);
  const field = fieldOf(group.dataset.repeated);
  field.defaultValue = field.value;
}
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const group = event.target.closest("[data-repeated]");
    if (!group) return;
    showObjects(event.target.closest("[data-item]"));
    write(group);
  });
}
document.addEventListener("click", (event) => {
  const adding = event.target.closest("[data-add-item]");
  if (adding) add(adding.dataset.addItem);
  const removing = event.target.closest("[data-remove-item]");
  if (removing) remove(removing);
});
