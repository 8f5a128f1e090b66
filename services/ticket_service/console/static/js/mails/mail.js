// Mails in their frames: pictures from outside come when the reader asks for them, the way in is shown when it is opened.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pictures]");
  if (!button) return;
  const frame = button.closest("[data-mail]")?.querySelector("iframe");
  if (frame) frame.src = button.dataset.pictures;
  button.remove();
});
