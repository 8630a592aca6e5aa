// What every page can do: change between light and dark, and send a change to the server.

const root = document.documentElement;

/** Whether the page is dark now, by choice or by the system. */
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
      // Not remembered, but changed.
    }
    label(button);
    // Charts that draw with colours of their own listen to this.
    document.dispatchEvent(new CustomEvent("themechange"));
  });
}

/** What every change carries. */
export const token = document.querySelector('meta[name="runcoach-token"]')?.content ?? "";

/**
 * Sends a change and returns what the server answered as JSON.
 * An Error says in the server's words what was wrong; its `hint` may say what helps.
 */
export async function send(path, body = null, { method = "POST" } = {}) {
  const headers = { "X-Runcoach-Token": token };
  if (body !== null) headers["Content-Type"] = "application/json";
  return answered(
    await fetch(path, { method, headers, body: body === null ? undefined : JSON.stringify(body) }).catch(lost),
  );
}

/** Asks for JSON; errors as of `send`. */
export async function ask(path) {
  return answered(await fetch(path, { headers: { Accept: "application/json" } }).catch(lost));
}

function lost() {
  throw Object.assign(new Error("runcoach does not answer any more"), { hint: "start `runcoach serve` again" });
}

async function answered(response) {
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told;
  throw Object.assign(new Error(told.detail ?? `the server answered ${response.status}`), { hint: told.hint ?? null });
}

/** A sentence for a person out of an Error. */
export function sentence(error) {
  const said = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  return error.hint ? `${said}. What helps: ${error.hint}` : `${said}.`;
}

document.querySelector("[data-logout]")?.addEventListener("click", async () => {
  await fetch("/logout", { method: "POST", headers: { "X-Runcoach-Token": token } });
  location.assign("/login");
});
