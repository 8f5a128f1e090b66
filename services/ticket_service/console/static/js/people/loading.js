// A dialog whose content is being read shows that it is, rather than what it held before.
const PAUSE = 300;

document.addEventListener("htmx:beforeRequest", (event) => {
  const {target, elt} = event.detail;
  if (!elt.dataset.opens || !target.closest("dialog")) return;
  target.replaceChildren();
  const wait = setTimeout(() => { if (!target.childElementCount) target.append(bars()); }, PAUSE);
  elt.addEventListener("htmx:afterRequest", () => clearTimeout(wait), {once: true});
});

function bars() {
  const place = Object.assign(document.createElement("div"), {className: "sheet-body stack"});
  place.setAttribute("aria-busy", "true");
  for (let at = 0; at < 4; at += 1) place.append(Object.assign(document.createElement("div"), {className: "skeleton"}));
  return place;
}
