// @ts-check
/**
 * The opened alert. Its page is made by the server; this keeps the focus, the scroll and a
 * revealed code in their places when a newer one replaces it.
 */
import { piece, Refused } from "./calls.js";

const CODE_SHOWN_MS = 60_000;
const ASK_AGAIN_MS = 5_000;

export class Card {
  /** @param {HTMLElement} room @param {(sentence: string) => void} refuse */
  constructor(room, refuse) {
    this._room = room;
    this._scroller = /** @type {HTMLElement} */ (room.parentElement);
    this._refuse = refuse;
    /** The alert that is shown. @type {string | null} */
    this.alert = null;
    this._changed = -1;
    /** Another is on its way. */
    this.opening = false;
    /** @type {{alert: string, code: string, until: number} | null} */
    this._code = null;
    this._loading = 0;
    this._askedAt = -Infinity;
    /** The newest load under way. @type {Promise<boolean> | null} */
    this._underWay = null;
  }

  get article() {
    return this._room.querySelector("article");
  }

  /** Opens it; the server records the look. What is shown stays until it has come.
   * @param {string} alert */
  async open(alert) {
    this.opening = true;
    this._room.setAttribute("aria-busy", "true");
    if (await this._load(alert, "card")) this._scroller.scrollTop = 0;
  }

  /** Another that is on its way is not wanted any more. */
  stay() {
    if (!this.opening) return;
    this._loading += 1; // its answer comes too late
    this._arrived();
  }

  /** Nothing is open any more. @returns {string | null} what was */
  shut() {
    const was = this.alert;
    this.alert = null;
    this._code = null;
    this._loading += 1; // an answer on its way comes too late
    this._arrived();
    this._room.replaceChildren();
    history.replaceState(null, "", "/desk");
    return was;
  }

  /** A newer state of the shown alert is known: show it, moving nothing else.
   * @param {number} changed */
  async refresh(changed) {
    if (this.alert && !this.opening && changed > this._changed) await this._load(this.alert, "card/newer");
  }

  /** Nothing was asked for just now: what got lost may be asked for again. */
  get idle() {
    return !this._underWay && performance.now() - this._askedAt > ASK_AGAIN_MS;
  }

  /** @param {string} code */
  showCode(code) {
    if (!this.alert) return;
    this._code = { alert: this.alert, code, until: performance.now() + CODE_SHOWN_MS };
    this._placeCode();
    setTimeout(() => this._placeCode(), CODE_SHOWN_MS + 100);
  }

  /** @param {string} deed @returns {HTMLElement | null} the button for it, if the act is offered now */
  button(deed) {
    return this._room.querySelector(`[data-deed="${deed}"]:not([data-number])`);
  }

  /** @param {number} number @returns {HTMLElement | null} */
  step(number) {
    return this._room.querySelector(`[data-number="${number}"]`);
  }

  /** Waits until the card shows the newest it has asked for, whoever asked. */
  async settled() {
    while (this._underWay) await this._underWay;
  }

  /** @param {string} alert @param {string} what */
  async _load(alert, what) {
    this._askedAt = performance.now();
    const load = this._replace(alert, what);
    this._underWay = load;
    try {
      return await load;
    } finally {
      if (this._underWay === load) this._underWay = null;
    }
  }

  /** @param {string} alert @param {string} what */
  async _replace(alert, what) {
    const turn = ++this._loading;
    let fragment;
    try {
      fragment = await piece(`/alerts/${encodeURIComponent(alert)}/${what}`);
    } catch (error) {
      if (turn === this._loading) this._arrived();
      this._refuse(error instanceof Refused ? error.message : String(error));
      return false;
    }
    // A later one may have overtaken it, or nobody wants it any more.
    if (turn !== this._loading) return false;
    this._arrived();
    const article = fragment.querySelector("article");
    const changed = Number(article?.dataset.changed);
    if (alert !== this.alert) {
      this.alert = alert;
      this._code = null;
      history.replaceState(null, "", `/alerts/${encodeURIComponent(alert)}`);
    } else if (changed < this._changed) return false;
    this._changed = changed;
    const focused = this._room.contains(document.activeElement) ? document.activeElement : null;
    const name = focused instanceof HTMLElement ? nameOf(focused) : null;
    const scroll = this._scroller.scrollTop;
    this._room.replaceChildren(fragment);
    this._scroller.scrollTop = scroll;
    if (focused) {
      const again = name ? this._room.querySelector(name) : null;
      (again instanceof HTMLElement ? again : this._room).focus({ preventScroll: true });
    }
    this._placeCode();
    return true;
  }

  _arrived() {
    this.opening = false;
    this._room.removeAttribute("aria-busy");
  }

  _placeCode() {
    if (this._code && (this._code.alert !== this.alert || performance.now() > this._code.until)) {
      this._code = null;
      this._room.querySelector("[data-keysafe] .code")?.replaceWith("hidden again; R reveals it");
      return;
    }
    const place = this._room.querySelector("[data-keysafe]");
    if (!this._code || !place || this.article?.dataset.state === "resolved") return;
    const shown = document.createElement("span");
    shown.className = "code";
    shown.textContent = this._code.code;
    const told = document.createElement("span");
    told.className = "soft";
    told.textContent = " recorded; hidden in a minute";
    place.replaceChildren(shown, told);
  }
}

/** @param {HTMLElement} element @returns {string | null} a selector that finds its successor */
function nameOf(element) {
  const { deed, number, contact } = element.dataset;
  if (!deed) return null;
  return `[data-deed="${deed}"]` + (number ? `[data-number="${number}"]` : "")
    + (contact ? `[data-contact="${CSS.escape(contact)}"]` : "");
}
