// @ts-check
/**
 * A responder's page where there is no signal: what is pressed waits, and is sent in its order from
 * whichever job she looks at next. Nothing is sent twice: what was answered, with a yes or a no,
 * waits no more. The way and the hazards that stand here are given up only for a newer page that
 * has come. It is looked for every quarter of a minute, when the telephone wakes and when there is
 * a signal again: nobody drives on to a home where nobody is to go any more.
 */

import { look, prove } from "./calls.js";
import { add, forget, isFor, waiting } from "./waiting.js";

const RETRY_MS = 5000;
const LOOK_MS = 15000;
const PATIENCE_MS = 15000;
let main = /** @type {HTMLElement} */ (document.querySelector("main"));
const here = main.dataset.here ?? location.pathname;

let lost = false; // the last try found no way out
let old = false; // what stands here is older than what was sent
let seen = main.textContent; // as the page came, without what was added to it since
let refusal = "";

/** Whether something waits for the job that stands here. */
const waits = () => waiting().some((entry) => isFor(entry, here));

function show() {
  const band = /** @type {HTMLElement} */ (main.querySelector("[data-waiting]"));
  const { lost: unsent, sending: leaving, sent, unseen } = band.dataset;
  const pressed = waiting().map((entry) => entry.words).join(", ");
  const words = pressed ? `${lost ? unsent : leaving}: ${pressed}.` : (lost && (old ? sent : unseen)) || "";
  if (band.textContent !== words) band.textContent = words; // said once
  band.hidden = !words;
}

/** @param {string} sentence */
function refuse(sentence) {
  refusal = sentence;
  if (sentence && main.querySelector(".refusal")?.textContent === sentence) return; // said once
  main.querySelector(".refusal")?.remove();
  if (!refusal) return;
  const line = document.createElement("p");
  line.className = "refusal";
  line.role = "alert";
  line.textContent = refusal;
  main.prepend(line);
}

/** @param {string} address @param {RequestInit} [how] What was answered, if a page of ours. */
const asked = (address, how) => fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS), ...how });

/** @param {HTMLElement} next What is half typed, where it is still asked for. */
function carry(next) {
  for (const field of main.querySelectorAll("input:not([type=hidden])")) {
    if (!(field instanceof HTMLInputElement)) continue;
    const same = [...next.querySelectorAll("input")].find((each) => each.name === field.name && (each.type !== "radio" || each.value === field.value));
    if (same) [same.value, same.checked] = [field.value, field.checked];
  }
  next.querySelector("details")?.toggleAttribute("open", main.querySelector("details[open]") !== null);
}

/** @param {Response} answer @returns {Promise<HTMLElement | null>} This job's page, if it is that. */
async function read(answer) {
  if (answer.status >= 500) throw new Error("No answer of ours to the question");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = /** @type {HTMLElement | null} */ (page.querySelector("main[data-job]"));
  if (next && !answer.redirected) return next;
  const told = page.querySelector(".refusal-box")?.textContent;
  if (answer.redirected) location.assign(answer.url); // sign in, unlock, the job that came
  else if (told) refuse(told);
  else throw new Error("A network on the way has a page of its own");
  return null;
}

/** @param {HTMLElement | null} next What stands from now on. */
function stand(next) {
  if (!next) return;
  main.replaceWith(next);
  main = next;
  const first = /** @type {HTMLElement} */ (main.querySelector(".code")?.parentElement ?? main.querySelector("h1"));
  first.tabIndex = -1;
  first.focus();
}

/** @param {Response} answer Only 204 is our yes: a network that wants a sign-in of its own says others. */
const isAnswer = (answer) => answer.status === 204 || (answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status));

/** @param {string} proof Whether who reads this signed in anew in another window since. */
async function isAnotherByNow(proof) {
  const me = await look("/me");
  prove(me.csrf);
  return me.csrf !== proof;
}

let sending = false;

async function send() {
  if (sending) return;
  sending = true;
  try {
    const stuck = new Set(); // a job whose press goes nowhere holds up no other job's
    const next = () => waiting().find((entry) => !stuck.has(entry.to));
    for (let entry = next(); entry; entry = next()) {
      const body = new URLSearchParams(entry.body);
      body.set("at", entry.at);
      const proof = document.querySelector("meta[name=csrf]")?.getAttribute("content");
      if (proof) body.set("csrf", proof); // that of the session of now, whenever it was pressed
      const answer = await fetch(entry.to, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
        body: body.toString(),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!isAnswer(answer)) {
        stuck.add(entry.to);
        continue;
      }
      if (answer.status === 401) {
        location.assign(`/sign-in?next=${encodeURIComponent(here)}`); // what waits is sent after it
        break;
      }
      if (answer.status === 423) {
        location.assign(`/locked?next=${encodeURIComponent(here)}`); // likewise
        break;
      }
      if (answer.status === 403 && proof && (await isAnotherByNow(proof))) continue;
      if (answer.status >= 400) {
        const why = (await answer.json().catch(() => ({}))).detail ?? main.dataset.refused ?? "";
        refusal = isFor(entry, here) ? why : `${entry.words}: ${why}`;
      }
      old = true;
      forget(entry);
      show();
    }
    lost = stuck.size > 0;
    if (old && !waits()) {
      const newer = await read(await asked(here));
      if (newer) seen = newer.textContent;
      stand(newer);
      old = false;
    }
  } catch {
    lost = true; // they stay in their order
  } finally {
    sending = false;
  }
  show();
  if (refusal) refuse(refusal);
}

let looking = false;

/** Whether the job was taken off, or something is asked, since the page came. Holds up no press. */
async function lookAgain() {
  if (waiting().length || old) await send();
  if (sending || looking || document.hidden || waits() || old) return;
  looking = true;
  const before = main;
  try {
    const next = await read(await asked(here));
    if (sending || main !== before) return; // pressed meanwhile: its answer is newer
    lost = false;
    if (next && next.textContent !== seen) {
      seen = next.textContent;
      carry(next);
      stand(next);
    }
  } catch {
    lost = true;
  } finally {
    looking = false;
  }
  show();
}

/** @param {HTMLFormElement} form The code is asked for on the spot: it waits nowhere. */
async function reveal(form) {
  if (sending) return;
  sending = true;
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  try {
    stand(await read(await asked(form.action, { method: "POST", body })));
  } catch {
    refuse(main.dataset.unheard ?? "");
  } finally {
    sending = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.closest("main")) return; // the bar's own: locking, signing out
  event.preventDefault();
  refuse("");
  if (!("entry" in form.dataset)) return void reveal(form);
  const words = form.dataset.entry ?? "";
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString();
  add(here, words, body);
  show();
  void send();
});
for (const woken of ["online", "offline", "pageshow"]) addEventListener(woken, () => void lookAgain());
document.addEventListener("visibilitychange", () => void lookAgain());
setInterval(() => { if (waiting().length || old) void send(); }, RETRY_MS);
setInterval(() => void lookAgain(), LOOK_MS);
show();
if (waiting().length) void send();
