// Ignores efforts of a run (all of them where no distances are named) with a reason, and restores them. The page is
// reloaded afterwards, since every rank may have changed.

import { send, sentence } from "./frame.js";

const dialog = document.getElementById("ignore-dialog");
const problem = document.getElementById("effort-problem");
let chosen = null;

async function decide(verb, { activity, distance }, reason, button) {
  button.disabled = true;
  try {
    for (const each of distance?.split(",") ?? [null]) {
      await send(`/api/v1/efforts/${verb}`, { activity, distance: each, ...(reason ? { reason } : {}) });
    }
    location.reload();
  } catch (error) {
    button.disabled = false;
    dialog?.close();
    problem.textContent = sentence(error);
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ignore], [data-restore]");
  if (!button) return;
  if (button.hasAttribute("data-restore")) {
    decide("restore", button.dataset, null, button);
    return;
  }
  dialog.querySelector("[data-what]").textContent = button.dataset.what;
  chosen = button.dataset;
  dialog.querySelector("input").value = "";
  dialog.showModal();
});

dialog?.querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value !== "ignore") return;
  event.preventDefault();
  decide("ignore", chosen, dialog.querySelector("input").value.trim(), event.submitter);
});
