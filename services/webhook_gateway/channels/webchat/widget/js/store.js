// What the widget remembers, in the page's own storage; in memory when the browser does not let it.
class Store {
  constructor(channel) {
    this.prefix = `sportello:${channel}:`;
    this.memory = new Map();
    this.listeners = new Map();
    addEventListener("storage", (event) => {
      // No key: all of it was cleared.
      if (event.key === null) for (const listener of this.listeners.values()) listener();
      else if (event.key.startsWith(this.prefix)) this.listeners.get(event.key.slice(this.prefix.length))?.();
    });
  }

  get(name, otherwise = null) {
    try {
      const kept = localStorage.getItem(this.prefix + name);
      return kept === null ? this.memory.get(name) ?? otherwise : JSON.parse(kept);
    } catch {
      return this.memory.get(name) ?? otherwise;
    }
  }

  /** Remember; null forgets. */
  set(name, value) {
    try {
      if (value === null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
      this.memory.delete(name);
    } catch {
      if (value === null) this.memory.delete(name);
      else this.memory.set(name, value);
    }
  }

  /** Call `listener` when another tab changes what has this name. */
  watch(name, listener) {
    this.listeners.set(name, listener);
  }

  /** Run `work` while no other tab runs one of the same name; where browsers have no locks, at once. */
  alone(name, work) {
    return navigator.locks ? navigator.locks.request(this.prefix + name, work) : work();
  }
}
