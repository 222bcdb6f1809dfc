// @ts-check
/**
 * The opened alert. Its page is made by the server; this keeps the focus, the scroll and a
 * revealed code in their places when a newer one replaces it.
 */
import { piece, Refused } from "./calls.js";

const CODE_SHOWN_MS = 60_000;

export class Card {
  /** @param {HTMLElement} room @param {(sentence: string) => void} refuse */
  constructor(room, refuse) {
    this._room = room;
    this._scroller = /** @type {HTMLElement} */ (room.parentElement);
    this._refuse = refuse;
    /** The opened alert. @type {string | null} */
    this.alert = null;
    this._changed = -1;
    /** @type {{alert: string, code: string, until: number} | null} */
    this._code = null;
    this._loading = 0;
    /** The newest load under way. @type {Promise<boolean> | null} */
    this._underWay = null;
  }

  get article() {
    return this._room.querySelector("article");
  }

  /** @param {string} alert Opens it; the server records the look. */
  async open(alert) {
    this.alert = alert;
    this._changed = -1;
    this._code = null;
    this._room.setAttribute("aria-busy", "true");
    history.replaceState(null, "", `/alerts/${encodeURIComponent(alert)}`);
    if (await this._load(alert, "card")) this._scroller.scrollTop = 0;
  }

  /** Nothing is open any more. @returns {string | null} what was */
  shut() {
    const was = this.alert;
    this.alert = null;
    this._code = null;
    this._loading += 1; // an answer on its way comes too late
    this._room.replaceChildren();
    this._room.removeAttribute("aria-busy");
    history.replaceState(null, "", "/desk");
    return was;
  }

  /** A newer state of the opened alert is known: show it, moving nothing else.
   * @param {number} changed */
  async refresh(changed) {
    if (this.alert && changed > this._changed) await this._load(this.alert, "card/newer");
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
      this._refuse(error instanceof Refused ? error.message : String(error));
      return false;
    }
    // A later answer may have overtaken this one.
    if (turn !== this._loading || alert !== this.alert) return false;
    const article = fragment.querySelector("article");
    const changed = Number(article?.dataset.changed);
    if (changed < this._changed) return false;
    this._changed = changed;
    const focused = this._room.contains(document.activeElement) ? document.activeElement : null;
    const name = focused instanceof HTMLElement ? nameOf(focused) : null;
    const scroll = this._scroller.scrollTop;
    this._room.replaceChildren(fragment);
    this._room.removeAttribute("aria-busy");
    this._scroller.scrollTop = scroll;
    if (focused) {
      const again = name ? this._room.querySelector(name) : null;
      (again instanceof HTMLElement ? again : this._room).focus({ preventScroll: true });
    }
    this._placeCode();
    return true;
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
