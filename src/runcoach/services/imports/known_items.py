"""Tells which items of an import are stored already, and keeps the files of those whose originals are to be kept."""

from __future__ import annotations

import sqlite3

from runcoach.errors import SourceError
from runcoach.services.imports.discovery import Content, ImportItem
from runcoach.services.imports.parsing import file_fingerprint, read_item
from runcoach.store import activity_sources, originals
from runcoach.store.sqlite.connection import write_transaction


def is_known(connection: sqlite3.Connection, item: ImportItem, *, keep_originals: bool) -> bool:
    """Whether all of an item is stored already, by its fingerprint alone; its file is then kept if it is to be."""
    if (fingerprint := item.fingerprint) is not None:
        known = activity_sources.find(connection, fingerprint, 0)
        if known is None or known.is_detached or known.lacks_samples:
            return False
        if keep_originals and item.member is not None and originals.lacks_file(connection, known.activity_id):
            _keep_file(connection, item)
        return True
    if item.values or item.content is Content.WELLNESS:
        return False  # values are compared one by one
    try:
        is_whole = activity_sources.is_whole(connection, file_fingerprint(read_item(item)))
    except SourceError:
        return False  # parsing it reports the reason
    if is_whole and keep_originals:
        _keep_file(connection, item)
    return is_whole


def _keep_file(connection: sqlite3.Connection, item: ImportItem) -> None:
    """Keep an item's file for the sources that were read from it, unless it is kept or cannot be read any more."""
    try:
        content = read_item(item)
    except SourceError:
        return
    source_ids = originals.sources_without(connection, file_fingerprint(content))
    if source_ids:
        with write_transaction(connection):
            originals.put(connection, source_ids, content)
