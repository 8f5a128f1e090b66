// Questions with a place to answer: the form before a chat, the one an agent sends, the address for a transcript.
const INPUTS = {
  email: {type: "email", autocomplete: "email", inputmode: "email", maxLength: 320},
  phone: {type: "tel", autocomplete: "tel", inputmode: "tel", maxLength: 40},
  number: {type: "text", inputmode: "decimal", maxLength: 40},
  date: {type: "date"},
  text: {type: "text", maxLength: 500},
};
const SHAPES = {email: /^[^\s@<>"(),:;\\[\]]{1,64}@[^\s@<>"(),:;\\[\]]+\.[^\s@<>"(),:;\\[\].]{2,63}$/, phone: /^[+(]?\d[\d\s()./-]{3,}$/, number: /^[+-]?[\d\s.,']*\d[\d\s.,']*$/};
const OWN_LABELS = ["name", "email", "phone"];

class Fields {
  /** `asked`: [{key, kind, label, required, choices}], `values` what is known already, `say` the words. */
  constructor(asked, say, values = {}) {
    this.say = say;
    this.fields = asked.map((each) => this.field(each, values[each.key]));
    this.nodes = this.fields.map((each) => each.box);
  }

  field(asked, value) {
    const kind = asked.kind === "text" && ["email", "phone"].includes(asked.key) ? asked.key : asked.kind;
    const label = asked.label || (OWN_LABELS.includes(asked.key) ? this.say(asked.key) : asked.key);
    const id = `f-${newId()}`;
    const input = this.input({...asked, kind}, id);
    if (kind === "consent") input.checked = value === true || value === "yes";
    else if (value) input.value = String(value);
    const error = make("p", {class: "error", id: `${id}-error`, hidden: true});
    input.setAttribute("aria-describedby", error.id);
    const optional = !asked.required && kind !== "consent" && make("span", {class: "optional", text: ` (${this.say("optional")})`});
    const words = make("label", {htmlFor: id, class: "label", dir: "auto"}, ...linked(label), optional);
    const box = make("div", {class: `field is-${kind}`}, ...(kind === "consent" ? [make("div", {class: "consent"}, input, words)] : [words, input]), error);
    const field = {...asked, kind, input, error, box};
    input.addEventListener("input", () => this.complain(field, ""));
    return field;
  }

  input({kind, key, required, choices}, id) {
    const common = {id, name: key, "aria-required": required ? "true" : undefined};
    if (kind === "consent") return make("input", {...common, type: "checkbox"});
    if (kind === "long_text") return make("textarea", {...common, rows: 3, maxLength: 5_000, dir: "auto"});
    if (kind === "choice") {
      const options = (choices || []).map((each) => make("option", {value: each, text: each}));
      return make("select", common, make("option", {value: "", text: this.say("choose")}), ...options);
    }
    const more = key === "name" ? {autocomplete: "name"} : {};
    return make("input", {...common, ...(INPUTS[kind] || INPUTS.text), ...more, dir: kind === "text" ? "auto" : undefined});
  }

  /** Whether all was answered as asked; says what is wrong at each field, and goes to the first. */
  check() {
    const wrong = this.fields.filter((each) => this.complain(each, this.problem(each)));
    wrong[0]?.input.focus();
    return wrong.length === 0;
  }

  problem({kind, required, input}) {
    if (kind === "consent") return required && !input.checked ? this.say("needs_consent") : "";
    const value = input.value.trim();
    if (!value) return required || input.validity?.badInput ? this.say("needs_answer") : "";
    return SHAPES[kind] && !SHAPES[kind].test(value) ? this.say(`wrong_${kind}`) : "";
  }

  complain({input, error}, problem) {
    error.textContent = problem;
    error.hidden = !problem;
    if (problem) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    return problem;
  }

  /** The answers by key; of consents "yes" for those given, and nothing for what was left empty. */
  values() {
    const answers = this.fields.map(({key, kind, input}) => [key, kind === "consent" ? (input.checked ? "yes" : "") : input.value.trim()]);
    return Object.fromEntries(answers.filter(([, value]) => value));
  }

  /** As the gateway takes details of a visitor: name, e-mail and phone, other answers, consents. */
  details() {
    const details = {name: "", email: "", phone: "", answers: {}, consents: []};
    const values = this.values();
    for (const {key, kind} of this.fields) {
      if (!(key in values)) continue;
      if (kind === "consent") details.consents.push(key);
      else if (OWN_LABELS.includes(key)) details[key] = values[key];
      else details.answers[key] = values[key];
    }
    return details;
  }

  /** The answers as lines of a text, for people. */
  written() {
    const values = this.values();
    return this.fields.filter(({key}) => key in values)
      .map(({key, kind, label}) => `${label || key}: ${kind === "consent" ? "✓" : values[key]}`).join("\n");
  }
}
