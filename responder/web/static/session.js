// @ts-check
/**
 * How long this session lasts: told half an hour before its end; at the end the page asks who is
 * there. A page that can go on without showing anybody (the desk) takes the end into its own hands.
 */

const TOLD_BEFORE_S = 1800;
export const OVER = "telecare:session-over";
export const RENEWED = "telecare:session-renewed";

const band = document.querySelector("[data-band='session']");
const meta = document.querySelector("meta[name='session-left']");
const sentence = meta?.getAttribute("data-words") ?? "";
let left = Number(meta?.getAttribute("content") ?? NaN);
let heardAt = performance.now();
let ended = false;

function tick() {
  const seconds = left - (performance.now() - heardAt) / 1000;
  const told = seconds <= TOLD_BEFORE_S;
  if (band instanceof HTMLElement) {
    const minutes = Math.max(1, Math.ceil(seconds / 60));
    const words = told ? sentence.replace("{minutes}", String(minutes)) : "";
    if (band.textContent !== words) band.textContent = words;
    band.hidden = !told;
  }
  if (seconds > 0 || ended) return;
  ended = true;
  const own = !dispatchEvent(new Event(OVER, { cancelable: true }));
  if (!own) location.assign(`/locked?next=${encodeURIComponent(location.pathname + location.search)}`);
}

addEventListener(RENEWED, (event) => {
  left = Number(/** @type {CustomEvent<number>} */ (event).detail);
  heardAt = performance.now();
  ended = false;
  tick();
});
if (!Number.isNaN(left)) {
  setInterval(tick, 1000);
  tick();
}
