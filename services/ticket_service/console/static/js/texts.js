// The texts of modules in the reader's language; English is what they are written in.
let catalogue = {};
try {
  const answer = await fetch(document.documentElement.dataset.texts, {credentials: "same-origin"});
  if (answer.ok) catalogue = await answer.json();
} catch {
  // Without the catalogue the page speaks English rather than not at all.
}

/** The text for an English one, with {name} replaced by values. */
export function text(english, values = {}) {
  const found = catalogue[english] || english;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
