// A field that is not used cannot be asked for.
function settle(row) {
  const mandatory = row.querySelector("[data-mandatory]");
  if (mandatory) mandatory.disabled = !row.querySelector("[data-enabled]").checked;
  row.classList.toggle("is-off", !row.querySelector("[data-enabled]").checked);
}

const rows = document.querySelectorAll("[data-field]");
rows.forEach(settle);
document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-field]");
  if (row) settle(row);
});
