// Conditions of rules and policies: what is looked at, and the values of which one has to fit.
import {text} from "../texts.js";

const make = (tag, properties = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};
let made = 0;

class Conditions {
  constructor(place) {
    this.place = place;
    this.asMap = place.dataset.conditions === "map";
    this.subjects = JSON.parse(place.dataset.subjects);
    this.choices = JSON.parse(place.dataset.choices);
    this.field = place.closest("form").querySelector(`[data-gathered="${place.dataset.for}"]`);
    const given = JSON.parse(this.field.value || (this.asMap ? "{}" : "[]"));
    const rows = this.asMap ? Object.entries(given).map(([subject, values]) => ({subject, any_of: values})) : given;
    this.list = make("div", {className: "repeated"});
    this.button = make("button", {type: "button", className: "btn btn-outline", textContent: text("Add a condition")});
    this.button.addEventListener("click", () => { this.add({subject: this.free()[0]?.[0], any_of: []}).querySelector("select").focus(); this.write(); });
    place.append(this.list, this.button);
    rows.forEach((row) => this.add(row));
    for (const kind of ["input", "change"]) this.list.addEventListener(kind, () => this.write());
    this.write();
    this.field.defaultValue = this.field.value;
  }

  free() {
    const used = new Set(this.asMap ? [...this.list.querySelectorAll("[data-subject]")].map((each) => each.value) : []);
    return this.subjects.filter(([name]) => !used.has(name));
  }

  add({subject, any_of: values}) {
    const id = `condition-${made += 1}`;
    const select = make("select", {className: "form-select", id});
    select.dataset.subject = "";
    for (const [name, label] of this.subjects) select.append(make("option", {value: name, textContent: label, selected: name === subject}));
    const given = make("div", {className: "field field-wide"});
    const remove = make("button", {type: "button", className: "btn btn-quiet", textContent: text("Remove")});
    const item = make("div", {className: "repeated-item"},
      make("div", {className: "field"}, make("label", {className: "form-label", htmlFor: id, textContent: text("Look at")}), select), remove, given);
    remove.addEventListener("click", () => { item.remove(); this.write(); this.button.focus(); });
    select.addEventListener("change", () => this.offer(given, select.value, [], id));
    this.offer(given, select.value, values, id);
    this.list.append(item);
    return item;
  }

  offer(place, subject, values, id) {
    const known = this.choices[subject];
    if (!known) {
      const area = make("textarea", {className: "form-control", rows: 2, id: `${id}-values`, value: values.join("\n")});
      area.dataset.values = "";
      place.replaceChildren(make("label", {className: "form-label", htmlFor: area.id, textContent: text("Any of these, one on each line")}), area);
      return;
    }
    const box = make("div", {className: "choices"});
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", `${id}-of`);
    // What was chosen before and is not offered any more stays visible, so that it can be taken out.
    const gone = values.filter((each) => !known.some(([value]) => value === each)).map((each) => [each, each]);
    [...known, ...gone].forEach(([value, label], at) => {
      const tick = make("input", {type: "checkbox", className: "form-check-input", id: `${id}-${at}`, value, checked: values.includes(value)});
      tick.dataset.tick = "";
      box.append(make("div", {className: "form-check"}, tick, make("label", {className: "form-check-label", htmlFor: tick.id, textContent: label})));
    });
    if (!known.length && !gone.length) box.append(make("span", {className: "quiet", textContent: text("There is nothing to choose from yet.")}));
    place.replaceChildren(make("span", {className: "form-label d-block", id: `${id}-of`, textContent: text("Any of these")}), box);
  }

  write() {
    const rows = [...this.list.children].map((item) => ({
      subject: item.querySelector("[data-subject]").value,
      any_of: item.querySelector("[data-values]")
        ? item.querySelector("[data-values]").value.split("\n").map((each) => each.trim()).filter(Boolean)
        : [...item.querySelectorAll("[data-tick]:checked")].map((each) => each.value),
    }));
    this.field.value = JSON.stringify(this.asMap ? Object.fromEntries(rows.map((row) => [row.subject, row.any_of])) : rows);
  }
}

document.querySelectorAll("[data-conditions]").forEach((place) => new Conditions(place));
