// @ts-check
/**
 * What a responder pressed and nobody has answered yet. It waits in this telephone with the time
 * it was pressed and the job it is for, over closed pages and other jobs, and only for whoever
 * pressed it: another person who signs in on the same telephone neither sees nor sends it.
 */

const KEPT = "telecare.waiting";
const THUMB_MS = 3000; // the same again within this is an impatient thumb
const me = document.querySelector("meta[name='me']")?.getAttribute("content") ?? "";

/**
 * `to` is the page of the job, `me` who was signed in there; a page by a link needs nobody to be.
 * @typedef {{to: string, me: string, words: string, body: string, at: string}} Entry
 */

/** @returns {Entry[]} everybody's, in the order they were pressed */
const all = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");

/** @param {Entry[]} entries */
function keep(entries) {
  if (entries.length) localStorage.setItem(KEPT, JSON.stringify(entries));
  else localStorage.removeItem(KEPT);
}

/** In the order they are to be sent. */
export const waiting = () => all().filter((entry) => entry.me === "" || entry.me === me);

/** @param {string} to @param {string} words @param {string} body */
export function add(to, words, body) {
  const entries = all();
  const twice = (/** @type {Entry} */ entry) => isFor(entry, to) && entry.body === body && Date.now() - Date.parse(entry.at) < THUMB_MS;
  const by = pageOf(to).startsWith("/j/") ? "" : me;
  if (!entries.some(twice)) keep([...entries, { to, me: by, words, body, at: new Date().toISOString() }]);
}

/** It was answered. @param {Entry} done */
export const forget = (done) => keep(all().filter((entry) => entry.at !== done.at || entry.body !== done.body || entry.to !== done.to));

/** @param {Entry} entry @param {string} page in whatever language */
export const isFor = (entry, page) => pageOf(entry.to) === pageOf(page);

/** @param {string} address */
const pageOf = (address) => address.split("?")[0];
