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
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10000),
    });
  } catch {
    throw new Refused(0, "No answer came, so it may have been done or not: look how it stands before you try again.");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said.detail ?? "The server refused without a reason.");
  return said;
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
