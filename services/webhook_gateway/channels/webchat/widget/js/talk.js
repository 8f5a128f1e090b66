// What the visitor does: write, answer, rate, ask for the talk as a mail.
class Talk {
  constructor(chat) {
    this.chat = chat;
  }

  /** Send a message; it stands in the conversation at once. */
  send(kind, {text = "", files = [], reply_to = "", choice, answers}) {
    const {chat} = this;
    const {offer, context, details, outbox, receipts, sheet} = chat;
    const id = newId();
    const body = {id, kind, text, files: files.map(({token}) => ({token})), language: chat.words.locale, time_zone: timeZone()};
    if (reply_to) body.reply_to = reply_to;
    if (choice) body.choice = choice;
    if (answers) body.answers = answers;
    if (details.untold()) body.details = details.untold();
    if (offer.page_context) body.visit = context.visit();
    const shown = files.map(({name, type, size, kind: sort}) => ({name, type, size, kind: sort, url: ""}));
    const line = {at: new Date().toISOString(), kind: "message", author: {kind: "visitor"}, text, files: shown, interactive: null, reply_to};
    receipts.stoppedTyping();
    outbox.add("messages", body, line);
    sheet.log.arrived(true);
  }

  rate(ticket, score, text) {
    const {chat} = this;
    const id = newId();
    const line = {at: new Date().toISOString(), kind: "rated", author: {kind: "visitor"}, ticket, score, text};
    chat.outbox.add("ratings", {id, ticket, score, text}, line);
    chat.tell("rated", {number: ticket, score, text});
    chat.sheet.voice.say(chat.say("rate_thanks"));
    chat.sheet.focus();
  }

  /** The gateway has taken something out of the outbox. */
  sent({path, body}) {
    const {chat} = this;
    if (path !== "messages") return;
    if (body.details && JSON.stringify(body.details) === JSON.stringify(chat.details.known())) chat.details.told();
    chat.tell("sent", {id: body.id, text: body.text, kind: body.kind});
    chat.reading.connect();
  }

  refused({body}, error) {
    this.chat.complain(error, {id: body.id});
  }

  /** More is known of the visitor: told now when there is a conversation, else with its first message. */
  async learn(details) {
    const {chat} = this;
    if (!chat.details.learn(details) || !chat.visitor.token) return;
    const told = chat.details.untold();
    try {
      await chat.visitor.ask("POST", "details", {body: {details: told}});
      if (JSON.stringify(told) === JSON.stringify(chat.details.known())) chat.details.told();
    } catch {
      // It goes with the next message.
    }
  }

  /** The conversation by mail: to the address that is known, else to the one asked for here, told with the wish. */
  async transcript() {
    const {chat} = this;
    if (!chat.details.known().email && !chat.visitor.known?.mailed) {
      this.askAddress();
      return;
    }
    try {
      await chat.visitor.ask("POST", "transcripts", {body: {details: chat.details.untold()}});
      chat.details.told();
      chat.sheet.notice(chat.say("transcript_sent"), "is-good");
    } catch (error) {
      chat.sheet.notice(error.status === 429 ? chat.say("transcript_again") : error.detail || chat.say("did_not_work"), "is-bad");
    }
  }

  askAddress() {
    const {chat} = this;
    const fields = new Fields([{key: "email", kind: "email", required: true, label: ""}], chat.say);
    const back = () => { chat.sheet.ask(null); chat.sheet.focus(); };
    const submit = (event) => {
      event.preventDefault();
      if (!fields.check()) return;
      chat.details.learn(fields.details());
      back();
      this.transcript();
    };
    chat.sheet.ask(make("form", {class: "asking", noValidate: true, onsubmit: submit}, make("p", {text: chat.say("transcript_where")}), ...fields.nodes,
      make("div", {class: "pair"}, make("button", {class: "second", onclick: back, text: chat.say("cancel")}), make("button", {type: "submit", class: "main", text: chat.say("transcript_send")}))));
    chat.sheet.focus();
  }
}
