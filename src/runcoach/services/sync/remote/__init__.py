"""Syncs with the sources that are opened by a key."""
