// Where suggestions come from: canned replies and colleagues, read once and found by any of their words.
import {get} from "../api.js";

const FEW = 100;
let replies = null;
let users = null;

const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const oneLine = (words) => words.replace(/\s+/g, " ").slice(0, 120);

/** Canned replies that fit; a shortcut that begins so comes first. */
export async function cannedReplies(query) {
  replies ??= get(`/canned-replies?limit=${FEW}`);
  let page;
  try { page = await replies; } catch (error) { replies = null; throw error; }
  // Of very many the server finds; those that fit on one page are found without asking it.
  const found = page.next && query ? (await get(`/canned-replies?limit=20&q=${encodeURIComponent(query)}`)).items : page.items;
  const wanted = plain(query);
  const rank = (each) => (each.shortcut.startsWith(wanted) && each.shortcut ? 0 : plain(each.title).startsWith(wanted) ? 1 : 2);
  return found
    .filter((each) => plain(`${each.shortcut} ${each.title} ${each.body}`).includes(wanted))
    .sort((one, other) => rank(one) - rank(other) || one.title.localeCompare(other.title))
    .map((each) => ({id: each.id, label: each.shortcut ? `/${each.shortcut}` : each.title, title: each.shortcut ? each.title : "", detail: oneLine(each.body)}));
}

/** Everybody who works here: {id, name, email, handle}. */
export async function everybody() {
  users ??= get("/users?active=true&limit=100");
  try {
    const {items} = await users;
    const first = items.map((each) => each.email.split("@")[0]);
    return items.map((each, at) => ({...each, handle: first.filter((one) => one === first[at]).length > 1 ? each.email : first[at]}));
  } catch (error) {
    users = null;
    throw error;
  }
}

/** Colleagues that fit, as a note names them. */
export async function colleagues(query) {
  const wanted = plain(query);
  return (await everybody())
    .filter((each) => plain(`${each.name} ${each.email}`).includes(wanted))
    .map((each) => ({id: each.id, handle: each.handle, label: each.name, title: `@${each.handle}`}));
}
