// How somebody likes lists, kept on the server.
import {patch, put, request} from "../api.js";
import {toastProblem} from "../toast.js";

/** Remember one choice while the page may already be leaving. */
export const rememberOne = (key, value) => put(`/me/preferences/ui/${key}`, {value}, {keepalive: true}).catch(() => undefined);

async function prefer(changes) {
  try {
    const {etag} = await request("GET", "/me/preferences");
    await patch("/me/preferences", changes, {etag});
    location.reload();
  } catch (problem) {
    toastProblem(problem);
  }
}

const key = () => document.getElementById("list-pane").dataset.columnsKey;

document.addEventListener("click", (event) => {
  const shape = event.target.closest("[data-shape-choice]");
  if (shape) rememberOne("tickets:as", shape.dataset.shapeChoice);
  if (event.target.closest("button[data-density]")) {
    const compact = document.documentElement.dataset.density === "compact";
    prefer({density: compact ? "comfortable" : "compact"});
  }
  if (event.target.closest("[data-usual-columns]")) prefer({columns: {[key()]: null}});
  const choice = event.target.closest(".column-choice");
  if (choice && event.target.closest("[data-up]")) choice.previousElementSibling?.before(choice);
  if (choice && event.target.closest("[data-down]")) choice.nextElementSibling?.after(choice);
  if (choice) event.target.closest("[data-up], [data-down]")?.focus();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-columns]")) return;
  event.preventDefault();
  const chosen = [...event.target.querySelectorAll("input:checked")].map((each) => each.value);
  if (chosen.length) prefer({columns: {[key()]: chosen}});
});
