"""Members of a ZIP file or a folder, read one at a time within size limits."""
