// Sets the chosen theme, and marks that scripts run, before the first paint. Not a module: modules run too late.
"use strict";
{
  const root = document.documentElement;
  root.dataset.script = "";
  let kept = null;
  try {
    kept = localStorage.getItem("runcoach-theme");
  } catch {
    // Storage may be disabled; then the system's theme is used.
  }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
}
