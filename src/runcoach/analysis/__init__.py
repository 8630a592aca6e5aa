"""What runs are worth: arrays in, values out; no SQL, no files, no formats, nothing but numpy below it."""
