// Forms and buttons that speak to the REST interface: <form data-api="PATCH /api/v1/…" data-etag data-then data-done>.
import {Problem, request} from "./api.js";
import {ask, open} from "./dialogs.js";
import {refresh} from "./refresh.js";
import {text} from "./texts.js";
import {toast, toastProblem} from "./toast.js";
import {settle, valuesOf} from "./values.js";

const LOSES = {412: true};

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-api]");
  if (!form) return;
  event.preventDefault();
  submit(form, event.submitter);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-api]");
  if (!button) return;
  event.preventDefault();
  press(button);
});

/** Send a form; resolves to the answer, or undefined when it was refused (and the form says why). */
export async function submit(form, submitter) {
  const onlyChanged = "onlyChanged" in form.dataset;
  const body = valuesOf(form, onlyChanged);
  if (submitter?.name) body[submitter.name] = submitter.value;
  if (onlyChanged && Object.keys(body).length === 0) {
    await follow(form, {});
    return {};
  }
  return act(form, () => send(form, body), (problem) => showErrors(form, problem));
}

/** Press a button with data-api. */
export async function press(button) {
  if (button.dataset.confirm && !(await ask(button.dataset.confirm, button.dataset.confirmYes))) return undefined;
  return act(button, () => send(button, button.dataset.body ? JSON.parse(button.dataset.body) : undefined), toastProblem);
}

async function act(element, sending, refused) {
  if (element.dataset.busy) return undefined;
  element.dataset.busy = "yes";
  const buttons = element.tagName === "FORM" ? [...element.querySelectorAll("button[type=submit], button:not([type])")] : [element];
  buttons.forEach((each) => { each.disabled = true; });
  try {
    clearErrors(element);
    const answer = await sending();
    if (element.tagName === "FORM") settle(element);
    if (answer.etag && element.dataset.etag !== undefined) element.dataset.etag = answer.etag;
    if (element.dataset.done) say(element);
    await follow(element, answer.body || {});
    return answer.body || {};
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refused(error);
    return undefined;
  } finally {
    delete element.dataset.busy;
    buttons.forEach((each) => { each.disabled = false; });
  }
}

function say(element) {
  const undo = element.dataset.undo;
  const action = undo && {label: text("Undo"), run: async () => {
    const [method, path] = undo.split(" ");
    try {
      await request(method, path, {body: element.dataset.undoBody ? JSON.parse(element.dataset.undoBody) : undefined});
      await follow(element, {});
    } catch (error) { toastProblem(error); }
  }};
  toast(element.dataset.done, {action, seconds: undo ? 8 : 4});
}

async function send(element, body) {
  const [method, path] = element.dataset.api.split(" ");
  try {
    return await request(method, path, {body, etag: element.dataset.etag});
  } catch (error) {
    if (!LOSES[error.status] || method !== "PATCH") throw error;
    return afterOthers(path, body, element, error);
  }
}

// Somebody (or the desk itself) changed the thing since it was shown: where that was something else, ours goes on top.
async function afterOthers(path, body, element, refusal) {
  const now = await request("GET", path);
  const before = element.dataset.shown ? JSON.parse(element.dataset.shown) : initial(element);
  const touched = Object.keys(body).filter((name) => before[name] !== undefined && !same(before[name], plain(now.body[name])));
  if (touched.length || Object.keys(before).length === 0) {
    refusal.errors = touched.map((field) => ({field, problem: text("Meanwhile somebody set it to “{value}”.", {value: worded(now.body[field])})}));
    refusal.detail = text("Save again to put yours in its place, or reload to see theirs.");
    element.dataset.etag = now.etag;
    element.dataset.shown = JSON.stringify(Object.fromEntries(Object.keys(before).map((name) => [name, plain(now.body[name])])));
    throw refusal;
  }
  return request("PATCH", path, {body, etag: now.etag});
}

function initial(element) {
  if (element.tagName !== "FORM") return {};
  const copy = element.cloneNode(true);
  copy.reset();
  return valuesOf(copy);
}

const plain = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value.key ?? value.id ?? value : value);
const same = (left, right) => JSON.stringify(left ?? "") === JSON.stringify(right ?? "");
const worded = (value) => (value && typeof value === "object" ? value.label ?? value.name ?? JSON.stringify(value) : String(value ?? "—"));

async function follow(element, answer) {
  for (const step of (element.dataset.then || "").split(" ").filter(Boolean)) {
    const [what, rest = ""] = [step.split(":")[0], step.slice(step.indexOf(":") + 1)];
    if (what === "reload") location.reload();
    if (what === "goto") location.assign(rest.replace(/\{(\w+)\}/g, (whole, name) => encodeURIComponent(answer[name] ?? "")));
    if (what === "refresh") await refresh(rest);
    if (what === "close") element.closest("dialog")?.close();
    if (what === "reset") element.reset?.();
    if (what === "show") reveal(rest, answer);
    if (what === "event") document.dispatchEvent(new CustomEvent(rest, {detail: answer}));
  }
}

function reveal(selector, answer) {
  const sheet = document.querySelector(selector);
  for (const place of sheet.querySelectorAll("[data-answer]")) place.textContent = answer[place.dataset.answer] ?? "";
  open(sheet);
}

function clearErrors(element) {
  if (element.tagName !== "FORM") return;
  element.querySelectorAll(".is-wrong").forEach((each) => { each.classList.remove("is-wrong"); each.removeAttribute("aria-invalid"); });
  element.querySelectorAll("[data-error-for]").forEach((each) => { each.hidden = true; each.textContent = ""; });
  element.querySelectorAll("[data-summary]").forEach((each) => { each.hidden = true; });
}

/** Say at each field what is wrong with it, and all of it on top of the form. */
export function showErrors(form, problem) {
  const summary = form.querySelector("[data-summary]");
  const lines = problem.errors.map((error) => ({error, field: fieldOf(form, error.field)}));
  for (const {error, field} of lines) {
    if (!field) continue;
    field.classList.add("is-wrong");
    field.setAttribute("aria-invalid", "true");
    const place = form.querySelector(`[data-error-for="${CSS.escape(field.name)}"]`);
    if (place) { place.textContent = error.problem; place.hidden = false; }
  }
  if (!summary) {
    toastProblem({title: problem.title, detail: [problem.detail, ...lines.map(({error}) => `${error.field}: ${error.problem}`)].join(" ")});
    lines.find(({field}) => field)?.field.focus();
    return;
  }
  summary.replaceChildren(Object.assign(document.createElement("strong"), {textContent: problem.title}), " ", problem.detail);
  const list = document.createElement("ul");
  for (const {error, field} of lines) list.append(lineOf(error, field, form));
  if (lines.length) summary.append(list);
  summary.hidden = false;
  summary.focus();
}

function lineOf(error, field, form) {
  const item = document.createElement("li");
  const label = field && form.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent.replace("*", "").trim();
  const words = `${label || error.field}: ${error.problem}`;
  if (!field) { item.textContent = words; return item; }
  const link = Object.assign(document.createElement("a"), {href: `#${field.id}`, textContent: words});
  link.addEventListener("click", (event) => { event.preventDefault(); field.focus(); });
  item.append(link);
  return item;
}

function fieldOf(form, path) {
  const names = [path, `${path}[]`, path.replace(/\.\d+$/, ""), `${path.replace(/\.\d+$/, "")}[]`, path.split(".")[0], `${path.split(".")[0]}[]`];
  for (const name of names) {
    const found = form.elements.namedItem(name);
    if (found) return found instanceof RadioNodeList ? found[0] : found;
  }
  return null;
}
