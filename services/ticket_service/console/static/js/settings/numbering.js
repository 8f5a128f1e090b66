// What a scheme would give, while it is being typed.
import {get, Problem} from "../api.js";
import {valuesOf} from "../values.js";

const PAUSE = 250;
const form = document.getElementById("numbering");
const wrong = document.getElementById("sample-error");
let waiting;
let asking = new AbortController();

async function look() {
  asking.abort();
  asking = new AbortController();
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(valuesOf(form))) if (value !== null && value !== "") query.set(name, value);
  if (!query.has("prefix")) query.set("prefix", "");
  try {
    const shown = await get(`/settings/numbering/preview?${query}`, {signal: asking.signal});
    for (const place of document.querySelectorAll("[data-sample]")) place.textContent = shown[place.dataset.sample];
    wrong.hidden = true;
  } catch (error) {
    if (!(error instanceof Problem)) return;
    wrong.textContent = error.errors.map((each) => each.problem).join(" ") || error.title;
    wrong.hidden = false;
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE);
});
