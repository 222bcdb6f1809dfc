// @ts-check
/**
 * One press for one: a second click on a button whose answer is on its way sends nothing. After
 * ten seconds without an answer the hand is believed again, and so on a page one comes back to.
 */

const UNANSWERED_MS = 10_000;
/** @type {Map<EventTarget | null, number>} */
const sent = new Map();

addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // its page's own script sends it
  const pressed = event.submitter ?? event.target;
  const now = performance.now();
  if (now - (sent.get(pressed) ?? -UNANSWERED_MS) < UNANSWERED_MS) event.preventDefault();
  else sent.set(pressed, now);
});
addEventListener("pageshow", () => sent.clear());
