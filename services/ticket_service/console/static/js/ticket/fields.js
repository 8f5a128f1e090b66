// Fields that save themselves: each change of a form with data-saves is sent as soon as it is made.
import {press} from "../forms.js";
import {changed} from "../values.js";

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-saves]");
  if (!form || event.target.matches("[role=combobox]")) return;
  if (changed(event.target)) form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.closest?.("form[data-saves]") || field.matches("[role=combobox], textarea, select")) return;
  if (event.key === "Escape") { field.value = field.defaultValue; field.blur(); }
  if (event.key === "Enter") { event.preventDefault(); field.blur(); }
});

document.addEventListener("picked", (event) => save(event.target));

// A search field that was emptied empties the field; one with words that were not chosen goes back.
document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("form[data-saves] [data-picker]");
  if (!box || box.contains(event.relatedTarget)) return;
  const words = box.querySelector("[role=combobox]");
  if (!words.value.trim() && !words.required) save(box);
  else if (!box.querySelector("input[type=hidden]").value) back(box);
});

async function save(box) {
  const form = box.closest("form[data-saves]");
  if (!form) return;
  const held = box.querySelector("input[type=hidden]");
  const value = held.value ? (box.dataset.prefix || "") + held.value.replace(box.dataset.prefix || "", "") : null;
  if ((value || "") === box.dataset.saved) return;
  const asked = document.createElement("button");
  Object.assign(asked.dataset, {
    api: form.dataset.api, etag: form.dataset.etag, then: form.dataset.then,
    body: JSON.stringify({[held.name]: value}), shown: JSON.stringify({[held.name]: box.dataset.saved || null}),
  });
  form.dataset.busy = "yes";
  const done = await press(asked);
  delete form.dataset.busy;
  if (done) {
    form.dataset.etag = asked.dataset.etag;
    box.dataset.saved = value || "";
    box.dataset.savedWords = box.querySelector("[role=combobox]").value;
  } else {
    back(box);
  }
}

function back(box) {
  const words = box.querySelector("[role=combobox]");
  words.value = box.dataset.savedWords;
  words.setCustomValidity("");
  box.querySelector("input[type=hidden]").value = box.dataset.saved;
}
