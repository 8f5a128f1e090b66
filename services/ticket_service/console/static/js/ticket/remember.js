// Small choices about the page that follow the user: which parts are folded, where the fields stand.
import {put, request} from "../api.js";

/** Keep a choice under a key; null forgets it. What cannot be kept now is no reason to disturb anybody. */
export function remember(key, value) {
  put(`/me/preferences/ui/${encodeURIComponent(key)}`, {value}).catch(() => {});
}

document.addEventListener("toggle", (event) => {
  const fold = event.target;
  if (fold.dataset?.remember && fold.dataset.was !== undefined) remember(fold.dataset.remember, fold.open ? "open" : "closed");
  if (fold.dataset?.remember) fold.dataset.was = fold.open;
}, true);

document.addEventListener("click", async (event) => {
  const place = event.target.closest("[data-place]");
  if (!place) return;
  const {etag} = await request("GET", "/me/preferences");
  await request("PATCH", "/me/preferences", {body: {classification: place.dataset.place}, etag});
  location.reload();
});
