// Secrets that are shown once: copied by a button; when their dialog closes the page shows what is new.
import {text} from "../texts.js";
import {toast} from "../toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    toast(text("Copied."));
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copies));
    toast(text("Marked: copy it with the keyboard."));
  }
});
for (const sheet of document.querySelectorAll("dialog[data-then-reload]")) {
  sheet.addEventListener("close", () => location.reload());
}
