"""Garmin Connect's Personal API: the runner's own activities and their original files, read-only, with a key."""
