// Everything shown that can be tried again, one after the other; one that is refused does not stop the others.
import {post, Problem} from "../api.js";
import {ask} from "../dialogs.js";
import {refresh} from "../refresh.js";
import {text} from "../texts.js";
import {toast} from "../toast.js";

const button = document.querySelector("[data-replay-all]");

button?.addEventListener("click", async () => {
  if (!(await ask(button.dataset.question))) return;
  button.disabled = true;
  let [done, refused] = [0, 0];
  for (const item of document.querySelectorAll(`${button.dataset.replayAll} [data-item]`)) {
    try {
      await post(`/quarantine/${encodeURIComponent(item.dataset.item)}/replay`);
      done += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused += 1;
    }
  }
  toast(refused ? text("{done} are tried again, {refused} could not be.", {done, refused}) : text("{done} are tried again.", {done}), {kind: refused ? "bad" : ""});
  button.disabled = false;
  await refresh("#held");
});
