// Why a status is set, where the status asks for it: one of its own reasons, or other words.
import {open} from "../dialogs.js";

/** The reason; undefined when the person thought better of it. */
export function askReason(box, label, reasons) {
  const sheet = box.part("reason");
  const title = box.part("reason-title");
  const words = box.part("reason-text");
  title.textContent = title.dataset.title.replace("{status}", label);
  words.value = "";
  box.part("reasons").replaceChildren(...reasons.map((reason) => {
    const button = Object.assign(document.createElement("button"), {type: "button", className: "chip", textContent: reason});
    button.addEventListener("click", () => { words.value = reason; words.focus(); });
    return button;
  }));
  sheet.returnValue = "";
  open(sheet);
  words.focus();
  return new Promise((decided) => sheet.addEventListener("close", () => decided(sheet.returnValue === "yes" ? words.value.trim() : undefined), {once: true}));
}
