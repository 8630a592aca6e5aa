"""Images from arrays, drawn with Pillow. No SQL, no HTTP."""
