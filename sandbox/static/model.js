// What the page knows of one provider's phones: a snapshot, kept up to date by the stream of what changes.

export class Model {
  constructor() {
    this.provider = "meta";
    this.business = { name: "Support desk", number: "WhatsApp" };
    this.customers = new Map();
  }

  take(snapshot) {
    this.business = snapshot.business;
    const before = this.customers;
    this.customers = new Map();
    for (const customer of snapshot.customers) {
      const messages = new Map(customer.messages.map((message) => [message.id, message]));
      this.customers.set(customer.wa_id, { ...customer, messages, unread: before.get(customer.wa_id)?.unread ?? 0 });
    }
  }

  // Both return the customer whom it concerns, so that only their phones are drawn again.
  customer(line) {
    const known = this.customers.get(line.wa_id);
    const customer = { messages: new Map(), unread: 0, ...known, ...line };
    this.customers.set(line.wa_id, customer);
    return customer;
  }

  message(message, isSeen) {
    const customer = this.customers.get(message.wa_id);
    if (!customer) return null;
    const isNew = !customer.messages.has(message.id);
    customer.messages.set(message.id, message);
    if (isNew && message.outgoing && !isSeen(message.wa_id)) customer.unread += 1;
    return customer;
  }
}

// One line for the list of people and for quotes.
export function summary({ shown, deleted }) {
  if (deleted) return "Deleted message";
  if (shown.kind === "reaction") return shown.text ? `Reacted ${shown.text}` : "Took a reaction back";
  return shown.text || shown.label || "";
}
