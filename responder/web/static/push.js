// @ts-check
// Offers that this telephone is told by a push message next time, where the browser can do so.
const button = document.querySelector("[data-push]");
const said = document.querySelector("[data-push-said]");

/** @param {string} text in the Base64 of URLs */
function bytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

/** @param {HTMLElement} button @returns {Promise<boolean>} whether this telephone will be told */
async function subscribe(button) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const worker = await navigator.serviceWorker.register("/static/push-worker.js");
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(button.dataset.push ?? ""),
  });
  const answer = await fetch(`${location.pathname}/browser`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(subscription),
  });
  return answer.ok;
}

/** @param {HTMLElement} button */
async function press(button) {
  const done = await subscribe(button).catch(() => false);
  button.hidden = done;
  if (said) said.textContent = (done ? button.dataset.done : button.dataset.refused) ?? "";
}

if (button instanceof HTMLElement && "serviceWorker" in navigator && "PushManager" in window && isSecureContext) {
  button.hidden = false;
  button.addEventListener("click", () => void press(button));
}
