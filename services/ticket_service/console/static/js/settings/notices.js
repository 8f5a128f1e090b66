// Notices: what is told in which status, and the words of one of them with a preview while they are written.
import {post, Problem, request} from "../api.js";
import {showErrors} from "../forms.js";
import {text} from "../texts.js";
import {toast, toastProblem} from "../toast.js";

const PATH = "/settings/notifications";
const PAUSE = 500;

const table = document.querySelector("[data-statuses]");

/** Only statuses that are switched on are in the map; the others follow the line above. */
function writeStatuses() {
  const told = {};
  for (const row of table.querySelectorAll("[data-status-row]")) {
    const on = row.querySelector("[data-status-on]").checked;
    const boxes = [...row.querySelectorAll("[data-status-to]")];
    boxes.forEach((each) => { each.disabled = !on; });
    if (on) told[row.dataset.statusRow] = boxes.filter((each) => each.checked).map((each) => each.dataset.statusTo);
  }
  table.elements.namedItem("statuses").value = JSON.stringify(told);
}
table?.addEventListener("change", writeStatuses);

const form = document.querySelector("form[data-words]");
const place = form && {event: form.dataset.event, audience: form.dataset.audience, language: form.dataset.language, status: form.dataset.status};
const typed = () => ({subject: form.elements.namedItem("subject").value.trim(), body: form.elements.namedItem("body").value});

async function preview() {
  const problem = document.querySelector("[data-preview-problem]");
  const words = typed();
  if (!words.subject || !words.body.trim()) return;
  try {
    const shown = await post(`${PATH}/preview`, {...place, ...words});
    document.querySelector('[data-preview="subject"]').textContent = shown.subject;
    document.querySelector('[data-preview="text"]').textContent = shown.text;
    problem.hidden = true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.textContent = [error.title, error.detail, ...error.errors.map((each) => each.problem)].filter(Boolean).join(" ");
    problem.hidden = false;
  }
}

/** The list of own words is replaced as a whole: ours goes in (or out), the others stay as they are now. */
async function save(words) {
  const now = await request("GET", PATH);
  const others = now.body.texts.filter((each) => !Object.keys(place).every((name) => each[name] === place[name]));
  await request("PATCH", PATH, {body: {texts: words ? [...others, {...place, ...words}] : others}, etag: now.etag});
}

async function decide(words, done) {
  try {
    await save(words);
    toast(done);
    location.reload();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const errors = error.errors.map((each) => ({...each, field: each.field.split(".").pop()}));
    if (errors.length) showErrors(form, Object.assign(error, {errors}));
    else toastProblem(error);
  }
}

if (form) {
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(preview, PAUSE); });
  form.addEventListener("submit", (event) => { event.preventDefault(); decide(typed(), text("Saved.")); });
  form.querySelector("[data-words-remove]")?.addEventListener("click", () => decide(null, text("The desk's words are used again.")));
  preview();
}
