// @ts-check
// Runs before the first paint, so that the night theme never flashes white.
"use strict";
(() => {
  const wanted = localStorage.getItem("telecare.theme");
  if (wanted === "night" || wanted === "day") {
    document.documentElement.dataset.theme = wanted;
  }
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-act='theme']");
    if (!(button instanceof HTMLButtonElement)) return;
    const night = () => {
      const chosen = document.documentElement.dataset.theme;
      if (chosen) return chosen === "night";
      return matchMedia("(prefers-color-scheme: dark)").matches;
    };
    const tell = () => {
      button.textContent = night() ? "Day" : "Night";
      button.setAttribute("aria-label", night() ? "Switch to the day theme" : "Switch to the night theme");
    };
    button.addEventListener("click", () => {
      const next = night() ? "day" : "night";
      document.documentElement.dataset.theme = next;
      localStorage.setItem("telecare.theme", next);
      tell();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
    tell();
  });
})();
