// Short messages at the foot of the page, spoken by screen readers, with at most one thing to do about them.
const place = () => document.getElementById("toasts");

/** Show a text for some seconds; `kind: "bad"` for what failed; `action: {label, run}`. Returns a function that takes it away. */
export function toast(words, {kind = "", action, seconds = 5} = {}) {
  const line = document.createElement("div");
  line.className = `toast-line${kind === "bad" ? " is-bad" : ""}`;
  const said = document.createElement("span");
  said.textContent = words;
  line.append(said);
  const away = () => line.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { away(); action.run(); });
    line.append(button);
  }
  // Inside an open dialog nothing beside it is seen or spoken.
  const open = [...document.querySelectorAll("dialog[open]")].pop();
  if (open) {
    const inside = open.querySelector(".toasts") || Object.assign(document.createElement("div"), {className: "toasts", role: "status"});
    open.append(inside);
    inside.append(line);
  } else {
    place().append(line);
  }
  setTimeout(away, (kind === "bad" ? Math.max(seconds, 8) : seconds) * 1000);
  return away;
}

/** Say what was refused and what helps. */
export function toastProblem(problem) {
  toast([problem.title || problem.message, problem.detail].filter(Boolean).join(" "), {kind: "bad"});
}
