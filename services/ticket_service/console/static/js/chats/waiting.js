// The number of live chats that wait for somebody, in the rail of every page, as it is now.
import {get, Problem} from "../api.js";
import {onNews} from "../live.js";

const MOST = 100;
const place = document.getElementById("rail-count-conversations");

async function count() {
  try {
    const {items, next} = await get(`/conversations?waiting=true&limit=${MOST}`);
    place.firstChild.textContent = new Intl.NumberFormat(document.documentElement.lang).format(items.length) + (next ? "+" : "");
    place.hidden = !items.length;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

const concerns = ({what}) => what.includes("waiting_since") || what.includes("made");
if (place) onNews(({conversations}) => { if (conversations.some(concerns)) count(); });
