// Common to all pages: the theme button, the menu, keyboard shortcuts, and requests to the server.

const root = document.documentElement;

/** Whether the dark theme is in use, by choice or by the system. */
function isDark() {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function label(button) {
  button.setAttribute("aria-label", isDark() ? "Use the light theme" : "Use the dark theme");
}

const button = document.querySelector(".theme-choice");
if (button) {
  label(button);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("runcoach-theme", root.dataset.theme);
    } catch {
      // The choice is not stored, but applied.
    }
    label(button);
    // Charts with their own colours listen to this.
    document.dispatchEvent(new CustomEvent("themechange"));
  });
}

// The menu of further pages closes when something else is used.

const menu = document.querySelector(".nav-more");
const leaves = (event) => menu?.open && !menu.contains(event.target);
document.addEventListener("click", (event) => leaves(event) && (menu.open = false));
document.addEventListener("focusin", (event) => leaves(event) && (menu.open = false));
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Keyboard shortcuts: a dialog lists them.

const shortcuts = document.getElementById("keys");
const actions = { "?": () => shortcuts.showModal() };
[...document.querySelectorAll("#nav > a")].slice(0, 9).forEach((link, number) => {
  actions[number + 1] = () => link.click();
});
document.querySelector("[data-keys]")?.addEventListener("click", actions["?"]);

/** Adds shortcuts: key → function. They work where no text is typed and no dialog is open. */
export function onKeys(more) {
  Object.assign(actions, more);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, select, textarea") || !Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

/** The form token, sent with every change. */
export const token = document.querySelector('meta[name="runcoach-token"]')?.content ?? "";

/**
 * Sends a change and returns the JSON response.
 * Throws an Error with the server's message, and a `hint` where there is one.
 */
export async function send(path, body = null, { method = "POST" } = {}) {
  const headers = { "X-Runcoach-Token": token };
  if (body !== null) headers["Content-Type"] = "application/json";
  return answered(
    await fetch(path, { method, headers, body: body === null ? undefined : JSON.stringify(body) }).catch(lost),
  );
}

/** Requests JSON; throws as `send`. */
export async function ask(path) {
  return answered(await fetch(path, { headers: { Accept: "application/json" } }).catch(lost));
}

function lost() {
  throw Object.assign(new Error("runcoach does not respond"), { hint: "start `runcoach serve` again" });
}

async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw Object.assign(new Error(body.detail ?? `the server answered ${response.status}`), { hint: body.hint ?? null });
}

/** The message of an Error as a sentence, with its hint. */
export function sentence(error) {
  const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  return error.hint ? `${message}. To fix it: ${error.hint}` : `${message}.`;
}

document.querySelector("[data-logout]")?.addEventListener("click", async () => {
  await fetch("/logout", { method: "POST", headers: { "X-Runcoach-Token": token } });
  location.assign("/login");
});
