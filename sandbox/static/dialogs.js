// Questions to the person at the page: each a dialog with a form.

import { byId, showError } from "./dom.js";

// Opens the dialog; `answer` gets the form's values and may refuse by throwing, which keeps it open.
export function ask(name, answer) {
  const dialog = byId(`${name}-dialog`);
  const form = dialog.querySelector("form");
  showError(`${name}-error`, null);
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await answer(Object.fromEntries(new FormData(form)));
      form.reset();
      dialog.close();
    } catch (error) {
      showError(`${name}-error`, error);
    }
  };
  form.querySelector("[data-cancel]").onclick = () => dialog.close();
  dialog.showModal();
}
