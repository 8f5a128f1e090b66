// How a document model would look, with the values of a ticket; nothing is kept.
import {csrfToken} from "../api.js";
import {text} from "../texts.js";

const form = document.querySelector("[data-preview-of]");
const model = document.getElementById("model");
const place = document.querySelector("[data-preview-place]");
const wrong = document.querySelector("[data-preview-error]");
let shown;

async function ask(format) {
  const body = {body: model.elements.namedItem("body").value, style: model.elements.namedItem("style").value, ticket: form.elements.namedItem("ticket").value.trim(), format};
  const answer = await fetch("/api/v1/settings/document-previews", {
    method: "POST",
    credentials: "same-origin",
    headers: {"Content-Type": "application/json", "X-CSRFToken": csrfToken(), "Idempotency-Key": crypto.randomUUID()},
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer.blob();
  const problem = await answer.json().catch(() => ({title: text("Something went wrong.")}));
  throw new Error([problem.title, ...(problem.errors || []).map((each) => each.problem)].join(" "));
}

function showPicture(address) {
  const picture = Object.assign(document.createElement("img"), {className: "paper", src: address, alt: text("The first page of the document")});
  place.replaceChildren(picture);
}

function keep(address, name) {
  Object.assign(document.createElement("a"), {href: address, download: name}).click();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const whole = event.submitter?.value === "pdf";
  const buttons = form.querySelectorAll("button");
  buttons.forEach((each) => { each.disabled = true; });
  wrong.hidden = true;
  try {
    const address = URL.createObjectURL(await ask(whole ? "pdf" : "picture"));
    if (shown) URL.revokeObjectURL(shown);
    shown = address;
    if (whole) keep(address, `${form.elements.namedItem("ticket").value.trim()}.pdf`);
    else showPicture(address);
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
  } finally {
    buttons.forEach((each) => { each.disabled = false; });
  }
});
