// The gallery: one file at a time, turned over by arrow keys, buttons, a swipe, or chosen from the strip.
const sheet = () => document.querySelector("dialog#gallery[open]");
const files = (gallery) => [...gallery.querySelectorAll("[data-file]")];
let touched = 0;

document.addEventListener("click", (event) => {
  const gallery = sheet();
  if (!gallery) return;
  const turn = event.target.closest("[data-turn]");
  if (turn) step(gallery, Number(turn.dataset.turn));
  const chosen = event.target.closest("[data-show-file]");
  if (chosen) showFile(gallery, files(gallery).find((each) => each.dataset.file === chosen.dataset.showFile));
});

document.addEventListener("keydown", (event) => {
  const gallery = sheet();
  if (!gallery || event.target.matches("audio, video")) return;
  const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (by) { event.preventDefault(); step(gallery, by); }
  if (event.key === "Home" || event.key === "End") { event.preventDefault(); showFile(gallery, files(gallery).at(event.key === "Home" ? 0 : -1)); }
});

document.addEventListener("touchstart", (event) => { touched = event.touches[0].clientX; }, {passive: true});
document.addEventListener("touchend", (event) => {
  const gallery = event.target.closest?.(".gallery-shown") && sheet();
  const moved = event.changedTouches[0].clientX - touched;
  if (gallery && Math.abs(moved) > 50) step(gallery, moved < 0 ? 1 : -1);
}, {passive: true});

function step(gallery, by) {
  const all = files(gallery);
  const now = all.findIndex((each) => !each.hidden);
  showFile(gallery, all[(now + by + all.length) % all.length]);
}

function showFile(gallery, file) {
  if (!file) return;
  for (const each of files(gallery)) {
    each.hidden = each !== file;
    if (each.hidden) each.querySelector("audio, video")?.pause();
  }
  for (const each of gallery.querySelectorAll("[data-show-file]")) {
    const here = each.dataset.showFile === file.dataset.file;
    if (here) { each.setAttribute("aria-current", "true"); each.scrollIntoView({block: "nearest", inline: "nearest"}); } else each.removeAttribute("aria-current");
  }
}
