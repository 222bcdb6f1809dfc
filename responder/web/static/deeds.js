// @ts-check
/** What an operator does with the shown alert, by key or by button. */
import { act, look, once, Refused } from "./calls.js";
import { ask, askContact, send } from "./dialogs.js";
import { say } from "./telling.js";

/** @typedef {import("./queue.js").Line} Line */

const LOCKED = 423;

/**
 * @typedef {object} Desk
 * @property {import("./card.js").Card} card
 * @property {import("./queue.js").Queue} queue
 * @property {import("./lock.js").Lock} lock
 * @property {(id: string) => Promise<void>} bring shows an alert's card as soon as it has come
 * @property {() => void} changed shows the queue as it stands now
 * @property {() => boolean} tellWhose whether the card is another's than the one chosen
 */

/**
 * The acts by name, and whether the shown alert offers one now.
 * @param {Desk} desk
 */
export function deedsOn({ card, queue, lock, bring, changed, tellWhose }) {
  /** @param {() => Promise<unknown>} deed */
  async function attempt(deed) {
    try {
      await deed();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === LOCKED) lock.set();
      say(error.message, true);
    }
  }

  const path = (/** @type {string} */ deed) => `/alerts/${encodeURIComponent(card.alert ?? "")}/${deed}`;

  /** An act counts once, however often it is pressed on a bad line.
   * @param {string} deed @param {string} done @param {object} [body] */
  async function deal(deed, done, body) {
    const { said, before } = await once(path(deed), body);
    await stand(said);
    say(before ? "Your first press had arrived: it was done once." : done);
  }

  /** An act's answer is the alert's newest line: show it without waiting for the live line.
   * @param {Line} line */
  async function stand(line) {
    queue.update(line);
    changed();
    await card.refresh(line.changed);
    // The live line may have asked for the same a moment earlier or later: what is said next
    // ("Claimed. It is yours.") must be true of the buttons too.
    await card.settled();
  }

  /** @param {string} deed @returns {boolean} whether it is offered now; says so if not */
  function offered(deed) {
    if (tellWhose()) {
      say("Another alert is chosen than the one shown: Enter opens it, Esc goes back.", true);
      return false;
    }
    if (card.alert && card.button(deed)) return true;
    const line = card.alert ? queue.lines.get(card.alert) : undefined;
    if (!card.alert) say("Open an alert first: J and K move, Enter opens.", true);
    else if (line?.state === "resolved") say("This alert is closed.", true);
    else if (deed === "dispatch" && card.button("calloff")) say("A responder is being sent already.", true);
    else if (deed === "keysafe" && card.button("close")) say("There is no keysafe on file.", true);
    else say("Claim the alert first: press C.", true);
    return false;
  }

  /** A colleague to hand the alert to, by click or by number.
   * @param {HTMLDialogElement} dialog @param {{id: string, name: string}} person
   * @param {number} number */
  function colleague(dialog, person, number) {
    const choice = document.createElement("button");
    choice.type = "button";
    if (number <= 9) {
      choice.dataset.key = String(number);
      const key = document.createElement("kbd");
      key.textContent = String(number);
      choice.append(key, " ");
    }
    choice.append(person.name);
    choice.onclick = () => void send(dialog, () => deal("hand-over", `Handed over to ${person.name}.`, { to: person.id }));
    return choice;
  }

  /** @type {Record<string, (button?: HTMLElement) => void>} */
  const deeds = {
    async claim() {
      const id = queue.cursor ?? card.alert;
      if (!id) return say("Nobody is chosen: J and K move.", true);
      if (card.alert !== id) await bring(id);
      // Without a key: to claim what is mine changes nothing, and to claim it anew must not be the old claim.
      await attempt(async () => {
        await stand(await act(`/alerts/${encodeURIComponent(id)}/claim`));
        say("Claimed. It is yours.");
      });
    },
    release() {
      if (offered("release")) void attempt(() => deal("release", "Given back. It waits and is called out again."));
    },
    keysafe() {
      if (!offered("keysafe")) return;
      void attempt(async () => {
        card.showCode((await act(path("keysafe"))).code);
        say("Revealed. This is on record.");
      });
    },
    note(button) {
      if (!offered("note")) return;
      const step = button?.dataset.number;
      ask("note", async (form) => {
        const words = String(new FormData(form).get("text"));
        await deal("note", "Written down.", { text: step ? `Step ${step}: ${words}` : words });
      });
    },
    reference() {
      if (!offered("reference")) return;
      ask("reference", async (form) => {
        const said = new FormData(form);
        await deal("calls", "Written down: the call can be found again.", { way: said.get("way"), reference: said.get("reference") });
      });
    },
    dispatch() {
      if (offered("dispatch")) void attempt(() => deal("dispatch", "A responder is being sent: the nearest is asked first."));
    },
    calloff() {
      if (offered("calloff")) void attempt(() => deal("dispatch/off", "Called off. Whoever was asked is told."));
    },
    attending() {
      if (!offered("attending")) return;
      ask("attending", async (form) => {
        await deal("attending", "Written down: somebody is on the way.", { who: String(new FormData(form).get("text")) });
      });
    },
    watch() {
      if (!offered("watch")) return;
      const dialog = ask("watch", async () => undefined);
      for (const each of dialog.querySelectorAll("[data-minutes]")) {
        const choice = /** @type {HTMLButtonElement} */ (each);
        const minutes = Number(choice.dataset.minutes);
        choice.onclick = () => void send(dialog, () => deal("watch", `Watching. It comes back in ${minutes} minutes.`, { minutes }));
      }
    },
    handover() {
      if (!offered("handover")) return;
      const dialog = ask("handover", async () => undefined);
      const place = /** @type {HTMLElement} */ (dialog.querySelector("[data-colleagues]"));
      place.textContent = "Looking who is there …";
      /** @param {{id: string, name: string}[]} people */
      const offer = (people) => {
        place.textContent = people.length ? "" : "Nobody else works on this desk.";
        people.forEach((person, index) => place.append(colleague(dialog, person, index + 1)));
        place.querySelector("button")?.focus();
      };
      void look("/colleagues").then(offer, (error) => { place.textContent = error.message; });
    },
    close() {
      if (!offered("close")) return;
      ask("close", async (form) => {
        const said = new FormData(form);
        await deal("resolve", "Closed.", {
          outcome: said.get("outcome"), text: said.get("text"), false_alarm_cause: said.get("cause"),
        });
      });
    },
    call(button) {
      const contact = button?.dataset.contact ?? "";
      const at = `contacts/${encodeURIComponent(contact)}`;
      if (!button) return;
      askContact(
        button,
        (way) => deal(
          `${at}/ring`, way === "phone" ? "Written down: you are ringing." : "The message is on its way.",
          { channel: way === "phone" ? null : way },
        ),
        (answer) => deal(`${at}/answer`, "Written down.", { answer }),
      );
    },
  };

  return { deeds, offered };
}
