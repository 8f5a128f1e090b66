// Which rule fires for a mail, and why each of the others does not.
import {Problem, post} from "../api.js";
import {showErrors} from "../forms.js";
import {text} from "../texts.js";
import {valuesOf} from "../values.js";

const form = document.getElementById("mail-trial");
const words = JSON.parse(form.dataset.words);
const chosen = form.querySelector("[data-trial-message]");
const imagined = form.querySelector("[data-trial-imagined]");
const WHYS = {
  fires: () => text("It decides."),
  behind: () => text("It would fire, but one before it decides."),
  off: () => text("It is switched off."),
  conditions: (all) => (all ? text("Not all of its conditions hold.") : text("None of its conditions holds.")),
};

const make = (tag, properties = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};

function said(condition) {
  const what = words.what[condition.what] ?? condition.what.replace("header:", "");
  const value = words.automatic[condition.value] ?? words.mailboxes[condition.value] ?? condition.value;
  const how = condition.negate ? text("not: {how}", {how: words.how[condition.how]}) : words.how[condition.how];
  return condition.how === "present" ? `${what} ${how}` : `${what} ${how} “${value}”`;
}

function line(rule) {
  const held = rule.conditions.map((each) => make("li", {},
    make("span", {className: each.held ? "held" : "missed", textContent: each.held ? "✓" : "✗", ariaLabel: each.held ? text("holds") : text("does not hold"), role: "img"}),
    make("span", {className: "words", textContent: said(each)})));
  return make("li", {className: rule.why === "fires" ? "is-decided" : ""},
    make("b", {textContent: rule.name}), " ", make("span", {className: "quiet", textContent: WHYS[rule.why](rule.all_or_any === "all")}),
    make("ul", {className: "rule-held"}, ...held));
}

function show(trial) {
  const place = form.querySelector("[data-trial]");
  place.querySelector("[data-trial-head]").textContent = trial.rule
    ? text("“{rule}” fires: {does}", {rule: trial.rule, does: words.does[trial.then.do]})
    : text("No rule fires: the mail is handled as usual.");
  place.querySelector("[data-trial-rules]").replaceChildren(...trial.rules.map(line));
  place.hidden = false;
}

/** The rule that is being written, where there is one. */
function draft() {
  const rule = form.dataset.draft && document.getElementById(form.dataset.draft);
  if (!rule) return {};
  const values = valuesOf(rule);
  const id = rule.dataset.api.startsWith("PATCH") ? rule.dataset.api.split("/").pop() : null;
  return {rule: {...values, name: values.name || text("This rule")}, ...(id ? {rule_id: id} : {})};
}

function choose() {
  imagined.hidden = imagined.disabled = Boolean(chosen.value);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.querySelector("[data-summary]").hidden = true;
  const mail = chosen.value ? {message: chosen.value} : valuesOf(form);
  try {
    show(await post("/settings/mail-rules/try", {...mail, ...draft()}));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showErrors(form, error);
  }
});
chosen.addEventListener("change", choose);
choose();
