// Dialogs: opened by data-opens="id", closed by data-closes, by Escape, and by a click beside them.
export function open(id) {
  const sheet = typeof id === "string" ? document.getElementById(id) : id;
  if (sheet && !sheet.open) sheet.showModal();
  return sheet;
}

/** Ask before something; resolves to whether the person wants it. */
export function ask(question, yes) {
  const sheet = document.getElementById("question");
  sheet.querySelector("[data-question]").textContent = question;
  const button = sheet.querySelector("[data-yes]");
  const usual = button.dataset.usual ?? (button.dataset.usual = button.textContent);
  button.textContent = yes || usual;
  sheet.returnValue = "no";
  sheet.showModal();
  return new Promise((decided) => sheet.addEventListener("close", () => decided(sheet.returnValue === "yes"), {once: true}));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog[open].sheet") && !event.target.hasAttribute("data-stays")) {
    const box = event.target.getBoundingClientRect();
    const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (outside) event.target.close();
  }
});
