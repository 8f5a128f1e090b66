// A picture of somebody: sent as soon as it is chosen.
import {Problem, request} from "../api.js";

document.addEventListener("change", async (event) => {
  const input = event.target.closest("[data-portrait-file]");
  if (!input?.files.length) return;
  const place = input.closest("[data-portrait]");
  const problem = place.querySelector("[data-portrait-problem]");
  problem.hidden = true;
  const body = new FormData();
  body.append("file", input.files[0]);
  try {
    await request("PUT", place.dataset.portrait, {body});
    location.reload();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.textContent = error.errors[0]?.problem ?? [error.title, error.detail].filter(Boolean).join(" ");
    problem.hidden = false;
    input.value = "";
  }
});
