// The words of each mailbox go as one value, and what an answer looks like with the words that are being typed.
const form = document.getElementById("mail-settings");
const place = document.querySelector("[data-preview]");
const part = (name) => place.querySelector(`[data-preview-${name}]`);
const given = (name) => form.elements.namedItem(name);
const parts = () => [...form.querySelectorAll("[data-own]")];

/** The mailboxes that have words of their own, as the interface takes them. */
function own() {
  const boxes = {};
  for (const each of parts()) {
    const [box, name] = each.dataset.own.split(" ");
    (boxes[box] ??= {})[name] = each.value.trim();
  }
  return Object.fromEntries(Object.entries(boxes).filter(([, words]) => Object.values(words).some(Boolean)));
}

function show() {
  const {box} = place.dataset;
  const words = own()[box] ?? {};
  const fold = [...form.querySelectorAll("[data-mailbox]")].find((each) => each.dataset.mailbox === box);
  if (fold) part("from").textContent = words.from_name || fold.dataset.name;
  part("tag").hidden = !given("subject_tag").checked;
  part("signature").hidden = !given("signatures").checked;
  part("quoted").hidden = !given("quote_previous").checked;
  for (const name of ["header", "footer"]) {
    part(name).textContent = words[name] || given(name).value.trim();
    part(name).hidden = !part(name).textContent;
  }
}

const gather = () => { given("channels").value = JSON.stringify(own()); };
form.addEventListener("input", () => { gather(); show(); });
document.querySelector("[data-preview-box]")?.addEventListener("change", (event) => { place.dataset.box = event.target.value; show(); });
gather();
given("channels").defaultValue = given("channels").value;
show();
