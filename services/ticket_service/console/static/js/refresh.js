// Parts of the page, read again and put in place; focus, scroll and what is being typed stay.
const running = new Map();

/** Read `address` and replace the elements that `selector` names, but those that are `busy` when the answer is there.

Resolves to whether all were found. */
export async function refresh(selector, address = location.href, busy = () => false) {
  const key = `${selector} ${address}`;
  running.get(key)?.abort();
  const stop = new AbortController();
  running.set(key, stop);
  try {
    const answer = await fetch(address, {credentials: "same-origin", signal: stop.signal, headers: {"HX-Request": "true", "HX-Target": only(selector)}});
    if (answer.status === 401) location.assign("/login");
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    return selector.split(",").map((each) => swap(each.trim(), fresh, address, busy)).every(Boolean);
  } catch (error) {
    // Without a connection nothing is fresh; the stream of news tells when it is back, and asks again.
    if (error.name === "AbortError" || error instanceof TypeError) return false;
    throw error;
  } finally {
    if (running.get(key) === stop) running.delete(key);
  }
}

const only = (selector) => selector.split(",").map((each) => each.trim().replace(/^#/, "")).join(",");

// A menu that somebody has open must not vanish under the pointer: what is new comes when it is closed.
function waits(old, selector, address, busy) {
  if (!old.querySelector(".dropdown-menu.show")) return false;
  if (!("waits" in old.dataset)) {
    old.dataset.waits = "";
    old.addEventListener("hidden.bs.dropdown", () => setTimeout(() => { delete old.dataset.waits; refresh(selector, address, busy); }), {once: true});
  }
  return true;
}

function swap(selector, fresh, address, busy) {
  const old = document.querySelector(selector);
  const next = fresh.querySelector(selector);
  if (!old || !next) return false;
  if (old.isEqualNode(next) || waits(old, selector, address, busy) || busy(old)) return true;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = [old, ...old.querySelectorAll("[id]")].filter((each) => each.scrollTop || each.scrollLeft).map((each) => [each.id, each.scrollTop, each.scrollLeft]);
  const opened = [...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  old.replaceWith(document.adoptNode(next));
  for (const [id, was] of opened) { const found = document.getElementById(id); if (found) found.open = was; }
  for (const [id, top, left] of scrolled) { const found = id && document.getElementById(id); if (found) { found.scrollTop = top; found.scrollLeft = left; } }
  if (focused) document.getElementById(focused)?.focus({preventScroll: true});
  globalThis.htmx?.process(next);
  document.dispatchEvent(new CustomEvent("page:fresh", {detail: {element: next}}));
  return true;
}
