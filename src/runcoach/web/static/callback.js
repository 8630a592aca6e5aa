// The address of this page holds a code that has been used: it does not have to stay in the browser's history.
history.replaceState(null, "", "/connection");
