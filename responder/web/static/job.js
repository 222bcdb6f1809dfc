// @ts-check
/**
 * A responder's page where there is no signal: what is pressed waits in this telephone, with the
 * time it was pressed, and is sent in its order. Nothing is sent twice: what was answered, with a
 * yes or a no, waits no more.
 */

const RETRY_MS = 5000;
const PATIENCE_MS = 15000;
const main = document.querySelector("main");
const here = main?.dataset.here ?? location.pathname;
const KEPT = `waiting ${here.split("?")[0]}`; // the same job in every language

let lost = false; // the last try found no way out

/** @typedef {{words: string, body: string}} Entry */

/** @returns {Entry[]} */
const waiting = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");

/** @param {Entry[]} entries */
function keep(entries) {
  if (entries.length) localStorage.setItem(KEPT, JSON.stringify(entries));
  else localStorage.removeItem(KEPT);
  show(entries);
}

/** @param {Entry[]} entries */
function show(entries) {
  const band = /** @type {HTMLElement} */ (document.querySelector("[data-waiting]"));
  band.hidden = entries.length === 0;
  band.textContent = entries.length
    ? `${lost ? band.dataset.lost : band.dataset.sending}: ${entries.map((each) => each.words).join(", ")}.`
    : "";
}

let sending = false;

async function send() {
  if (sending) return;
  sending = true;
  let sent = false;
  let refusal = "";
  try {
    for (let entries = waiting(); entries.length; entries = waiting()) {
      const body = new URLSearchParams(entries[0].body);
      const proof = document.querySelector("meta[name=csrf]")?.getAttribute("content");
      if (proof) body.set("csrf", proof); // that of the session of now, whenever it was pressed
      const answer = await fetch(here, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
        body: body.toString(),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      lost = answer.status >= 500;
      if (lost) break;
      if (answer.status === 401) {
        location.assign(`/sign-in?next=${encodeURIComponent(here)}`); // what waits is sent after it
        break;
      }
      if (answer.status === 423) {
        location.assign(`/locked?next=${encodeURIComponent(here)}`); // likewise
        break;
      }
      if (answer.status >= 400) refusal = (await answer.json().catch(() => ({}))).detail ?? main?.dataset.refused ?? "";
      keep(entries.slice(1));
      sent = true;
    }
  } catch {
    lost = true; // they stay in their order
  } finally {
    sending = false;
  }
  show(waiting());
  if (refusal) sessionStorage.setItem("refusal", refusal);
  if (sent) location.replace(here);
}

const told = sessionStorage.getItem("refusal");
if (told) {
  sessionStorage.removeItem("refusal");
  const line = document.createElement("p");
  line.className = "refusal";
  line.role = "alert";
  line.textContent = told;
  main?.prepend(line);
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.action.endsWith("/keysafe")) return;
  if (!form.closest("main")) return; // the bar's own: locking, signing out
  event.preventDefault();
  const fields = new FormData(form);
  fields.set("at", new Date().toISOString());
  const body = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)])).toString();
  keep([...waiting(), { words: form.dataset.entry ?? "", body }]);
  void send();
});
addEventListener("online", () => void send());
setInterval(() => { if (waiting().length) void send(); }, RETRY_MS);
show(waiting());
if (waiting().length) void send();
