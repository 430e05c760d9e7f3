// Small comforts. Every page works without this file; what it adds is hidden until it runs.
"use strict";

// Copy: <button data-copy="text" hidden>. Shown only where the browser lets us write to the clipboard.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const word = button.querySelector("[data-word]");
    const before = button.dataset.before ?? (button.dataset.before = word.textContent);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      word.textContent = "Copied";
      button.dataset.done = "";
    } catch {
      word.textContent = "Press Ctrl+C";
    }
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      word.textContent = before;
      delete button.dataset.done;
    }, 2000);
  });
}

// Timed reload: <p data-reload="30">…<button data-pause hidden>. Waits while somebody types, reads a table or looks away.
const live = document.querySelector("[data-reload]");
if (live) {
  live.hidden = false;
  const pause = live.querySelector("[data-pause]");
  let paused = sessionStorage.getItem("paused") === location.pathname;
  const show = () => {
    pause.setAttribute("aria-pressed", String(paused));
    live.toggleAttribute("data-paused", paused);
  };
  const busy = () =>
    document.hidden ||
    document.querySelector("main details[open], :popover-open, dialog[open]") ||
    document.activeElement?.matches("input, select, textarea") ||
    !getSelection().isCollapsed;
  if (pause) {
    pause.hidden = false;
    show();
    pause.addEventListener("click", () => {
      paused = !paused;
      sessionStorage.setItem("paused", paused ? location.pathname : "");
      show();
    });
  }
  setInterval(() => paused || busy() || location.reload(), Math.max(5, Number(live.dataset.reload)) * 1000);
}

// Leaving a half-filled form: asks first. Not at the door, where there is nothing to lose.
for (const form of document.querySelectorAll("main form[method=post]")) {
  if (form.querySelector("input[type=password]")) continue;
  let changed = form.querySelector("[role=alert]") !== null;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => changed && event.preventDefault());
}

// Shown for a while only: <section data-fleeting="60">. Gone after so many seconds, and from what the way back would show.
for (const part of document.querySelectorAll("[data-fleeting]")) {
  const hide = () => part.remove();
  setTimeout(hide, Number(part.dataset.fleeting) * 1000);
  addEventListener("pagehide", hide);
}

// A quiet session is about to end: <div data-idle="15" hidden>…<button data-stay>. Says so two minutes before; a click keeps
// it, and so does whatever is opened in another tab.
const idle = document.querySelector("[data-idle]");
if (idle) {
  const tabs = new BroadcastChannel("ledgeros");
  let timer;
  const wait = () => {
    idle.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(() => (idle.hidden = false), Math.max(1, Number(idle.dataset.idle) - 2) * 60000);
  };
  tabs.addEventListener("message", wait);
  tabs.postMessage("here");
  wait();
  idle.querySelector("[data-stay]").addEventListener("click", async () => {
    const answer = await fetch("/account", { method: "HEAD", redirect: "manual" });
    if (!answer.ok) return location.reload();
    tabs.postMessage("here");
    wait();
  });
}
