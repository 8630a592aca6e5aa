// Common to all pages: the theme button, and requests to the server.

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
