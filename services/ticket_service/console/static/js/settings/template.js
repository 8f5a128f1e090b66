// A message template with everything it asks for filled in; kept as JSON in a hidden field.
import {text} from "../texts.js";

const MEDIA = new Set(["image", "video", "document", "location"]);

/** "body 1", "button 0 1" and the like as {component, index, name}. */
function placeOf(words) {
  const parts = words.split(" ");
  return {component: parts[0], index: parts.length === 3 ? parts[1] : null, name: parts.at(-1)};
}

function parameterOf(place, value, named) {
  if (place.name === "code") return {type: "coupon_code", coupon_code: value};
  return named ? {type: "text", parameter_name: place.name, text: value} : {type: "text", text: value};
}

function given(components, place) {
  const found = (components || []).find((each) => each.type.toLowerCase() === place.component && (place.index === null || String(each.index) === place.index));
  const parameters = found?.parameters || [];
  const one = parameters.find((each) => each.parameter_name === place.name) || parameters[Number(place.name) - 1] || (place.name === "code" ? parameters[0] : null);
  return one?.text ?? one?.coupon_code ?? "";
}

const bodyOf = (template) => template.components.find((each) => each.type.toUpperCase() === "BODY")?.text || "";

function setUp(choice) {
  if (choice.dataset.ready) return;
  choice.dataset.ready = "yes";
  const [select, places, words, field] = ["select", "[data-template-places]", "[data-template-text]", "[data-template-value]"].map((each) => choice.querySelector(each));
  const now = field.value ? JSON.parse(field.value) : null;
  const here = JSON.parse(choice.dataset.templates).filter((each) => !choice.dataset.channel || each.channel === choice.dataset.channel);
  // The same name and language on several channels is one choice; pictures and the like cannot be kept here.
  const templates = [...new Map(here.map((each) => [`${each.name} ${each.language}`, each])).values()]
    .filter((each) => !each.parameters.some((one) => MEDIA.has(placeOf(one).name)));
  for (const each of templates) select.append(new Option(`${each.name} (${each.language})`, `${each.name} ${each.language}`));
  if (now && !templates.some((each) => each.name === now.name && each.language === now.language)) {
    select.append(new Option(text("{name} ({language}), not approved any more", now), `${now.name} ${now.language}`));
  }
  if (now) select.value = `${now.name} ${now.language}`;
  for (const option of select.options) option.defaultSelected = option.selected;

  function offer() {
    const template = templates.find((each) => `${each.name} ${each.language}` === select.value);
    words.hidden = !template;
    words.textContent = template ? bodyOf(template) : "";
    places.replaceChildren(...(template?.parameters || []).map((each, at) => {
      const box = document.createElement("div");
      const label = Object.assign(document.createElement("label"), {className: "form-label", htmlFor: `${select.id}-${at}`, textContent: text("Value for {place}", {place: each})});
      const input = Object.assign(document.createElement("input"), {className: "form-control", id: `${select.id}-${at}`, value: given(now?.components, placeOf(each)), required: true});
      input.dataset.place = each;
      box.className = "field";
      box.append(label, input);
      return box;
    }));
  }

  function write() {
    const template = templates.find((each) => `${each.name} ${each.language}` === select.value);
    if (!template) {
      field.value = select.value && now ? JSON.stringify(now) : "";
      return;
    }
    const components = [];
    for (const input of places.querySelectorAll("[data-place]")) {
      const place = placeOf(input.dataset.place);
      let component = components.find((each) => each.type === place.component && (each.index ?? null) === place.index);
      if (!component) {
        component = place.component === "button" ? {type: "button", sub_type: place.name === "code" ? "copy_code" : "url", index: place.index, parameters: []} : {type: place.component, parameters: []};
        components.push(component);
      }
      component.parameters.push(parameterOf(place, input.value, template.parameter_format === "named"));
    }
    field.value = JSON.stringify({name: template.name, language: template.language, components});
    const shown = new Map([...places.querySelectorAll("[data-place]")].map((each) => [each.dataset.place, each.value]));
    words.textContent = bodyOf(template).replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name) => shown.get(`body ${name}`) || whole);
  }

  select.addEventListener("change", () => { offer(); write(); });
  places.addEventListener("input", write);
  offer();
  write();
  field.defaultValue = field.value;
}

document.querySelectorAll("[data-template-choice]").forEach(setUp);
document.addEventListener("item:added", (event) => event.detail.item.querySelectorAll("[data-template-choice]").forEach(setUp));
