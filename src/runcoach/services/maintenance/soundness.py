"""Whether a profile's file is to blame for an error that nobody expected; nothing is mended here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.errors import StoreError

if TYPE_CHECKING:
    from runcoach.config import Config


def damage(config: Config) -> StoreError | None:
    """The error that names what is wrong with the profile's file, all of which is read; None where nothing is found.

    What lies in a damaged file can be of any kind, so that whatever works with it can fail in any way.
    """
    import sqlite3

    from runcoach.store.sqlite import integrity

    path = config.database
    try:
        found = integrity.inspect_file(path, thorough=True, live=True)
    except (StoreError, sqlite3.Error):
        return None
    if found.kind is not integrity.FileKind.DAMAGED:
        return None
    return StoreError(
        f"{path} is damaged: {found.damage}",
        hint="`runcoach doctor` says what can be done, `runcoach restore` brings a backup back",
    )
