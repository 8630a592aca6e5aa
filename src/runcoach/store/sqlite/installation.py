"""What of a profile's file belongs to this installation and not to the runner's history: the login, limits seen.

A file that is brought back from a backup takes over the history alone: the handles in it may name tokens that Strava
has replaced since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.sqlite.integrity import has_table

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

#: Whole tables of the installation.
TABLES = ("strava_token", "webhook_subscription", "rate_budget")

#: What of ``sync_state`` is.
FACTS = ("strava_application", "strava_login_under_way", "vault_leftovers", "serve_access", "worker", "clock")

_MARKS = ", ".join("?" * len(FACTS))


def copy_installation_state(connection: sqlite3.Connection, present: Path) -> None:
    """Give the open file what belongs to the installation as it stands in the file at ``present``, of any version.

    The open file has this version's schema, and the caller holds no transaction.
    """
    connection.execute("ATTACH ? AS present", (f"{present.absolute().as_uri()}?mode=ro",))
    try:
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            connection.execute(f"DELETE FROM main.{table}")  # noqa: S608
            _copy(connection, table)
        connection.execute(f"DELETE FROM main.sync_state WHERE key IN ({_MARKS})", FACTS)  # noqa: S608
        _copy(connection, "sync_state", f" WHERE key IN ({_MARKS})", FACTS)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("DETACH present")


def _copy(connection: sqlite3.Connection, table: str, where: str = "", values: tuple[str, ...] = ()) -> None:
    """The rows of a table as they are there, in the columns that both have."""
    if not has_table(connection, table, "present"):
        return
    there = {row["name"] for row in connection.execute(f"PRAGMA present.table_info({table})")}
    both = ", ".join(
        row["name"] for row in connection.execute(f"PRAGMA main.table_info({table})") if row["name"] in there
    )
    connection.execute(
        f"INSERT INTO main.{table} ({both}) SELECT {both} FROM present.{table}{where}",  # noqa: S608
        values,
    )
