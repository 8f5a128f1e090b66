// Records of people: searching for organizations, and numbers and addresses of somebody new.
import "./loading.js";
import "./picker.js";
import "../chats/visitor.js";

// Lines of kind and value become one list in a hidden field, which is what the interface takes.
for (const place of document.querySelectorAll("[data-identities]")) {
  const gather = () => {
    const lines = [...place.querySelectorAll("[data-identity]")].map((line) => ({kind: line.querySelector("select").value, value: line.querySelector("input").value.trim()}));
    place.querySelector("[name=identities]").value = JSON.stringify(lines.filter((line) => line.value));
  };
  place.addEventListener("input", gather);
  gather();
}
