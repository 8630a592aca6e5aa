"""Imports of a runner's own files and archives: discovery, parsing, storing, undoing; merging of duplicates."""
