// @ts-check
/** Walks over the picture of days and hours, by pointer or arrow keys, and says each hour in
 * words. The numbers come from the table below the picture, so both say the same. */

const room = /** @type {HTMLElement} */ (document.querySelector("[data-heat]"));
const picture = /** @type {SVGSVGElement} */ (room.querySelector("svg"));
const words = /** @type {HTMLElement} */ (document.querySelector("[data-cell]"));
const table = /** @type {HTMLTableElement} */ (document.querySelector("[data-heat-table]"));

const of = (/** @type {string} */ name) => Number(picture.dataset[name]);
const left = of("left"), top_ = of("top"), stepX = of("stepX"), stepY = of("stepY"), days = of("days");
const HOURS = 24;

const cursor = document.createElementNS("http://www.w3.org/2000/svg", "rect");
cursor.setAttribute("class", "heat-cursor");
cursor.setAttribute("width", String(stepX));
cursor.setAttribute("height", String(stepY));
cursor.setAttribute("rx", "3");

let day = days - 1;
let hour = 0;

/** @param {number} number of hours after 06:00 */
const clock = (number) => `${String((number + 6) % HOURS).padStart(2, "0")}:00`;

function show() {
  cursor.setAttribute("x", String(left + day * stepX - 1));
  cursor.setAttribute("y", String(top_ + hour * stepY - 1));
  if (!cursor.parentNode) picture.append(cursor);
  const rows = table.tBodies[0].rows;
  const said = rows[day].cells[hour + 1].textContent;
  const usual = rows[days].cells[hour + 1];
  const name = rows[day].cells[0].textContent?.replace(" (changed)", "");
  const seen = said === "" ? "has not come yet" : said === "?" ? "not known, the home was not heard"
    : said === "0" ? "nobody was noticed" : said === "1" ? "somebody was noticed once"
    : `somebody was noticed ${said} times`;
  const band = usual.title ? `; usually ${usual.title}` : "";
  const night = hour >= HOURS - 6 ? ", the night after" : "";
  words.textContent = `${name}, ${clock(hour)} to ${clock(hour + 1)}${night}: ${seen}${said === "" ? "" : band}.`;
}

/** @type {Record<string, [number, number]>} */
const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

room.addEventListener("keydown", (event) => {
  const way = ways[event.key];
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  day = Math.min(days - 1, Math.max(0, day + way[0]));
  hour = Math.min(HOURS - 1, Math.max(0, hour + way[1]));
  show();
});
room.addEventListener("focus", show);

picture.addEventListener("pointermove", (event) => {
  const inside = picture.getScreenCTM()?.inverse();
  if (!inside) return;
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(inside);
  const column = Math.floor((point.x - left) / stepX);
  const row = Math.floor((point.y - top_) / stepY);
  if (column < 0 || column >= days || row < 0 || row >= HOURS) return;
  if (column === day && row === hour && cursor.parentNode) return;
  day = column;
  hour = row;
  show();
});
