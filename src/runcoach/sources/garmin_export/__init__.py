"""Garmin's account export: ZIP files of mixed FIT files inside a ZIP, and the titles of the activities in JSON."""
