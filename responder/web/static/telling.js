// @ts-check
/** What the desk tells in words and numbers, outside of the queue and the card. */

/** @param {string} selector of what stands on every desk */
export const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** @param {string} sentence @param {boolean} [refusal] */
export function say(sentence, refusal = false) {
  const place = find("[data-said]");
  place.textContent = sentence;
  place.classList.toggle("refusal", refusal);
  clearTimeout(sayTimer);
  sayTimer = window.setTimeout(() => { place.textContent = ""; }, refusal ? 8000 : 3500);
}
let sayTimer = 0;

/** For a screen reader, when it has finished what it is saying.
 * @param {string} sentence */
export function tellAside(sentence) {
  const log = find("[data-news]");
  const item = document.createElement("p");
  item.textContent = sentence;
  log.append(item);
  while (log.childElementCount > 20) log.firstElementChild?.remove();
}

/** A part of the platform does not work: every desk sees it, before it is an alert.
 * @param {string[]} sentences */
export function tellDown(sentences) {
  const band = find("[data-band='down']");
  const words = sentences.join(" ");
  if (band.textContent !== words) band.textContent = words;
  band.hidden = words === "";
}

/** @param {string} name @param {number | string} value @param {boolean} [hot] */
export function count(name, value, hot = false) {
  const place = find(`[data-count="${name}"]`);
  place.classList.toggle("hot", hot);
  const number = /** @type {HTMLElement} */ (place.querySelector("b"));
  if (number.textContent !== String(value)) number.textContent = String(value);
}
