// @ts-check
/**
 * What was typed into a form that has a name of its own on its page (data-kept) waits in this tab
 * while somebody is asked who they are, for the same person on the same page. Anybody else, another
 * page or signing out makes an end of it.
 */

const KEPT = "telecare.typed";
/** @typedef {{me: string, at: string, forms: [string, [string, string][]][], asked: boolean}} Typed */

const me = document.querySelector("meta[name='me']")?.getAttribute("content") ?? "";
const at = location.pathname + location.search;
const asksWho = document.querySelector("form[action^='/locked'], form[action='/sign-in']") !== null;
const refused = document.querySelector(".refusal-box") !== null; // what stands there was typed
const forms = /** @type {HTMLFormElement[]} */ ([...document.querySelectorAll("form[data-kept]")]);

/** @param {HTMLFormElement} form @returns {[string, string][]} */
const fields = (form) =>
  [...new FormData(form)].filter(([name]) => name !== "csrf").map(([name, value]) => [name, String(value)]);
const served = new Map(forms.map((form) => [form, JSON.stringify(fields(form))]));
const typed = () => forms.filter((form) => refused || JSON.stringify(fields(form)) !== served.get(form));

/** @param {HTMLFormElement} form @param {[string, string][]} words */
function fill(form, words) {
  const said = (/** @type {string} */ name) => words.filter((each) => each[0] === name).map((each) => each[1]);
  for (const field of form.elements) {
    if (field instanceof HTMLSelectElement) {
      for (const option of field.options) option.selected = said(field.name).includes(option.value);
    } else if (field instanceof HTMLInputElement && field.name !== "csrf") {
      if (field.type === "checkbox") field.checked = said(field.name).length > 0;
      else field.value = said(field.name)[0] ?? field.value;
    }
  }
}

const kept = /** @type {Typed | null} */ (JSON.parse(sessionStorage.getItem(KEPT) ?? "null"));
if (kept && asksWho) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, asked: true }));
} else {
  sessionStorage.removeItem(KEPT);
  for (const [name, words] of kept?.asked && kept.me === me && kept.at === at ? kept.forms : []) {
    const form = forms.find((each) => each.dataset.kept === name);
    if (!form) continue; // somebody else has done it since
    fill(form, words);
    const line = document.createElement("p");
    line.role = "status";
    line.className = "box";
    line.textContent = "What you had typed stands here again.";
    form.before(line);
  }
}

let leaves = false; // they sign out
addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.matches("[action='/sign-out']")) return;
  leaves = true;
  sessionStorage.removeItem(KEPT);
});
addEventListener("pagehide", () => {
  const begun = leaves ? [] : typed().map((form) => [form.dataset.kept, fields(form)]);
  if (begun.length) sessionStorage.setItem(KEPT, JSON.stringify({ me, at, forms: begun, asked: false }));
});
