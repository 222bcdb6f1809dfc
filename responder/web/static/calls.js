// @ts-check
/** Acts on the server. A refusal comes back as the server's own sentence. */

export class Refused extends Error {
  /** @param {number} status @param {string} sentence */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

const csrf = () => document.querySelector("meta[name='csrf']")?.getAttribute("content") ?? "";

/** The proof of a fresh session, for every act from now on. @param {string} token */
export function prove(token) {
  document.querySelector("meta[name='csrf']")?.setAttribute("content", token);
  for (const field of document.querySelectorAll("input[name='csrf']")) field.setAttribute("value", token);
}

/**
 * @param {string} path below /api/v1
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function act(path, body = {}) {
  return (await post(path, body, {}, "Look how it stands before you try again.")).said;
}

const SAME_ACT_MS = 60_000;
/** @typedef {{asked: string, key: string, at: number, underWay: boolean}} Sent */
/** The act that was sent last and of which no answer was heard. @type {Sent | null} */
let unheard = null;

/**
 * An act that counts once however often it is pressed: the same again, with no other in between
 * and no answer heard, is the same act.
 * @param {string} path below /api/v1
 * @param {object} [body]
 * @returns {Promise<{said: any, before: boolean}>} `before`: an earlier press had done it
 */
export async function once(path, body = {}) {
  const asked = `${path} ${JSON.stringify(body)}`;
  const again = unheard?.asked === asked && performance.now() - unheard.at < SAME_ACT_MS ? unheard : null;
  if (again?.underWay) throw new Refused(0, "It is on its way already, and is done once.");
  /** @type {Sent} */
  const mine = unheard = { asked, key: again?.key ?? freshKey(), at: 0, underWay: true };
  try {
    const answer = await post(path, body, { "Idempotency-Key": mine.key }, "Do the same again now: it is done once.");
    if (unheard === mine) unheard = null;
    return answer;
  } finally {
    mine.at = performance.now();
    mine.underWay = false;
  }
}

/** Acts that the server has not answered yet. @type {Set<Promise<unknown>>} */
const unanswered = new Set();

/** Waits for the answers to the acts begun so far: what is sent next overtakes none of them. */
export const answered = () => Promise.allSettled([...unanswered]);

/** Not `randomUUID`, which a desk without https does not have. */
const freshKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16)).join("-");

/**
 * @param {string} path @param {object} body @param {Record<string, string>} headers
 * @param {string} advice where nobody knows whether it was done
 * @returns {Promise<{said: any, before: boolean}>}
 */
async function post(path, body, headers, advice) {
  const sent = send(path, body, headers, advice);
  unanswered.add(sent);
  try {
    return await sent;
  } finally {
    unanswered.delete(sent);
  }
}

/**
 * @param {string} path @param {object} body @param {Record<string, string>} headers
 * @param {string} advice
 * @returns {Promise<{said: any, before: boolean}>}
 */
async function send(path, body, headers, advice) {
  const lost = `No answer came, so it may have been done or not. ${advice}`;
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf(), ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10000),
    });
  } catch {
    throw new Refused(0, lost);
  }
  const said = await answer.json().catch(() => ({}));
  // What stands between may have lost the server's answer, and says so in its own words.
  if (answer.status >= 500 && !said.detail) throw new Refused(answer.status, lost);
  if (!answer.ok) throw new Refused(answer.status, said.detail ?? "The server refused without a reason.");
  return { said, before: answer.headers.has("Idempotency-Replayed") };
}

/**
 * What the server knows.
 * @param {string} path below /api/v1
 * @returns {Promise<any>}
 */
export async function look(path) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, { signal: AbortSignal.timeout(10000) });
  } catch {
    throw new Refused(0, "The server does not answer; try again.");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said.detail ?? "The server refused without a reason.");
  return said;
}

/**
 * A piece of page made by the server.
 * @param {string} path
 * @returns {Promise<DocumentFragment>}
 */
export async function piece(path) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
  } catch {
    throw new Refused(0, "The server does not answer; the record could not be opened.");
  }
  const text = await answer.text();
  // Led elsewhere: to the lock or the sign-in, which are no piece of this page.
  if (!answer.ok || answer.redirected) throw new Refused(answer.status, "This record could not be opened.");
  return document.createRange().createContextualFragment(text);
}
