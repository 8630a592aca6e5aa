// Runs before anything is drawn: the theme that was chosen here, and word that scripts run.
// It is no module, because modules wait until the page has been read.
"use strict";
{
  const root = document.documentElement;
  root.dataset.script = "";
  let kept = null;
  try {
    kept = localStorage.getItem("runcoach-theme");
  } catch {
    // Storage can be switched off; then the system's choice holds.
  }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
}
