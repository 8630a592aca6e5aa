// The connection page: login, buttons that change something, and sections that are refreshed while the server works.

import { ask, send, sentence } from "./frame.js";

const page = document.getElementById("page");
const announcement = document.getElementById("announcement");

/** Announces a text to screen readers and shows it for a while. */
export function say(text) {
  announcement.textContent = text;
  announcement.classList.remove("visually-hidden");
  announcement.classList.add("banner");
}

// Login: the server builds the URL of Strava's consent page, and the browser opens it.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-login]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  const problem = form.querySelector(".problem");
  problem.hidden = true;
  button.disabled = true;
  try {
    const { data } = await send("/connection/login", Object.fromEntries(new FormData(form)));
    form.reset();
    location.assign(data.location);
  } catch (error) {
    problem.textContent = sentence(error);
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
});

// A key: checked and sealed by this server, and cleared from the form.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-key]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  const problem = form.querySelector(".problem");
  problem.hidden = true;
  button.disabled = true;
  try {
    await send("/connection/key", Object.fromEntries(new FormData(form)));
    form.reset();
    form.closest("details")?.removeAttribute("open");
    say(`${form.dataset.key} is connected.`);
    await refresh();
  } catch (error) {
    problem.textContent = sentence(error);
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
});

// Buttons that change something.

const sure = document.getElementById("sure");

/** Asks in the dialog; its button is named as the action. */
function confirmed(button) {
  document.getElementById("sure-text").textContent = button.dataset.sure;
  document.getElementById("sure-yes").textContent = button.dataset.sureYes ?? button.textContent;
  sure.returnValue = "no";
  sure.showModal();
  return new Promise((done) => sure.addEventListener("close", () => done(sure.returnValue === "yes"), { once: true }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-change]");
  if (!button) return;
  if (button.dataset.sure && !(await confirmed(button))) return;
  button.disabled = true;
  try {
    await send(button.dataset.change, JSON.parse(button.dataset.body));
    say(button.dataset.message);
  } catch (error) {
    say(sentence(error));
  } finally {
    button.disabled = false;
  }
  await refresh();
});

// Refreshed sections.

const OFTEN_MS = 1500;
const SELDOM_MS = 10_000;
let timer = 0;

/** Replaces the sections that changed; one with a focused input is left as it is. */
export async function refresh() {
  const response = await fetch("/connection").catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of page.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    const isTyping = part.querySelector("input:focus, select:focus") || part.querySelector("details[open] form");
    if (other && !isTyping && other.innerHTML !== part.innerHTML) {
      const focused = part.contains(document.activeElement) ? document.activeElement.dataset.change : null;
      part.replaceChildren(...other.childNodes);
      if (focused) part.querySelector(`[data-change="${focused}"]`)?.focus();
    }
  }
  page.dataset.fingerprint = fresh.getElementById("page")?.dataset.fingerprint ?? "";
}

async function look() {
  clearTimeout(timer);
  let pause = SELDOM_MS;
  if (!document.hidden) {
    try {
      const { data } = await ask("/connection/state");
      if (data.fingerprint !== page.dataset.fingerprint) await refresh();
      if (data.busy) pause = OFTEN_MS;
    } catch {
      // The server has stopped; it may be started again.
    }
  }
  timer = setTimeout(look, pause);
}

document.addEventListener("visibilitychange", () => document.hidden || look());
timer = setTimeout(look, OFTEN_MS);
