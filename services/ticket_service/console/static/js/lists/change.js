// Changing tickets from a list: one by itself, many together, each with what became of it.
import {patch, post, request} from "../api.js";
import {text} from "../texts.js";

const TRIES = 3;

/** Set fields of one ticket, whatever else of it changes meanwhile. Throws a Problem. */
export async function changeOne(number, fields) {
  const path = `/tickets/${encodeURIComponent(number)}`;
  for (let tried = 1; ; tried += 1) {
    const {etag} = await request("GET", path);
    try {
      return await patch(path, fields, {etag});
    } catch (problem) {
      if (problem.status !== 412 || tried === TRIES) throw problem;
    }
  }
}

/** The same change on many; resolves to {done, refused: [{number, problem}]}. */
export async function changeMany(numbers, body) {
  const answer = await post("/tickets/bulk", {numbers, ...body}, {patience: 120_000});
  const refused = answer.items.filter((each) => each.outcome === "refused");
  return {done: answer.items.length - refused.length, refused};
}

/** A refusal in one line. */
export function worded(problem) {
  const fields = (problem.errors || []).map((each) => each.problem);
  return [problem.title, ...(fields.length ? fields : [problem.detail])].filter(Boolean).join(" ") || text("Something went wrong.");
}
