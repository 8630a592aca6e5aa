"""Opens a profile's database for reading: one connection for each request and each command, passed to every query."""

from runcoach.store.sqlite.database import open_reader

__all__ = ["open_reader"]
