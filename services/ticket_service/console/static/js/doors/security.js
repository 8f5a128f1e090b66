// Setting up a second factor: the picture for the device, its first code, and the recovery codes.
import {post} from "../api.js";
import {open} from "../dialogs.js";
import {text} from "../texts.js";
import {toast, toastProblem} from "../toast.js";

const device = document.getElementById("confirm-factor");
const recovery = document.getElementById("recovery");
// Nothing shown once may vanish by a click beside it.
device.dataset.stays = "";
recovery.dataset.stays = "";

document.addEventListener("second-factor-begun", ({detail}) => show(detail));
document.addEventListener("recovery-codes", ({detail}) => {
  const list = recovery.querySelector("[data-codes]");
  list.replaceChildren(...detail.recovery_codes.map((each) => {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("code"), {textContent: each}));
    return line;
  }));
  open(recovery);
});
recovery.addEventListener("close", () => location.reload());
recovery.querySelector("[data-kept]").addEventListener("click", () => recovery.close());
recovery.querySelector("[data-copy-codes]").addEventListener("click", async () => {
  const codes = [...recovery.querySelectorAll("code")].map((each) => each.textContent);
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    toast(text("Copied."));
  } catch {
    toast(text("The browser does not let this page copy. Mark the codes and copy them yourself."), {kind: "bad"});
  }
});

// Who has no password of this desk has nothing to type first.
document.querySelector("[data-begin-factor]")?.addEventListener("click", async () => {
  try {
    show(await post("/me/second-factor", {}));
  } catch (problem) {
    toastProblem(problem);
  }
});

function show(begun) {
  device.querySelector("[data-picture]").src = begun.picture;
  device.querySelector("[data-secret]").textContent = begun.secret;
  open(device);
}
