// @ts-check
// Runs before the first paint, so that the night theme never flashes white.
"use strict";
(() => {
  const sheet = document.querySelector("link[data-night]");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let wanted = localStorage.getItem("telecare.theme");
  const night = () => (wanted === "night" || wanted === "day" ? wanted === "night" : system.matches);
  const dress = () => {
    if (sheet instanceof HTMLLinkElement) sheet.media = night() ? "screen" : "not all";
  };
  dress();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-act='theme']");
    const tell = () => {
      dress();
      if (!(button instanceof HTMLButtonElement)) return;
      const { day = "", night: dark = "", toDay = "", toNight = "" } = button.dataset;
      button.textContent = night() ? day : dark;
      button.setAttribute("aria-label", night() ? toDay : toNight);
    };
    button?.addEventListener("click", () => {
      wanted = night() ? "day" : "night";
      localStorage.setItem("telecare.theme", wanted);
      tell();
    });
    system.addEventListener("change", tell);
    tell();
  });
})();
