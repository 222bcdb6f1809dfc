// @ts-check
/** What time is it at the desk, and how long has somebody been waiting? */

export const FIRST_LIMIT_S = 60;
export const SECOND_LIMIT_S = 180;
const WARN_BEFORE_FIRST_S = 20;
const WARN_BEFORE_SECOND_S = 40;

/** The installation's clock as the server last told it, carried on by this computer. */
export class ServerClock {
  constructor() {
    this._base = Date.now();
    this._at = performance.now();
    this._speed = 1;
  }

  /**
   * @param {string} now the server's time, RFC 3339
   * @param {number} speed seconds of the installation in one real second
   */
  set(now, speed) {
    this._base = Date.parse(now);
    this._at = performance.now();
    this._speed = speed;
  }

  /** Seconds of the installation in one real second. */
  get speed() {
    return this._speed;
  }

  /** @returns {number} milliseconds since 1970 on the installation's clock */
  now() {
    return this._base + (performance.now() - this._at) * this._speed;
  }

  /**
   * @param {string} moment RFC 3339
   * @returns {number} seconds from then until now, never below 0
   */
  since(moment) {
    return Math.max(0, (this.now() - Date.parse(moment)) / 1000);
  }
}

/**
 * 00:41, 12:05, 3:20:11, then days.
 * @param {number} seconds
 * @returns {string}
 */
export function elapsed(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  if (whole < 3600) return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
  if (whole < 86400) {
    return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  }
  const days = Math.floor(whole / 86400);
  return `${days} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/**
 * Where an unanswered alert stands against 60 s and 180 s, in words; "" while there is time.
 * @param {number} seconds
 * @returns {{level: "" | "near" | "over", words: string}}
 */
export function limitWords(seconds) {
  if (seconds >= SECOND_LIMIT_S) return { level: "over", words: "over 3 min" };
  if (seconds >= SECOND_LIMIT_S - WARN_BEFORE_SECOND_S) {
    return { level: "near", words: `${Math.ceil(SECOND_LIMIT_S - seconds)} s to 3 min` };
  }
  if (seconds >= FIRST_LIMIT_S) return { level: "over", words: "over 1 min" };
  if (seconds >= FIRST_LIMIT_S - WARN_BEFORE_FIRST_S) {
    return { level: "near", words: `${Math.ceil(FIRST_LIMIT_S - seconds)} s to 1 min` };
  }
  return { level: "", words: "" };
}
