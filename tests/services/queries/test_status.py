"""The state of a profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.services.queries.status import status


def test_the_overview_counts_all_running_sports(
    config: Config,
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> None:
    for sport in ("Run", "TrailRun", "VirtualRun", "Ride", "Walk"):
        keep(connection, whole(sport_type=sport))
    counts = status(connection, config).counts
    assert (counts["activities"], counts["runs"]) == (5, 3)
