// Small pictures that could not be made, of a damaged file for instance: the file's ending stands in their place.
const SMALL = 'img[src*="/thumbnail"]';

function stand(picture) {
  const place = document.createElement("span");
  const name = picture.alt || picture.closest("a, li, figure")?.textContent.trim() || "";
  place.className = "no-picture";
  place.textContent = (/\.([\p{L}\p{N}]{1,5})(?:\s|$)/u.exec(name)?.[1] ?? "?").toUpperCase();
  if (picture.alt) { place.setAttribute("role", "img"); place.setAttribute("aria-label", picture.alt); }
  picture.replaceWith(place);
}

document.addEventListener("error", (event) => { if (event.target.matches?.(SMALL)) stand(event.target); }, true);
for (const each of document.querySelectorAll(SMALL)) if (each.complete && each.getAttribute("src") && !each.naturalWidth) stand(each);
