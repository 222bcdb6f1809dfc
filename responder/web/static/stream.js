// @ts-check
/**
 * The line to the server. It says how fresh the desk is, and it never trusts a connection that
 * has gone quiet: a half-open one looks healthy for minutes, so silence alone makes it dial again.
 */

export const STALE_AFTER_S = 5;
const DIAL_AGAIN_S = 3;
/** As long as an act: on a slow line, to dial again before an answer can be here is for ever. */
const PATIENCE_S = 10;

/**
 * @typedef {object} Beat
 * @property {string} now @property {number} speed @property {boolean} is_real @property {number} age
 * @property {string[]} unwell a sentence for each part of the platform that does not work
 */

export class Stream {
  /**
   * @param {string} address
   * @param {{snapshot: (body: any) => void, batch: (body: any) => void,
   *          beat: (body: Beat) => void, refused: () => void}} hear
   */
  constructor(address, hear) {
    this._address = address;
    this._hear = hear;
    this._heardAt = performance.now();
    this._dialledAt = 0;
    /** Seconds the server itself was behind when it last spoke. */
    this._behind = 0;
    /** @type {EventSource | null} */
    this._source = null;
  }

  /** Age in seconds of what the desk shows. */
  get age() {
    return (performance.now() - this._heardAt) / 1000 + this._behind;
  }

  get stale() {
    return this.age > STALE_AFTER_S;
  }

  open() {
    this._source?.close();
    this._dialledAt = performance.now();
    const source = new EventSource(this._address);
    this._source = source;
    const on = (/** @type {string} */ name, /** @type {(body: any) => void} */ then) =>
      source.addEventListener(name, (event) => {
        const body = JSON.parse(/** @type {MessageEvent} */ (event).data);
        this._heardAt = performance.now();
        if (typeof body.age === "number") this._behind = body.age;
        then(body);
      });
    on("snapshot", this._hear.snapshot);
    on("batch", this._hear.batch);
    on("beat", this._hear.beat);
  }

  /** Call often: dials again when nothing was heard for too long. */
  watch() {
    const quiet = (performance.now() - this._heardAt) / 1000;
    const dialled = (performance.now() - this._dialledAt) / 1000;
    const refused = this._source?.readyState === EventSource.CLOSED;
    if (quiet > STALE_AFTER_S && dialled > (refused ? DIAL_AGAIN_S : PATIENCE_S)) {
      this.open();
      this._askWhetherSignedIn();
    }
  }

  /** An EventSource does not tell why it was refused, so ask plainly. */
  async _askWhetherSignedIn() {
    try {
      const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json" } });
      if (answer.status === 401) this._hear.refused();
    } catch {
      // No network: the desk already says that it is not live.
    }
  }
}
