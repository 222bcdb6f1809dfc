// @ts-check
/**
 * Loads a page anew every `data-again` seconds, so that what it tells is not old; never while it
 * is hidden, and never under somebody's finger.
 */

const main = document.querySelector("[data-again]");
const seconds = Number(main?.getAttribute("data-again"));
if (main && seconds) {
  setInterval(() => {
    if (!document.hidden && !main.contains(document.activeElement)) location.reload();
  }, seconds * 1000);
}
