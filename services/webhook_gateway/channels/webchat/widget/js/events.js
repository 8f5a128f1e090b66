// Server-sent events out of a fetch: unlike an EventSource it can carry the visitor's token and say where it stopped.

/** Read a body's events until it ends: `heard(name, data, id)` for each, `alive()` for every sign of life. */
async function readEvents(body, heard, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    alive();
    text += decoder.decode(value, {stream: true});
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop();
    for (const block of blocks) tellEvent(block, heard);
  }
}

function tellEvent(block, heard) {
  const fields = {event: "message", data: [], id: ""};
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (name === "data") fields.data.push(value);
    else if (name === "event" || name === "id") fields[name] = value;
  }
  if (!fields.data.length) return;
  let data;
  try {
    data = JSON.parse(fields.data.join("\n"));
  } catch {
    return;
  }
  heard(fields.event, data, fields.id);
}
