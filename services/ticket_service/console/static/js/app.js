// What every page of the desk has.
import "./times.js";
import "./dialogs.js";
import "./forms.js";
import "./live/notices.js";
import "./chats/waiting.js";
import "./pictures.js";
import {shortcut} from "./keys.js";
import {patch} from "./api.js";
import {text} from "./texts.js";

document.querySelector("[data-theme-next]")?.addEventListener("click", async () => {
  const root = document.documentElement;
  const order = ["auto", "light", "dark"];
  root.dataset.theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  root.dispatchEvent(new Event("theme"));
  await patch("/me/preferences", {theme: root.dataset.theme});
});

// While the keyboard of a phone is open, the bar of sections would stand in the way of the composer.
visualViewport?.addEventListener("resize", () => {
  document.body.classList.toggle("keyboard-open", visualViewport.height < innerHeight * 0.75);
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) location.assign("/login");
});

const search = document.querySelector("[data-search]");
shortcut("/", text("Search"), () => (search ? search.focus() : location.assign("/search")));

// Long lists of sections begin at their top: the one somebody is in has to be in sight.
for (const here of document.querySelectorAll('.settings-nav [aria-current="page"], .rail-list [aria-current="page"]')) here.scrollIntoView({block: "nearest", inline: "nearest"});

// Tells (tests, and whoever else waits) that all modules of this page are at work.
const others = [...document.querySelectorAll('script[type="module"][src]')].map((each) => each.src).filter((each) => each !== import.meta.url);
Promise.allSettled(others.map((each) => import(each))).then(() => { document.documentElement.dataset.ready = "yes"; });
