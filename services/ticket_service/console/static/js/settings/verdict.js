// What the rules would do to a ticket that is only imagined, in words.
import {Problem, post} from "../api.js";
import {showErrors} from "../forms.js";
import {text} from "../texts.js";
import {valuesOf} from "../values.js";

const place = document.querySelector("[data-verdict]");
const names = place && JSON.parse(place.dataset.names);

function lines(tried) {
  const found = Object.entries(tried.set).map(([field, value]) => [names.fields[field] || field, (names.set[field] || []).find(([key]) => key === value)?.[1] || value]);
  if (tried.tags.length) found.push([text("Tags"), tried.tags.join(", ")]);
  if (tried.assignee) found.push([text("Responsible"), names.assignee[tried.assignee] || tried.assignee]);
  if (tried.group) found.push([text("Team"), names.group[tried.group] || tried.group]);
  if (tried.status) found.push([text("Status"), names.status[tried.status] || tried.status]);
  if (tried.reply_text) found.push([text("Answer"), tried.reply_text]);
  if (tried.reply_template) found.push([text("Template"), `${tried.reply_template.name} (${tried.reply_template.language})`]);
  return found;
}

function show(tried) {
  const applied = tried.applied.map((each) => each.name).join(", ");
  place.querySelector("[data-verdict-head]").textContent = applied ? text("These rules apply: {names}", {names: applied}) : text("No rule applies; the ticket stays as it comes.");
  place.querySelector("[data-verdict-lines]").replaceChildren(...lines(tried).flatMap(([term, value]) => [
    Object.assign(document.createElement("dt"), {textContent: term}),
    Object.assign(document.createElement("dd"), {textContent: value}),
  ]));
  place.hidden = false;
}

document.addEventListener("rule-tried", (event) => show(event.detail));
for (const form of document.querySelectorAll("form[data-try-with]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("[data-summary]").hidden = true;
    const rule = valuesOf(document.getElementById(form.dataset.tryWith));
    try {
      show(await post("/settings/assignment-rules/try", {...valuesOf(form), rule: {...rule, name: rule.name || text("This rule")}}));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showErrors(form, error);
    }
  });
}
