// @ts-check
/** The volume check: what an emergency will sound like on this computer, before the shift. */
import { Sound } from "./sound.js";

const sound = new Sound();
const told = document.querySelector("[data-told='sound']");
for (const button of document.querySelectorAll("[data-voice]")) {
  button.addEventListener("click", async () => {
    const audible = await sound.wake();
    const voice = /** @type {import("./sound.js").Voice} */ (
      /** @type {HTMLElement} */ (button).dataset.voice
    );
    sound.play(voice);
    if (told) {
      told.textContent = audible
        ? "Playing. If you heard nothing, turn the volume up and play it again."
        : "This browser does not let the page play sound. Allow sound for this site, then play it again.";
    }
  });
}
