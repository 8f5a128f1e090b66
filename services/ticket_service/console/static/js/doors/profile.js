// Notices of the system need the browser's leave: it is asked for when somebody turns them on.
const wanted = document.querySelector("input[name=desktop]");
const refused = document.querySelector("[data-refused]");

wanted.addEventListener("change", async () => {
  refused.hidden = true;
  if (!wanted.checked) return;
  const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
  if (answer !== "granted") {
    wanted.checked = false;
    refused.hidden = false;
  }
});
