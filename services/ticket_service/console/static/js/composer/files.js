// Files that go with a message: chosen, dropped, pasted, photographed; each uploaded at once, with its progress.
import {csrfToken, PREFIX} from "../api.js";
import {text} from "../texts.js";

const MOST = 10;
const UNITS = ["B", "kB", "MB", "GB"];

export class Files {
  constructor(box, known, changed) {
    this.box = box;
    this.place = box.part("files");
    this.pattern = box.part("file-line");
    this.changed = changed;
    this.entries = [];
    known.forEach((each) => this.append({id: each.id, name: each.filename || each.kind, size: each.size}));
    this.show();
  }

  get count() { return this.entries.length; }
  get busy() { return this.entries.some((each) => each.upload); }
  get broken() { return this.entries.some((each) => each.problem); }
  ids() { return this.entries.filter((each) => each.id).map((each) => each.id); }
  names() { return this.entries.map((each) => each.name); }
  list() { return this.entries.filter((each) => each.id).map(({id, name, size}) => ({id, name, size})); }

  add(files, kind = "") {
    this.box.alert("");
    for (const file of files) {
      if (this.entries.length >= MOST) { this.box.alert(text("At most {most} files go with one message.", {most: MOST})); break; }
      const entry = {file, kind, name: file.name || text("Picture"), size: file.size};
      this.append(entry);
      this.upload(entry);
    }
    this.show();
    this.changed();
  }

  clear() {
    this.entries.forEach((each) => this.drop(each));
    this.entries = [];
    this.show();
  }

  putBack(list) {
    for (const each of list) if (!this.entries.some((one) => one.id === each.id)) this.append({...each});
    this.show();
  }

  append(entry) {
    const line = this.pattern.content.firstElementChild.cloneNode(true);
    entry.line = line;
    line.querySelector('[data-slot="name"]').textContent = entry.name;
    const remove = line.querySelector('[data-slot="remove"]');
    remove.setAttribute("aria-label", text("Remove {name}", {name: entry.name}));
    remove.addEventListener("click", () => { this.drop(entry); this.entries = this.entries.filter((each) => each !== entry); this.show(); this.changed(); });
    if (entry.file?.type.startsWith("image/")) {
      const picture = line.querySelector("img");
      entry.address = URL.createObjectURL(entry.file);
      picture.src = entry.address;
      picture.hidden = false;
      line.querySelector("svg").remove();
    }
    this.place.append(line);
    this.entries.push(entry);
    this.state(entry);
  }

  drop(entry) {
    entry.upload?.abort();
    if (entry.address) URL.revokeObjectURL(entry.address);
    entry.line.remove();
  }

  show() { this.place.hidden = this.entries.length === 0; }

  // XMLHttpRequest, because fetch does not tell how much has gone.
  upload(entry) {
    const form = new FormData();
    form.append("file", entry.file, entry.name);
    if (entry.kind) form.append("kind", entry.kind);
    const sending = new XMLHttpRequest();
    entry.upload = sending;
    entry.problem = "";
    entry.key ??= crypto.randomUUID();
    sending.open("POST", `${PREFIX}/attachments`);
    sending.setRequestHeader("X-CSRFToken", csrfToken());
    sending.setRequestHeader("Idempotency-Key", entry.key);
    sending.responseType = "json";
    sending.upload.addEventListener("progress", (event) => { if (event.lengthComputable) { entry.done = Math.round((event.loaded / event.total) * 100); this.state(entry); } });
    sending.addEventListener("load", () => this.arrived(entry, sending));
    sending.addEventListener("error", () => this.failed(entry, text("The connection broke off.")));
    sending.send(form);
    this.state(entry);
  }

  arrived(entry, sending) {
    if (sending.status === 201) {
      Object.assign(entry, {upload: null, id: sending.response.id});
      this.state(entry);
      this.changed();
      return;
    }
    const said = sending.response ?? {};
    this.failed(entry, said.errors?.[0]?.problem ?? [said.title, said.detail].filter(Boolean).join(" ") ?? "");
    entry.key = crypto.randomUUID();
  }

  failed(entry, why) {
    entry.upload = null;
    entry.problem = why || text("It could not be uploaded.");
    this.state(entry);
    this.changed();
  }

  state(entry) {
    const place = entry.line.querySelector('[data-slot="state"]');
    const bar = entry.line.querySelector("progress");
    bar.hidden = !entry.upload;
    bar.value = entry.done ?? 0;
    bar.setAttribute("aria-label", text("Uploading {name}", {name: entry.name}));
    entry.line.classList.toggle("is-broken", Boolean(entry.problem));
    place.replaceChildren(entry.problem || (entry.size === null || entry.size === undefined ? "" : size(entry.size)));
    if (!entry.problem || !entry.file) return;
    const again = Object.assign(document.createElement("button"), {type: "button", className: "btn btn-sm btn-quiet", textContent: text("Try again")});
    again.addEventListener("click", () => this.upload(entry));
    place.append(" ", again);
  }

  /** Files dropped anywhere on `area`, or pasted into the text, are taken. */
  takeDrops(area, input) {
    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const mark = (on) => this.box.classList.toggle("is-target", on);
    area.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); mark(true); } });
    area.addEventListener("dragleave", (event) => { if (!area.contains(event.relatedTarget)) mark(false); });
    area.addEventListener("drop", (event) => {
      if (!carries(event) || !this.box.isConnected) return;
      event.preventDefault();
      mark(false);
      this.add([...event.dataTransfer.files]);
    });
    input.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      this.add(files);
    });
  }
}

function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) { value /= 1000; unit += 1; }
  return `${new Intl.NumberFormat(document.documentElement.lang, {maximumFractionDigits: value < 10 && unit ? 1 : 0}).format(value)} ${UNITS[unit]}`;
}
