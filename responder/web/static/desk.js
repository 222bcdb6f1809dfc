// @ts-check
/** The operator's desk: wires the live line, the queue, the card, the keys and the sound. */
import { look, Refused } from "./calls.js";
import { Card } from "./card.js";
import { elapsed, ServerClock } from "./clocks.js";
import { deedsOn } from "./deeds.js";
import { ask, putAway, wireDialogs } from "./dialogs.js";
import { Hands, listen, targetOf } from "./keys.js";
import { Lock } from "./lock.js";
import { byUrgency, Queue } from "./queue.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { count, find, hush, say, tellAside, tellDown, tellNews } from "./telling.js";

/** @typedef {import("./queue.js").Line} Line */

const me = document.body.dataset.me ?? "";
const clock = new ServerClock();
const sound = new Sound();
const list = find("#queue");
const queue = new Queue(list, clock, me);
const card = new Card(find("#card"), (sentence) => say(sentence, true));
/** Something changed while a hand was moving; shown when it rests. */
let held = false;
let wasStale = false;
const hands = new Hands(() => { if (held) show(); });

/** What was open when the desk was locked. @type {string | null} */
let leftOpen = null;
/** Brings back the words that were being written then. @type {(() => void) | null} */
let writeOn = null;
const lock = new Lock(Number(document.body.dataset.lockAfter), {
  wipe() {
    writeOn = putAway();
    leftOpen = card.shut();
    queue.wipe();
    hush();
    find("#call h2").textContent = "";
    find("#call [data-part='phone']").textContent = "";
    find("[data-colleagues]").replaceChildren();
    find("#find").setAttribute("value", "");
    /** @type {HTMLInputElement} */ (find("#find")).value = "";
    say("");
    tellWhose();
  },
  async back() {
    changed();
    list.focus();
    const [left, words] = [leftOpen, writeOn];
    leftOpen = writeOn = null;
    if (!left || !words && !queue.lines.has(left)) return;
    await open(left);
    if (card.alert === left) words?.();
  },
  again: () => stream.open(),
});

// ---- what the server says

/** @param {Line} line */
function greet(line) {
  if (lock.on) return;
  const known = queue.lines.get(line.id);
  const news = !known && line.state !== "resolved";
  const rose = known && known.announced_at !== line.announced_at && line.announcement;
  if (!news && !rose) return;
  const who = line.resident_label || line.home_label;
  tellNews(news ? `New: ${line.priority}, ${who}. ${line.sentence}` : `${line.announcement}. ${who}`, line);
}

const stream = new Stream("/api/v1/live", {
  snapshot(body) {
    clock.set(body.now, body.speed);
    tellDown(body.unwell);
    queue.replace(body.lines);
    lock.heard(body.veiled);
    changed();
    void refreshCard();
  },
  batch(body) {
    for (const line of /** @type {Line[]} */ (body.lines)) {
      greet(line);
      queue.update(line);
      if (line.id === card.alert) void card.refresh(line.changed);
    }
    changed();
  },
  beat(body) {
    clock.set(body.now, body.speed);
    tellDown(body.unwell);
    lock.beat();
    sound.beat();
    if (card.idle) void refreshCard(); // what was lost on the way
  },
  refused() {
    location.assign("/sign-in?next=" + encodeURIComponent(location.pathname));
  },
});

/** The queue may know more of the shown alert than the card; one that left it unseen is closed. */
async function refreshCard() {
  const line = card.alert ? queue.lines.get(card.alert) : undefined;
  if (line) await card.refresh(line.changed);
  else if (card.article?.dataset.state !== "resolved") await card.refresh(Infinity);
}

/** The queue changed: show it now, or as soon as the hands rest. The sound never waits. */
function changed() {
  const waiting = queue.waiting().sort(byUrgency);
  hear(waiting);
  if (hands.busy) held = true;
  else show();
}

/** @param {Line[]} waiting */
function hear(waiting) {
  const first = waiting[0];
  if (stream.stale) sound.want("lost");
  else sound.want(first ? /** @type {import("./sound.js").Voice} */ (first.priority) : null);
}

function show() {
  held = false;
  if (!lock.on) queue.render();
  const open = queue.open();
  const waiting = queue.waiting();
  count("waiting", waiting.length, waiting.length > 0);
  count("mine", open.filter((line) => line.owner_id === me).length);
  count("open", open.length);
  find("[data-while-locked]").textContent = waiting.length === 0
    ? "Nobody is waiting." : `Waiting: ${waiting.length}. Most urgent: ${waiting.sort(byUrgency)[0].priority}.`;
  document.title = waiting.length > 0 ? `(${waiting.length}) waiting · Desk` : "Desk";
}

/** Whom people have to ring. Asked for and not pushed: half a minute is soon enough, and what
 * nobody does by its end is an alert. */
async function countCalls() {
  try {
    const entries = /** @type {{state: string}[]} */ (await look("/calls"));
    const now = entries.filter((entry) => entry.state === "now").length;
    if (toRing >= 0 && now > toRing) say("Somebody is to be rung: see Calls.");
    toRing = now;
    count("calls", now, now > 0);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    count("calls", "–");
  }
}
let toRing = -1;
const timeOfDay = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Europe/London" });

