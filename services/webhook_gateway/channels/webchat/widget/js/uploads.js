// Files on their way to the gateway: each with its progress, until a message takes them along.
const UPLOADING = "uploading";
const READY = "ready";

class Uploads {
  constructor(chat) {
    Object.assign(this, {chat, items: []});
  }

  get busy() {
    return this.items.some((each) => each.state === UPLOADING);
  }

  get ready() {
    return this.items.filter((each) => each.state === READY);
  }

  /** Take files that were chosen, dropped or pasted. */
  add(files) {
    const {words, say, sheet, offer} = this.chat;
    const {file_bytes: bytes, files: most, file_types: types} = offer.limits;
    const complaints = [];
    for (const file of files) {
      const {name, size, type} = file;
      if (this.items.length >= most) complaints.push(say("file_many", {most}));
      else if (size > bytes) complaints.push(say("file_large", {name, size: words.size(bytes)}));
      else if (!size) complaints.push(say("file_empty", {name}));
      else if (!accepted(type, types)) complaints.push(say("file_type", {name}));
      else this.begin({file, name, size, type, kind: "document"});
    }
    if (complaints.length) sheet.composer.complain([...new Set(complaints)].join(" "));
  }

  changed() {
    this.chat.sheet.composer.renderFiles();
  }

  begin(item) {
    Object.assign(item, {state: UPLOADING, progress: 0});
    if (!this.items.includes(item)) this.items.push(item);
    this.changed();
    this.upload(item).then(
      (stored) => Object.assign(item, {state: READY, token: stored.token, name: stored.name || item.name, type: stored.type, kind: stored.kind}),
      (error) => Object.assign(item, {state: FAILED, reason: error.detail || "", again: error.passing || error.status === 401}),
    ).finally(() => this.changed());
  }

  upload(item) {
    return this.chat.visitor.authorized((token) => this.post(item, token));
  }

  // A fetch does not say how much of it has gone.
  post(item, token) {
    return new Promise((done, failed) => {
      const request = item.request = new XMLHttpRequest();
      request.open("POST", this.chat.api.address("files"));
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = (event) => {
        item.progress = event.lengthComputable ? event.loaded / event.total : 0;
        this.changed();
      };
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { answer = {}; }
        if (request.status === 201) done(answer);
        else failed(new Refused(request.status, answer));
      };
      request.onerror = request.onabort = () => failed(new Refused(0));
      const form = new FormData();
      form.append("file", item.file, item.name);
      request.send(form);
    });
  }

  /** Give one up, or take it out again. */
  remove(item) {
    this.items = this.items.filter((each) => each !== item);
    item.request?.abort();
    this.changed();
  }

  /** Those that are ready leave with a message. */
  takeReady() {
    const taken = this.ready;
    this.items = this.items.filter((each) => !taken.includes(each));
    this.changed();
    return taken;
  }

  clear() {
    for (const item of [...this.items]) this.remove(item);
  }
}

/** Whether a file may come along, as far as its name says what it is: the gateway looks into it. */
function accepted(type, types) {
  if (!type || !types?.length) return true;
  return types.some((each) => each === type || each.startsWith(".") || each.endsWith("/*") && type.startsWith(each.slice(0, -1)));
}
