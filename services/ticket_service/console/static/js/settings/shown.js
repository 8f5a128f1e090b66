// Parts of a form that matter only with a certain choice: data-shown-if="asks_justification" or "scheme=mask".
function holds(form, condition) {
  const [name, wanted] = condition.split("=");
  const control = form.elements.namedItem(name);
  if (!control) return true;
  return wanted === undefined ? control.checked : control.value === wanted;
}

function show(form) {
  for (const part of form.querySelectorAll("[data-shown-if]")) part.hidden = !holds(form, part.dataset.shownIf);
}

document.addEventListener("change", (event) => { if (event.target.form) show(event.target.form); });
document.querySelectorAll("form").forEach(show);
