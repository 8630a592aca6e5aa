// The URL of this page holds a used authorization code; remove it from the browser's history.
history.replaceState(null, "", "/connection");