function tick() {
  stream.watch();
  lock.watch();
  const age = stream.age;
  const stale = stream.stale;
  document.body.classList.toggle("stale-desk", stale);
  find(".live [data-part='word']").textContent = stale ? "NOT LIVE" : "live";
  find(".live [data-part='age']").textContent = `${age.toFixed(1)} s`;
  const band = find("[data-band='stale']");
  if (stale) {
    // A time of day and no count: a screen reader speaks the band once, when it appears.
    if (!wasStale) {
      const since = new Date(clock.now() - age * 1000 * clock.speed);
      band.textContent = `Not live since ${timeOfDay.format(since)}: what has happened since is not shown. It dials again by itself.`;
    }
    sound.beat();
  }
  band.hidden = !stale;
  if (stale !== wasStale) {
    wasStale = stale;
    hear(queue.waiting().sort(byUrgency));
  }
  find("[data-band='mute']").hidden = sound.audible;
  queue.tick();
  const oldest = queue.waiting().reduce((most, line) => Math.max(most, clock.since(line.opened_at)), -1);
  count("oldest", oldest < 0 ? "–" : elapsed(oldest));
}

// ---- what the operator does

/** The card on the right may be another's than the one chosen on the left: then it fades and
 * says so, and no key acts on it. */
function tellWhose() {
  const elsewhere = card.alert !== null && queue.cursor !== null && queue.cursor !== card.alert;
  find("#card-room").classList.toggle("elsewhere", elsewhere);
  const band = find("[data-band='elsewhere']");
  const line = queue.cursor ? queue.lines.get(queue.cursor) : undefined;
  const who = line?.resident_label || line?.home_label || "another alert";
  const standing = card.opening ? `Opening ${who} …` : `You have chosen ${who}: Enter opens, C claims.`;
  band.textContent = elsewhere ? `${standing} Esc goes back to the one below.` : "";
  band.hidden = !elsewhere;
  return elsewhere;
}

/** @param {string | null} id @param {boolean} [focus] */
function choose(id, focus = false) {
  if (queue.select(id, focus)) changed();
  if (id === card.alert) card.stay();
  tellWhose();
}

/** Where a window is narrow, or zoomed in, the card stands below the queue. */
const BELOW = matchMedia("(max-width: 60rem)");

/** @param {string} id */
async function open(id) {
  await bring(id);
  await refreshCard(); // the look itself is news
}

/** Shows the alert's card as soon as it has come. @param {string} id */
async function bring(id) {
  say("");
  choose(id);
  const opening = card.open(id);
  tellWhose();
  await opening;
  tellWhose();
  const shown = card.article;
  if (!shown || lock.on || card.alert !== id) return;
  const words = [...shown.querySelectorAll("h1, .sentence")].map((each) => each.textContent?.trim().replace(/\s+/g, " "));
  if (BELOW.matches) find("#card-room").scrollIntoView();
  tellAside(`Opened: ${words.join(". ")}`);
}

const { deeds, offered } = deedsOn({ card, queue, lock, bring, changed, tellWhose });

/** @param {1 | -1} step */
function move(step) {
  const id = queue.neighbour(step);
  if (id) choose(id, true);
}

/** To the queue, where the card's alert is. */
function goBack() {
  const id = card.alert ?? queue.cursor;
  if (id) choose(id, true);
  else list.focus();
}

const steps = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [String(number), () => {
  const button = card.step(number);
  if (button && !tellWhose()) deeds[button.dataset.deed ?? ""]?.(button);
  else if (offered("close")) say(`The plan has no step ${number} to act on.`, true);
}]));

listen({
  j: () => move(1),
  k: () => move(-1),
  m: () => { const id = queue.mine(); if (id) choose(id, true); else say("No alert is yours.", true); },
  Enter: (event) => {
    const target = targetOf(event);
    if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement && !target.closest("#queue")) {
      target.click();
    } else if (queue.cursor) void open(queue.cursor);
  },
  c: () => deeds.claim(),
  u: () => deeds.release(),
  r: () => deeds.keysafe(),
  n: () => deeds.note(),
  p: () => deeds.reference(),
  a: () => deeds.attending(),
  d: () => deeds.dispatch(),
  w: () => deeds.watch(),
  h: () => deeds.handover(),
  x: () => deeds.close(),
  l: () => lock.set(),
  s: () => { sound.play("emergency"); say("This is how an emergency sounds."); },
  "/": () => find("#find").focus(),
  "?": () => ask("help", async () => undefined),
  Escape: goBack,
  ...steps,
});

list.addEventListener("click", (event) => {
  const row = event.target instanceof Element ? event.target.closest("li[data-alert]") : null;
  if (!(row instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void open(row.dataset.alert ?? "");
});
list.addEventListener("focusin", (event) => {
  const row = event.target instanceof Element ? event.target.closest("li[data-alert]") : null;
  if (row instanceof HTMLElement && row.dataset.alert !== queue.cursor) choose(row.dataset.alert ?? null);
});
find("#card").addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-deed]") : null;
  if (!(button instanceof HTMLElement)) return;
  // Whoever clicks on the card means the card.
  choose(card.alert);
  deeds[button.dataset.deed ?? ""]?.(button);
});
find("#find").addEventListener("keydown", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (event.key === "Escape") { box.value = ""; goBack(); }
  if (event.key !== "Enter") return;
  event.preventDefault();
  const id = queue.find(box.value, (box.dataset.titles ?? "").split(" "));
  if (id) { box.value = ""; choose(id, true); }
  else if (box.value.trim()) location.assign(`/homes?find=${encodeURIComponent(box.value)}`);
});

find("[data-act='lock']").addEventListener("click", (event) => {
  event.preventDefault();
  lock.set();
});
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => { if (!sound.audible) void sound.wake(); }, true);
}

// ---- begin

wireDialogs((sentence) => say(sentence, true));
if (document.body.dataset.locked) lock.heard(true);
void sound.wake();
stream.open();
setInterval(tick, 100);
tick();
setInterval(() => void countCalls(), 30000);
void countCalls();
const opened = document.body.dataset.open;
if (opened) void open(opened);
// The browser tests look at what was heard; there is nothing to act on here.
Object.assign(globalThis, { heardOnTheDesk: sound.played });
