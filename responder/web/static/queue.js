// @ts-check
/**
 * The queue as the operator sees it. Rows are kept by alert and never rebuilt, the focused row
 * is never taken out of the page, and nothing moves while a key or a button is down.
 */
import { elapsed, limitWords } from "./clocks.js";

/**
 * @typedef {object} Line
 * @property {string} id @property {string} home_label @property {string} resident_label
 * @property {string} state @property {string} priority @property {string} reason
 * @property {string} sentence @property {number} signal_count @property {string} opened_at
 * @property {string | null} owner_id @property {string | null} owner_name
 * @property {string | null} claimed_at @property {string} next_step
 * @property {string | null} next_due_at @property {number} changed @property {boolean} late
 * @property {boolean} overdue @property {number} rank @property {string | null} announcement
 * @property {string | null} announced_at @property {string[]} kinds @property {string[]} windows
 * @property {string | null} incident @property {number} members
 */

const RANK = { emergency: 0, urgent: 1, soon: 2, routine: 3, technical: 4 };

/** Priority, who waited too long, the field's order of kinds, age: the same order as the server's.
 * @param {Line} a @param {Line} b */
export function byUrgency(a, b) {
  const rank = (/** @type {Line} */ line) => RANK[/** @type {keyof typeof RANK} */ (line.priority)] ?? 9;
  return rank(a) - rank(b) || Number(isLate(b)) - Number(isLate(a)) || a.rank - b.rank
    || Date.parse(a.opened_at) - Date.parse(b.opened_at) || (a.id < b.id ? -1 : 1);
}

/** @param {Line} line */
const isLate = (line) => line.overdue && line.owner_id === null;

/** As somebody types who does not know how it is written: Siân is sian. @param {string} words */
const plain = (words) => words.normalize("NFKD").replace(/[^\p{L}\p{N} ]/gu, "").toLocaleLowerCase();

export class Queue {
  /**
   * @param {HTMLElement} list @param {import("./clocks.js").ServerClock} clock
   * @param {string} me this operator's id
   */
  constructor(list, clock, me) {
    this._list = list;
    this._clock = clock;
    this._me = me;
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    /** @type {Map<string, HTMLLIElement>} */
    this._rows = new Map();
    /** The row the keys act on. @type {string | null} */
    this.cursor = null;
    /** Closed under the operator's eyes; stays until the cursor leaves it. @type {string | null} */
    this._ghost = null;
  }

  /** @param {Line[]} lines every open alert, replacing what was known */
  replace(lines) {
    this.lines = new Map(lines.map((line) => [line.id, line]));
  }

  /** Nobody is to be read on the page; what is known stays known. */
  wipe() {
    for (const row of this._rows.values()) row.remove();
    this._rows.clear();
  }

  /** @param {Line} line */
  update(line) {
    const known = this.lines.get(line.id);
    if (known && known.changed > line.changed) return;
    if (line.state === "resolved") this.remove(line.id, line);
    else this.lines.set(line.id, line);
  }

  /** @param {string} id @param {Line} [last] */
  remove(id, last) {
    if (id === this.cursor && last) {
      this._ghost = id;
      this.lines.set(id, last);
    } else {
      this.lines.delete(id);
    }
  }

  /** @returns {Line[]} */
  ordered() {
    return [...this.lines.values()].sort(byUrgency);
  }

  open() {
    return [...this.lines.values()].filter((line) => line.state !== "resolved");
  }

  waiting() {
    return this.open().filter((line) => line.state === "waiting");
  }

  /** Put the page in the order of urgency; the cursor's row stays where the eye is. */
  render() {
    const focused = document.activeElement?.closest("li[data-alert]");
    const anchor = this.cursor ? this._rows.get(this.cursor) : undefined;
    const before = anchor?.offsetTop ?? 0;
    const wanted = this.ordered();
    for (const [id, row] of this._rows) {
      if (!this.lines.has(id)) {
        row.remove();
        this._rows.delete(id);
      }
    }
    const rows = wanted.map((line) => this._row(line));
    this._arrange(rows, focused instanceof HTMLLIElement && rows.includes(focused) ? focused : null);
    if (anchor?.isConnected) this._list.scrollTop += anchor.offsetTop - before;
    this._list.classList.toggle("empty", rows.length === 0);
    this.tick();
  }

  /** Taking the focused element out of the page would lose the focus: move the others around it.
   * @param {HTMLLIElement[]} rows @param {HTMLLIElement | null} fixed */
  _arrange(rows, fixed) {
    if (rows.every((row, index) => this._list.children[index] === row)) return;
    const at = fixed ? rows.indexOf(fixed) : rows.length;
    rows.slice(0, at).forEach((row, index) => {
      const there = this._list.children[index] ?? null;
      if (there !== row) this._list.insertBefore(row, there);
    });
    for (const row of rows.slice(at + 1)) this._list.append(row);
  }

