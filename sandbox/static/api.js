// Calls to the sandbox's own API; a refusal becomes an Error whose message a person can act on.

export function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  return answered(path, options);
}

export function upload(path, file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return answered(path, { method: "POST", body: form });
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The sandbox does not answer.");
  }
  const known = (answer.headers.get("Content-Type") ?? "").includes("json");
  const data = known ? await answer.json() : null;
  if (!answer.ok) {
    const mistakes = Object.values(data?.errors ?? {}).flat().map(plain).join(" ");
    const error = new Error(mistakes || data?.detail || `The sandbox answered ${answer.status}.`);
    error.status = answer.status;
    throw error;
  }
  return data;
}

// Mistakes inside a nested object come as an object of lists.
function plain(mistake) {
  return typeof mistake === "string" ? mistake : Object.values(mistake).flat().map(plain).join(" ");
}
