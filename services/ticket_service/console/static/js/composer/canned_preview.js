// A canned reply while it is written: how it reads with samples, and variables put in where the cursor is.
import {post, Problem} from "../api.js";

const PAUSE = 350;
const form = document.querySelector("form[data-canned]");
const body = form.elements.body;
const preview = form.querySelector("[data-preview]");
let timer;
let asked = 0;

async function look() {
  const mine = (asked += 1);
  let words = "";
  let wrong = false;
  if (body.value.trim()) {
    try {
      words = (await post("/canned-replies/preview", {body: body.value})).text;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      words = error.errors[0]?.problem ?? error.title;
      wrong = true;
    }
  }
  if (mine !== asked) return;
  preview.textContent = words || "…";
  preview.classList.toggle("danger", wrong);
}

function team() {
  form.querySelector("[data-team]").hidden = form.elements.shared.value !== "team";
  if (form.elements.shared.value !== "team") form.elements.team.value = "";
}

body.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
form.elements.shared.addEventListener("change", team);
form.addEventListener("click", (event) => {
  const variable = event.target.closest("[data-variable]");
  if (!variable) return;
  body.setRangeText(`{{ ${variable.dataset.variable} }}`, body.selectionStart, body.selectionEnd, "end");
  body.focus();
  look();
});
team();
look();
