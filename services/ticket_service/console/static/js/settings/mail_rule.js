// The form of a rule for mails: what fits what is looked at, and only what belongs to what the rule does.
const HEADER = "header:";
const NUMERIC = ["larger", "smaller"];
const LISTS = {automatic: "automatic-kinds", channel: "mailbox-ids"};

function fit(item) {
  const subject = item.querySelector("[data-condition-what]").value;
  const place = item.querySelector("[data-condition-header]");
  const how = item.querySelector('[data-part="how"]');
  const value = item.querySelector('[data-part="value"]');
  place.hidden = subject !== HEADER;
  item.querySelector('[data-part="what"]').value = subject === HEADER ? HEADER + place.querySelector("input").value.trim().toLowerCase() : subject;
  for (const option of how.options) option.hidden = option.disabled = NUMERIC.includes(option.value) !== (subject === "size");
  if (how.selectedOptions[0]?.disabled ?? true) how.value = [...how.options].find((each) => !each.disabled).value;
  item.querySelector("[data-condition-value]").hidden = how.value === "present";
  value.inputMode = subject === "size" ? "numeric" : "text";
  if (LISTS[subject]) value.setAttribute("list", LISTS[subject]); else value.removeAttribute("list");
}

function showDoing(form) {
  const chosen = form.querySelector('[name="then.do"]:checked')?.value;
  for (const part of form.querySelectorAll("[data-for-do]")) {
    part.hidden = !part.dataset.forDo.split(" ").includes(chosen);
    part.disabled = part.hidden;
  }
}

const form = document.getElementById("rule");
// Before repeated.js reads the parts, which listens at the document as well.
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const item = event.target.closest(".mail-condition");
    if (item) fit(item);
    if (event.target.name === "then.do") showDoing(form);
  }, {capture: true});
}
document.addEventListener("item:added", (event) => fit(event.detail.item));
form.querySelectorAll(".mail-condition").forEach(fit);
showDoing(form);
