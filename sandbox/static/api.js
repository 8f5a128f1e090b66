// Calls to the sandbox's own API; a refusal becomes an Error whose message a person can act on.

export async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The sandbox does not answer.");
  }
  const known = (answer.headers.get("Content-Type") ?? "").includes("json");
  const data = known ? await answer.json() : null;
  if (!answer.ok) {
    const mistakes = Object.values(data?.errors ?? {}).flat().join(" ");
    const error = new Error(mistakes || data?.detail || `The sandbox answered ${answer.status}.`);
    error.status = answer.status;
    throw error;
  }
  return data;
}
