// The status: chosen from the menu; where it asks why, the reason first; and back again for some seconds.
import {Problem, request} from "../api.js";
import {open} from "../dialogs.js";
import {text} from "../texts.js";
import {toast, toastProblem} from "../toast.js";

document.addEventListener("click", async (event) => {
  const choice = event.target.closest("[data-status-to]");
  if (!choice || choice.getAttribute("aria-current")) return;
  const number = choice.closest("[data-ticket]").dataset.ticket;
  const before = choice.closest("ul").querySelector("[aria-current]")?.dataset.statusTo;
  const change = {status: choice.dataset.statusTo};
  if (choice.dataset.asks) {
    const reason = await why(choice.dataset.label, JSON.parse(choice.dataset.asks));
    if (reason === undefined) return;
    change.justification = reason;
  }
  if (!(await set(number, change))) return;
  toast(text("{number} is “{status}” now.", {number, status: choice.dataset.label}), {
    seconds: 8, action: before && {label: text("Undo"), run: () => set(number, {status: before})},
  });
});

// The last word counts: a status is set on top of whatever else changed meanwhile.
async function set(number, change) {
  const path = `/tickets/${encodeURIComponent(number)}`;
  try {
    for (let tries = 0; ; tries += 1) {
      const {etag} = await request("GET", path);
      try {
        await request("PATCH", path, {body: change, etag});
        break;
      } catch (problem) {
        if (problem.status !== 412 || tries === 2) throw problem;
      }
    }
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    toastProblem({title: problem.title, detail: [problem.detail, ...problem.errors.map((each) => each.problem)].join(" ")});
    return false;
  }
  document.dispatchEvent(new CustomEvent("ticket:changed", {detail: {number}}));
  return true;
}

function why(label, reasons) {
  const sheet = document.getElementById("ticket-why");
  const words = sheet.querySelector("textarea");
  sheet.querySelector("[data-status]").textContent = label;
  sheet.querySelector("[data-reasons]").replaceChildren(...reasons.map((reason) => {
    const button = Object.assign(document.createElement("button"), {type: "button", className: "chip", textContent: reason});
    button.addEventListener("click", () => { words.value = reason; words.focus(); });
    return button;
  }));
  words.value = "";
  sheet.returnValue = "";
  open(sheet);
  words.focus();
  return new Promise((decided) => sheet.addEventListener("close", () => decided(sheet.returnValue === "yes" ? words.value.trim() : undefined), {once: true}));
}
