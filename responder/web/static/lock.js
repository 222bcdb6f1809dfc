// @ts-check
/**
 * The lock of the desk. What shows residents leaves the page at once, before the server has
 * answered; the server's own word (a veiled snapshot, or one that is not) decides from then on.
 * Sound, counts and clocks go on.
 */
import { act, answered, look, prove, Refused } from "./calls.js";
import { OVER, RENEWED } from "./session.js";

/** So long a lock lets what was done before it be answered; then the server locks all the same. */
const BEFORE_MS = 3_000;

export class Lock {
  /**
   * @param {number} after seconds without a hand on keys or pointer; 0: only by hand
   * @param {{wipe: () => void, back: () => void, again: () => void}} desk `wipe` takes every
   *   resident and open window out of the page, `back` shows them again, `again` dials the live
   *   line anew
   */
  constructor(after, desk) {
    this._after = after;
    this._desk = desk;
    this._dialog = /** @type {HTMLDialogElement} */ (document.getElementById("lock"));
    this._form = /** @type {HTMLFormElement} */ (this._dialog.querySelector("form"));
    this._touchedAt = performance.now();
    /** The server has not heard yet that we are locked. */
    this._unsaid = false;
    /** It is being told. @type {Promise<void> | null} */
    this._saying = null;
    /** How often something said that the desk is locked: a word from before it opens nothing. */
    this._covers = 0;
    this.on = false;
    for (const kind of ["keydown", "pointerdown", "pointermove"]) {
      addEventListener(kind, () => { this._touchedAt = performance.now(); }, true);
    }
    // Escape closes other windows, not this one.
    this._dialog.addEventListener("cancel", (event) => event.preventDefault());
    this._dialog.addEventListener("close", () => { if (this.on) this._dialog.showModal(); });
    this._form.onsubmit = (event) => {
      event.preventDefault();
      void this._unlock();
    };
    addEventListener(OVER, (event) => {
      event.preventDefault();
      this.set();
    });
  }

  /** Lock: by the operator's key, after a time without a hand, or at the session's end. */
  set() {
    this._unsaid = true;
    this._cover();
    void this._say();
  }

  /** Call often: locks when nobody's hand was here for long, and says again what was not heard. */
  watch() {
    const still = (performance.now() - this._touchedAt) / 1000;
    if (this._after > 0 && !this.on && still > this._after) this.set();
  }

  /** With every beat of the server. */
  beat() {
    if (this._unsaid) void this._say();
  }

  /** What a snapshot says. @param {boolean} veiled */
  heard(veiled) {
    if (veiled) {
      this._unsaid = false;
      this._cover();
    } else if (!this._unsaid) {
      void this._lift();
    }
  }

  _cover() {
    this._covers += 1;
    if (this.on) return;
    this.on = true;
    this._desk.wipe();
    this._form.reset();
    this._refuse("");
    this._dialog.showModal();
  }

  _say() {
    this._saying ??= this._lockSession().finally(() => { this._saying = null; });
    return this._saying;
  }

  /** After what was done before: a lock that overtook a claim would have it refused. */
  async _lockSession() {
    try {
      await Promise.race([answered(), new Promise((over) => setTimeout(over, BEFORE_MS))]);
      await act("/session/lock");
      this._unsaid = false;
      this._desk.again();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) location.assign("/sign-in");
    }
  }

  /** After the lock: one that came later would shut the desk again under their hands. */
  async _unlock() {
    const said = new FormData(this._form);
    await this._saying;
    try {
      const unlocked = await act("/session/unlock", { word: said.get("word"), code: said.get("code") });
      prove(unlocked.csrf);
      this._unsaid = false;
      this._form.reset();
      this._desk.again();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this._refuse(error.message);
      /** @type {HTMLInputElement} */ (this._form.elements.namedItem("word")).select();
    }
  }

  /** It may have been unlocked, or begun, in another window: ask whose it is and for its proof. */
  async _lift() {
    const covers = this._covers;
    try {
      const me = await look("/me");
      if (me.id !== document.body.dataset.me) location.reload();
      prove(me.csrf);
      dispatchEvent(new CustomEvent(RENEWED, { detail: me.seconds_left }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    if (!this.on || this._covers !== covers) return;
    this.on = false;
    this._touchedAt = performance.now();
    this._dialog.close();
    this._desk.back();
  }

  /** @param {string} sentence */
  _refuse(sentence) {
    const place = this._dialog.querySelector("[data-refusal]");
    if (place) place.textContent = sentence;
  }
}
