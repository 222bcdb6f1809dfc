// @ts-check
/** Walks over the days and hours, by pointer or arrow keys, and says each hour in words. */

const room = /** @type {HTMLElement} */ (document.querySelector("[data-heat]"));
const words = /** @type {HTMLElement} */ (document.querySelector("[data-cell]"));
const rows = /** @type {HTMLTableElement} */ (room.querySelector("table")).tBodies[0].rows;

const HOURS = 24;
const days = rows.length - 1; // the last row is the usual

let day = days - 1;
let hour = 0;

/** @param {number} number of hours after 06:00 */
const clock = (number) => `${String((number + 6) % HOURS).padStart(2, "0")}:00`;

function show() {
  room.querySelector(".here")?.classList.remove("here");
  const cell = rows[day].cells[hour + 1];
  cell.classList.add("here");
  const said = cell.textContent;
  const usual = rows[days].cells[hour + 1];
  const name = rows[day].cells[0].textContent?.replace(" changed", "");
  const seen = said === "" ? "has not come yet" : said === "?" ? "not known, the home was not heard"
    : said === "0" ? "nobody was noticed" : said === "1" ? "somebody was noticed once"
    : `somebody was noticed ${said} times`;
  const band = usual.title ? `; usually ${usual.title}` : "";
  const night = hour >= HOURS - 6 ? ", the night after" : "";
  words.textContent = `${name}, ${clock(hour)} to ${clock(hour + 1)}${night}: ${seen}${said === "" ? "" : band}.`;
}

/** @type {Record<string, [number, number]>} */
const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

room.addEventListener("keydown", (event) => {
  const way = ways[event.key];
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  day = Math.min(days - 1, Math.max(0, day + way[0]));
  hour = Math.min(HOURS - 1, Math.max(0, hour + way[1]));
  show();
});
room.addEventListener("focus", show);

room.addEventListener("pointermove", (event) => {
  const cell = event.target instanceof Element ? event.target.closest("td") : null;
  const row = cell?.parentElement;
  if (!cell || !(row instanceof HTMLTableRowElement)) return;
  const at = row.sectionRowIndex;
  if (at === days || (at === day && cell.cellIndex === hour + 1 && cell.classList.contains("here"))) return;
  day = at;
  hour = cell.cellIndex - 1;
  show();
});
