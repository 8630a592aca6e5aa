"""The stored ranks: whatever came, went or changed since they were last written, they equal a ranking by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcoach.domain.activity import BuiltActivity, Effort
from runcoach.domain.windows import STORED, parse_window
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction

TODAY = date(2026, 11, 23)
Make = Callable[..., BuiltActivity]
Keep = Callable[[sqlite3.Connection, BuiltActivity], int]

#: A run's day, its time over 5 km, whether it was indoors, whether it reached 10 km.
days_of_runs = st.one_of(
    st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    st.sampled_from(
        [after + timedelta(day) for after in (date(2026, 8, 23), date(2025, 11, 23), TODAY) for day in (0, 1)]
    ),
)
runs = st.tuples(days_of_runs, st.integers(900, 930), st.booleans(), st.booleans())
#: What happens to the nth run before the ranks are written again: it goes, comes back, or its times are others.
fates = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["goes", "comes back", "faster"])), max_size=6)


def efforts_of(seconds: int, is_long: bool) -> list[Effort]:
    over = [(5000, float(seconds)), (10_000, 2.1 * seconds)]
    return [Effort(label, float(label), took, 0.0, took) for label, took in over[: 1 + is_long]]


def by_hand(connection: sqlite3.Connection, window: str, today: date) -> list[tuple[int, int, int, int]]:
    """Distance, rank, activity and seconds of all that ranks, the slow way."""
    after = parse_window(window).after(today) or date.min
    rows = connection.execute(
        "SELECT e.distance_m, e.duration_s, a.start_time, a.id, a.local_date FROM effort AS e, activity AS a"
        " WHERE a.id = e.activity_id AND a.trainer = 0 AND a.deleted_at IS NULL"
    ).fetchall()
    inside = sorted(tuple(row)[:4] for row in rows if after < date.fromisoformat(row["local_date"]) <= today)
    ranked: list[tuple[int, int, int, int]] = []
    for distance_m, seconds, _, activity_id in inside:
        place = sum(before[0] == distance_m for before in ranked) + 1
        ranked.append((distance_m, place, activity_id, seconds))
    return ranked


def assert_ranked(connection: sqlite3.Connection, today: date) -> None:
    for window in STORED:
        stored = connection.execute(
            "SELECT distance_m, rank, activity_id, duration_s FROM best_effort WHERE window = ? ORDER BY 1, 2",
            (window,),
        )
        assert [tuple(row) for row in stored] == by_hand(connection, window, today), window
    dated = connection.execute("SELECT DISTINCT as_of FROM best_effort").fetchall()
    assert [row["as_of"] for row in dated] in ([], [today.isoformat()])


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(first=st.lists(runs, max_size=8), then=st.lists(runs, max_size=4), fates=fates, days=st.integers(0, 100))
def test_the_stored_ranks_equal_a_ranking_by_hand(
    connection: sqlite3.Connection,
    whole: Make,
    keep: Keep,
    first: list[tuple[date, int, bool, bool]],
    then: list[tuple[date, int, bool, bool]],
    fates: list[tuple[int, str]],
    days: int,
) -> None:
    def put(chosen: list[tuple[date, int, bool, bool]]) -> list[int]:
        return [
            keep(
                connection,
                whole(
                    start_time=int(datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp()),
                    utc_offset_s=0,
                    trainer=indoors,
                    efforts=efforts_of(seconds, is_long),
                ),
            )
            for day, seconds, indoors, is_long in chosen
        ]

    with write_transaction(connection):
        connection.execute("DELETE FROM activity")
        ids = put(first)
        update_rankings(connection, TODAY)
    assert_ranked(connection, TODAY)
    with write_transaction(connection):
        ids += put(then)
        for which, fate in fates:
            if which >= len(ids):
                continue
            if fate == "faster":
                activities.put_efforts(connection, ids[which], efforts_of(880 + which, is_long=True))
            else:
                gone_at = 1 if fate == "goes" else None
                connection.execute("UPDATE activity SET deleted_at = ? WHERE id = ?", (gone_at, ids[which]))
        update_rankings(connection, TODAY + timedelta(days=days))
    assert_ranked(connection, TODAY + timedelta(days=days))
