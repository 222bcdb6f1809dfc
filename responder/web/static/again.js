// @ts-check
/**
 * Brings what a page tells anew every `data-again` seconds, when the telephone wakes and when there
 * is a signal again; never while it is hidden, and never under somebody's finger. Without a signal
 * what stands stays, and says that it may have changed.
 */

const PATIENCE_MS = 15000;
let main = /** @type {HTMLElement} */ (document.querySelector("main[data-again]"));
let seen = main.textContent; // as the page came
let looking = false;

const isLeftAlone = () => !document.hidden && !main.contains(document.activeElement);

/** @param {boolean} lost */
function tell(lost) {
  const band = /** @type {HTMLElement} */ (main.querySelector("[data-unseen]"));
  const words = (lost && band.dataset.unseen) || "";
  if (band.textContent !== words) band.textContent = words; // said once
  band.hidden = !words;
}

/** @returns {Promise<HTMLElement | null>} This page as it is now; none where we are led elsewhere. */
async function asked() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.redirected) {
    location.assign(answer.url); // sign in, unlock
    return null;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = /** @type {HTMLElement | null} */ (page.querySelector("main[data-again]"));
  if (!next) throw new Error("A fault, or a network on the way with a page of its own");
  return next;
}

async function lookAgain() {
  if (looking || !isLeftAlone()) return;
  looking = true;
  try {
    const next = await asked();
    if (next && next.textContent !== seen && isLeftAlone()) {
      seen = next.textContent;
      main.replaceWith(next);
      main = next;
    }
    tell(false);
  } catch {
    tell(true);
  } finally {
    looking = false;
  }
}

for (const woken of ["online", "offline", "pageshow"]) addEventListener(woken, (event) => {
  if (!(event instanceof PageTransitionEvent) || event.persisted) void lookAgain();
});
document.addEventListener("visibilitychange", () => void lookAgain());
setInterval(() => void lookAgain(), Number(main.dataset.again) * 1000);
