// @ts-check
/** Keeps the time in the band that says the clock is not real. */
import { ServerClock } from "./clocks.js";

const band = document.querySelector("[data-clock]");
if (band instanceof HTMLElement) {
  const clock = new ServerClock();
  clock.set(band.dataset.now ?? "", Number(band.dataset.speed));
  const place = band.querySelector("[data-part='clock']");
  const words = new Intl.DateTimeFormat([document.documentElement.lang, "en-GB"], { // few browsers know Welsh
    weekday: "short", day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/London",
  });
  setInterval(() => {
    if (place) place.textContent = words.format(clock.now()).replaceAll(",", "");
  }, 250);
}
