// What the page hears of a chat.
const EVENTS = ["ready", "open", "close", "message", "sent", "unread", "ticket", "closed", "rated", "error"];

class Listeners {
  constructor() {
    this.known = new Map(EVENTS.map((each) => [each, new Set()]));
  }

  add(event, listener) {
    if (!this.known.has(event)) throw new TypeError(event);
    this.known.get(event).add(listener);
  }

  remove(event, listener) {
    this.known.get(event)?.delete(listener);
  }

  clear() {
    for (const each of this.known.values()) each.clear();
  }

  /** What a listener does wrong is the page's affair, and stops nothing here. */
  tell(event, data) {
    for (const listener of [...this.known.get(event)]) {
      try {
        listener(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
