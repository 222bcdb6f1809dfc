// @ts-check
/** Keys of the desk, and the promise that nothing moves while one is down. */

const LOST_KEY_UP_MS = 1500;

/** Knows whether the operator is in the middle of a movement of the hand. */
export class Hands {
  /** @param {() => void} free called when the last key or button is let go */
  constructor(free) {
    this._free = free;
    /** @type {Map<string, number>} when each key was last reported down */
    this._down = new Map();
    addEventListener("keydown", (event) => this._down.set(event.code, performance.now()), true);
    addEventListener("keyup", (event) => this._up(event.code), true);
    addEventListener("pointerdown", () => this._down.set("pointer", performance.now()), true);
    addEventListener("pointerup", () => this._up("pointer"), true);
    addEventListener("pointercancel", () => this._up("pointer"), true);
    addEventListener("blur", () => { this._down.clear(); this._free(); });
  }

  /** @param {string} code */
  _up(code) {
    this._down.delete(code);
    if (!this.busy) this._free();
  }

  /** A key-up can get lost (another window, a dialog of the browser): old presses do not count. */
  get busy() {
    const now = performance.now();
    for (const [code, at] of this._down) {
      if (now - at > LOST_KEY_UP_MS) this._down.delete(code);
    }
    return this._down.size > 0;
  }
}

/** A window that was shut keeps the focus until the page is drawn again: keys of a quick hand mean
 * the desk, and words that follow them must not be taken for acts.
 * @param {KeyboardEvent} event @returns {EventTarget | null} what the key is for */
export function targetOf(event) {
  const where = event.target;
  return where instanceof Element && where.closest("dialog:not([open])") ? document.body : where;
}

/** @param {KeyboardEvent} event @returns {boolean} true while the person writes words */
export function writing(event) {
  const where = targetOf(event);
  return where instanceof HTMLInputElement && !["radio", "checkbox", "button"].includes(where.type)
    || where instanceof HTMLTextAreaElement || where instanceof HTMLSelectElement;
}

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} deeds by key, in lower case
 */
export function listen(deeds) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
    if (writing(event) || document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const deed = Object.hasOwn(deeds, key) ? deeds[key] : undefined;
    if (!deed) return;
    event.preventDefault();
    deed(event);
  });
}
