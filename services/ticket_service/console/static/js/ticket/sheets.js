// Sheets of the ticket: read when they are asked for, opened, and gone when they are closed.
import {get, patch, request} from "../api.js";
import {ask, open} from "../dialogs.js";
import {toastProblem} from "../toast.js";

/** Read the sheet at an address and open it. */
export async function openSheet(address) {
  const place = document.getElementById("ticket-sheets") || document.body;
  const answer = await fetch(address, {credentials: "same-origin", headers: {"HX-Request": "true"}});
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const sheet = fresh.querySelector("dialog");
  if (!sheet) {
    toastProblem({title: fresh.querySelector("h1, h2")?.textContent || answer.statusText, detail: fresh.querySelector("p")?.textContent || ""});
    return undefined;
  }
  const opener = document.activeElement;
  place.append(document.adoptNode(sheet));
  globalThis.htmx?.process(sheet);
  document.dispatchEvent(new CustomEvent("page:fresh", {detail: {element: sheet}}));
  sheet.addEventListener("close", () => { sheet.remove(); opener?.focus?.({preventScroll: true}); });
  open(sheet);
  return sheet;
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-sheet]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    opener.closest("dialog")?.close();
    await openSheet(opener.dataset.sheet);
  }
  const convert = event.target.closest("[data-convert]");
  if (convert) makeContact(convert.dataset.convert);
  const secret = event.target.closest("[data-confidential]");
  if (secret) readSecret(secret);
});

// A download is no page: the sheet has done its work when the file is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-plain]")) event.target.closest("dialog")?.close();
});

async function makeContact(id) {
  try {
    const {etag} = await request("GET", `/contacts/${id}`);
    await patch(`/contacts/${id}`, {stage: "contact"}, {etag});
    document.dispatchEvent(new CustomEvent("ticket:changed", {detail: {}}));
  } catch (problem) {
    toastProblem(problem);
  }
}

async function readSecret(button) {
  if (!(await ask(button.dataset.confirmWords))) return;
  try {
    const {answers} = await get(button.dataset.confidential);
    const place = button.closest("dialog").querySelector("[data-confidential-answer]");
    place.replaceChildren(...Object.entries(answers).flatMap(([name, value]) => [
      Object.assign(document.createElement("dt"), {textContent: name}),
      Object.assign(document.createElement("dd"), {textContent: value}),
    ]));
    place.hidden = false;
  } catch (problem) {
    toastProblem(problem);
  }
}
