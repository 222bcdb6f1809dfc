// @ts-check
/** What the desk tells in words and numbers, outside of the queue and the card. */

import { byUrgency } from "./queue.js";

/** @typedef {import("./queue.js").Line} Line */

const TOGETHER_MS = 500;
const TOLD_TOGETHER = 3;

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

/** @type {{sentence: string, line: Line}[]} */
let untold = [];
let newsTimer = 0;

/** The same of an alert. Of many that come together every emergency is told, else the most urgent,
 * and how many more there are: nobody listens to thirty to hear the last.
 * @param {string} sentence @param {Line} line */
export function tellNews(sentence, line) {
  untold.push({ sentence, line });
  newsTimer ||= setTimeout(() => {
    const news = untold.sort((one, other) => byUrgency(one.line, other.line));
    [untold, newsTimer] = [[], 0];
    const told = news.filter((each, place) => place < TOLD_TOGETHER || each.line.priority === "emergency");
    for (const each of told) tellAside(each.sentence);
    if (news.length > told.length) tellAside(`And ${news.length - told.length} more in the queue.`);
  }, TOGETHER_MS);
}

/** Nothing of it is to be read any more, nor told. */
export function hush() {
  clearTimeout(newsTimer);
  [untold, newsTimer] = [[], 0];
  find("[data-news]").replaceChildren();
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
