// The week of a calendar, and the public holidays of its region.
import {get, Problem} from "../api.js";
import {language} from "../times.js";
import {text} from "../texts.js";

const form = document.querySelector("[data-calendar]");
const week = document.getElementById("week");
const field = form.querySelector('[data-gathered="hours"]');
const country = form.elements.namedItem("country");
const region = form.elements.namedItem("subdivision");
const holidays = document.getElementById("holidays");

function write() {
  const hours = [];
  for (const day of week.querySelectorAll("[data-day]")) {
    for (const range of day.querySelectorAll("[data-range]")) {
      // A field of time has no 24:00: midnight at the end of the day is that.
      const closes = range.querySelector("[data-closes-at]").value;
      hours.push({weekday: day.dataset.day, opens: range.querySelector("[data-opens-at]").value, closes: closes === "00:00" ? "24:00" : closes});
    }
    day.querySelector("[data-closed]").hidden = Boolean(day.querySelector("[data-range]"));
  }
  field.value = JSON.stringify(hours);
}

function addRange(day) {
  const last = [...day.querySelectorAll("[data-closes-at]")].pop()?.value;
  day.querySelector("[data-closed]").before(day.querySelector("[data-range-of]").content.cloneNode(true));
  const added = [...day.querySelectorAll("[data-range]")].pop();
  if (last) {
    const hour = Math.min(Number(last.slice(0, 2)) + 1, 22);
    added.querySelector("[data-opens-at]").value = `${String(hour).padStart(2, "0")}:00`;
    added.querySelector("[data-closes-at]").value = `${String(Math.min(hour + 4, 23)).padStart(2, "0")}:00`;
  }
  write();
  added.querySelector("input").focus();
}

async function showHolidays() {
  if (!country.value) { holidays.replaceChildren(); return; }
  const query = new URLSearchParams({country: country.value, year: holidays.dataset.year});
  if (region.value) query.set("subdivision", region.value);
  try {
    const found = (await get(`/settings/holidays?${query}`)).items;
    const written = new Intl.DateTimeFormat(language, {dateStyle: "medium", timeZone: "UTC"});
    const list = Object.assign(document.createElement("ul"), {className: "holidays"});
    for (const each of found) {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("time"), {dateTime: each.day, textContent: written.format(new Date(each.day))}), each.name);
      list.append(item);
    }
    const head = Object.assign(document.createElement("p"), {className: "quiet mb-0", textContent: text("Closed in {year}:", {year: holidays.dataset.year})});
    holidays.replaceChildren(head, list);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    holidays.replaceChildren(error.title);
  }
}

week.addEventListener("input", write);
week.addEventListener("click", (event) => {
  const adding = event.target.closest("[data-add-range]");
  if (adding) addRange(adding.closest("[data-day]"));
  const removing = event.target.closest("[data-remove-range]");
  if (!removing) return;
  const day = removing.closest("[data-day]");
  removing.closest("[data-range]").remove();
  write();
  day.querySelector("[data-add-range]").focus();
});
country.addEventListener("change", () => {
  const parts = JSON.parse(region.dataset.regions)[country.value] || [];
  region.replaceChildren(region.options[0], ...parts.map((each) => new Option(each, each)));
  region.value = "";
  showHolidays();
});
region.addEventListener("change", showHolidays);
write();
field.defaultValue = field.value;
showHolidays();