  /** Clocks and limits, several times a second, without moving anything. */
  tick() {
    for (const line of this.lines.values()) {
      const row = this._rows.get(line.id);
      if (!row) continue;
      const seconds = this._clock.since(line.opened_at);
      set(row, "age", elapsed(seconds));
      const limit = isCall(line) ? limitWords(seconds) : { level: "", words: "" };
      set(row, "limit", limit.words);
      row.dataset.limit = limit.level;
    }
  }

  /** @param {string | null} id @param {boolean} [focus]
   * @returns {boolean} whether a closed alert left the queue with the cursor */
  select(id, focus = false) {
    const left = this._ghost !== null && this._ghost !== id;
    if (this._ghost && left) {
      this.lines.delete(this._ghost);
      this._ghost = null;
    }
    this.cursor = id;
    for (const [each, row] of this._rows) {
      row.querySelector("a")?.toggleAttribute("aria-current", false);
      if (each === id) row.querySelector("a")?.setAttribute("aria-current", "true");
      row.classList.toggle("cursor", each === id);
    }
    const row = id ? this._rows.get(id) : undefined;
    row?.scrollIntoView({ block: "nearest" });
    if (focus) row?.querySelector("a")?.focus({ preventScroll: true });
    return left;
  }

  /** @param {1 | -1} step @returns {string | null} the alert above or below the cursor */
  neighbour(step) {
    const ids = this.ordered().map((line) => line.id);
    if (ids.length === 0) return null;
    if (!this.cursor || !ids.includes(this.cursor)) return ids[0];
    return ids[Math.min(ids.length - 1, Math.max(0, ids.indexOf(this.cursor) + step))];
  }

  /** @returns {string | null} this operator's next alert below the cursor, after the last the first */
  mine() {
    const lines = this.ordered();
    const below = lines.findIndex((line) => line.id === this.cursor) + 1;
    const next = [...lines.slice(below), ...lines.slice(0, below)].find((line) => line.owner_id === this._me && line.state !== "resolved");
    return next?.id ?? null;
  }

  /** First alert with words that begin like each of `typed`, titles left out as on the page of homes.
   * Looking never hides the others.
   * @param {string} typed @param {string[]} titles @returns {string | null} */
  find(typed, titles) {
    const all = plain(typed).split(/\s+/).filter(Boolean);
    const named = all.filter((word) => !titles.includes(word));
    const words = named.length > 0 ? named : all;
    if (words.length === 0) return null;
    const hit = this.ordered().find((line) => {
      const shown = plain(` ${line.resident_label} ${line.home_label} ${line.sentence}`);
      return words.every((word) => shown.includes(` ${word}`));
    });
    return hit?.id ?? null;
  }

  /** @param {Line} line @returns {HTMLLIElement} */
  _row(line) {
    let row = this._rows.get(line.id);
    if (!row) {
      const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("row"));
      row = /** @type {HTMLLIElement} */ (
        /** @type {DocumentFragment} */ (blank.content.cloneNode(true)).firstElementChild
      );
      row.dataset.alert = line.id;
      this._rows.set(line.id, row);
    }
    if (row.dataset.changed === String(line.changed)) return row;
    row.dataset.changed = String(line.changed);
    row.dataset.priority = line.priority;
    row.dataset.state = line.state;
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
    link.href = `/alerts/${encodeURIComponent(line.id)}`;
    row.classList.toggle("cursor", line.id === this.cursor);
    set(row, "priority", line.priority);
    set(row, "who", line.resident_label ? `${line.resident_label}, ${line.home_label}` : line.home_label);
    set(row, "sentence", line.sentence);
    set(row, "count", line.signal_count > 1 ? `×${line.signal_count}` : "");
    set(row, "incident", line.members ? `incident, ${line.members} homes` : line.incident ? "of an incident" : "");
    set(row, "late", line.late ? "late" : "");
    set(row, "related", line.kinds.length > 1 ? `With it: ${line.kinds.slice(1).map(kindWords).join(", ")}` : "");
    set(row, "windows", line.windows.join(" · "));
    set(row, "holder", this._holder(line));
    row.classList.toggle("mine", line.owner_id === this._me);
    return row;
  }

  /** @param {Line} line */
  _holder(line) {
    if (line.state === "resolved") return "closed";
    if (line.owner_id === this._me) return line.state === "claimed" ? "me" : `me, ${line.state}`;
    if (line.owner_name) return line.state === "claimed" ? line.owner_name : `${line.owner_name}, ${line.state}`;
    return line.state;
  }
}

/** Somebody asked for help and nobody has answered: the 60 s and 180 s are counted for these.
 * @param {Line} line */
function isCall(line) {
  return line.state === "waiting" && (line.priority === "emergency" || line.priority === "urgent");
}

/** @param {string} kind `alarm.pull_cord`, `fall.worn` @returns {string} `pull cord`, `fall worn` */
const kindWords = (kind) => kind.replace(/^alarm\./, "").replaceAll(/[._]/g, " ");

/** @param {Element} row @param {string} part @param {string} words */
function set(row, part, words) {
  const place = row.querySelector(`[data-part="${part}"]`);
  if (place && place.textContent !== words) place.textContent = words;
}
