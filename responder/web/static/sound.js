// @ts-check
/**
 * One distinct sound for each priority, made here from tones: nothing to download, nothing
 * to go missing. The sound repeats until somebody claims; it is driven by the server's beats,
 * because a browser slows its own timers down in a tab nobody looks at.
 */

/** @typedef {"emergency" | "urgent" | "soon" | "routine" | "technical" | "lost"} Voice */

/** Each note: [start in seconds, length in seconds, frequency in hertz].
 * @type {Record<Voice, {wave: OscillatorType, gain: number, every: number, notes: [number, number, number][]}>} */
const SCORE = {
  emergency: { wave: "square", gain: 0.34, every: 3, notes: [
    [0, 0.13, 784], [0.16, 0.13, 988], [0.32, 0.2, 1319],
    [0.66, 0.13, 784], [0.82, 0.13, 988], [0.98, 0.26, 1319]] },
  urgent: { wave: "triangle", gain: 0.6, every: 6, notes: [[0, 0.22, 880], [0.3, 0.3, 659]] },
  soon: { wave: "sine", gain: 0.55, every: 20, notes: [[0, 0.3, 587], [0.34, 0.3, 587]] },
  routine: { wave: "sine", gain: 0.4, every: 60, notes: [[0, 0.35, 440]] },
  technical: { wave: "sine", gain: 0.4, every: 60, notes: [[0, 0.12, 330], [0.16, 0.12, 330]] },
  lost: { wave: "sawtooth", gain: 0.22, every: 10, notes: [[0, 0.4, 220], [0.45, 0.6, 165]] },
};

export class Sound {
  constructor() {
    /** @type {AudioContext | null} */
    this._context = null;
    /** @type {Voice | null} */
    this._voice = null;
    this._lastPlayed = -Infinity;
    /** How often each voice was really played; the tests read it. @type {Partial<Record<Voice, number>>} */
    this.played = {};
  }

  /** True when the browser lets us be heard. */
  get audible() {
    return this._context?.state === "running";
  }

  /** Ask the browser for the loudspeaker; it agrees only after the person has done something.
   * @returns {Promise<boolean>} */
  async wake() {
    this._context ??= new AudioContext();
    if (this._context.state !== "running") {
      // The promise stays open for as long as the browser says no, so do not wait for it.
      this._context.resume().catch(() => undefined);
      await new Promise((done) => setTimeout(done, 50));
    }
    return this.audible;
  }

  /**
   * What should be heard from now on; null is silence.
   * @param {Voice | null} voice
   */
  want(voice) {
    if (voice !== this._voice) {
      this._voice = voice;
      this._lastPlayed = -Infinity;
    }
    this.beat();
  }

  /** Called with every beat of the server: plays if it is time again. */
  beat() {
    if (!this._voice) return;
    const now = performance.now() / 1000;
    if (now - this._lastPlayed < SCORE[this._voice].every - 0.1) return;
    this._lastPlayed = now;
    this.play(this._voice);
  }

  /** @param {Voice} voice */
  play(voice) {
    this.played[voice] = (this.played[voice] ?? 0) + 1;
    const context = this._context;
    if (!context || context.state !== "running") return;
    const { wave, gain, notes } = SCORE[voice];
    for (const [start, length, frequency] of notes) {
      const oscillator = context.createOscillator();
      const level = context.createGain();
      const from = context.currentTime + 0.02 + start;
      oscillator.type = wave;
      oscillator.frequency.value = frequency;
      // Short ramps: a tone cut hard makes a click that tires the ear.
      level.gain.setValueAtTime(0, from);
      level.gain.linearRampToValueAtTime(gain, from + 0.012);
      level.gain.setValueAtTime(gain, from + length - 0.03);
      level.gain.linearRampToValueAtTime(0, from + length);
      oscillator.connect(level).connect(context.destination);
      oscillator.start(from);
      oscillator.stop(from + length + 0.02);
    }
  }
}
