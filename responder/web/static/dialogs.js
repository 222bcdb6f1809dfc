// @ts-check
/** The desk's small windows: a note, a call, a watch, the end of an alert. Each opens empty. */
import { Refused } from "./calls.js";
import { writing } from "./keys.js";

/** @param {string} id @returns {HTMLDialogElement} */
const dialogOf = (id) => /** @type {HTMLDialogElement} */ (document.getElementById(id));

/** Counts openings: the same window may be open for another act when an answer comes. */
let openings = 0;
/** Says what a window that has gone cannot say. @type {(sentence: string) => void} */
let tell = () => undefined;

/**
 * Opens a window and runs `done` when it is sent; a refusal stays in the window, with what was typed.
 * @param {string} id
 * @param {(form: HTMLFormElement) => Promise<void>} done
 * @returns {HTMLDialogElement}
 */
export function ask(id, done) {
  const dialog = dialogOf(id);
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  form.reset();
  refuse(dialog, "");
  dialog.dataset.opening = String(++openings);
  form.onsubmit = (event) => {
    event.preventDefault();
    void send(dialog, () => done(form));
  };
  dialog.showModal();
  return dialog;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {() => Promise<void>} deed
 */
export async function send(dialog, deed) {
  const { opening } = dialog.dataset;
  const stands = () => dialog.open && dialog.dataset.opening === opening;
  try {
    await deed();
    if (stands()) dialog.close();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (stands()) refuse(dialog, error.message);
    else tell(error.message);
  }
}

/** Shuts the open window and takes what was typed off the page.
 * @returns {(() => void) | null} opens it again with its words; null where nothing was typed */
export function putAway() {
  const dialog = document.querySelector("dialog[open]");
  if (!(dialog instanceof HTMLDialogElement)) return null;
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const typed = new FormData(form);
  form.reset();
  dialog.close();
  if (!typed.get("text") && !typed.get("reference")) return null;
  return () => {
    dialog.showModal();
    for (const [name, value] of typed) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = String(value);
    }
    form.querySelector("input:checked")?.dispatchEvent(new Event("change", { bubbles: true }));
    /** @type {HTMLElement | null} */ (form.querySelector("textarea, input:not([type=radio])"))?.focus();
  };
}

/** @param {HTMLDialogElement} dialog @param {string} sentence */
function refuse(dialog, sentence) {
  const place = dialog.querySelector("[data-refusal]");
  if (place) place.textContent = sentence;
}

/** Every choice in a window has a key; Enter in a note sends it, Shift+Enter makes a new line.
 * @param {(sentence: string) => void} refuseElsewhere says what was refused after its window had gone */
export function wireDialogs(refuseElsewhere) {
  tell = refuseElsewhere;
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLTextAreaElement && event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        dialog.querySelector("form")?.requestSubmit();
        return;
      }
      if (writing(event) || event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
      const key = event.key.toLowerCase();
      const choice = [...dialog.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]
        .find((each) => !each.closest("[hidden]"));
      if (!(choice instanceof HTMLElement)) return;
      event.preventDefault();
      choice.click();
    });
  }
  wireClose(dialogOf("close"));
}

/** The end of an alert: one key, for a false alarm a second one, then the line of text.
 * @param {HTMLDialogElement} dialog */
function wireClose(dialog) {
  const part = (/** @type {string} */ name) =>
    /** @type {HTMLFieldSetElement} */ (dialog.querySelector(`[data-choices="${name}"]`));
  const text = /** @type {HTMLInputElement} */ (dialog.querySelector("[name='text']"));
  const showCauses = (/** @type {boolean} */ shown) => {
    part("cause").hidden = !shown;
    part("outcome").hidden = shown;
    for (const radio of part("cause").querySelectorAll("input")) radio.required = shown;
  };
  dialog.addEventListener("change", (event) => {
    const radio = event.target;
    if (!(radio instanceof HTMLInputElement) || radio.type !== "radio") return;
    if (radio.name === "outcome" && radio.value === "false_alarm") {
      showCauses(true);
      part("cause").querySelector("input")?.focus();
    }
  });
  dialog.addEventListener("click", (event) => {
    const radio = event.target;
    // Only a real choice goes on to the text: arrow keys walk through the choices by "click" too,
    // but then the radio has the focus already and keeps it.
    if (!(radio instanceof HTMLInputElement) || radio.type !== "radio" || radio === document.activeElement) return;
    if (radio.value !== "false_alarm") text.focus();
  });
  dialog.addEventListener("close", () => showCauses(false));
  for (const radio of part("outcome").querySelectorAll("input")) radio.required = true;
}

/**
 * The window of one contact.
 * @param {HTMLElement} button of the plan's step
 * @param {(way: string) => Promise<void>} ring
 * @param {(answer: string) => Promise<void>} answer
 */
export function askContact(button, ring, answer) {
  const { name = "", phone = "", channels = "" } = button.dataset;
  const dialog = ask("call", async () => undefined);
  /** @type {HTMLElement} */ (dialog.querySelector("h2")).textContent = name;
  /** @type {HTMLElement} */ (dialog.querySelector("[data-part='phone']")).textContent = phone;
  for (const each of dialog.querySelectorAll("[data-way]")) {
    const way = /** @type {HTMLButtonElement} */ (each);
    const ways = (way.dataset.way ?? "").split(" ");
    const channel = ways.find((one) => channels.split(" ").includes(one));
    way.hidden = !(ways.includes("phone") ? phone !== "" : channel);
    way.onclick = () => void send(dialog, () => ring(channel ?? "phone"));
  }
  for (const each of dialog.querySelectorAll("[data-answer]")) {
    const choice = /** @type {HTMLButtonElement} */ (each);
    choice.onclick = () => void send(dialog, () => answer(choice.dataset.answer ?? ""));
  }
}
