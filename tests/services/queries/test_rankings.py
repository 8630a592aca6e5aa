"""Windows side by side, checked against what `best` says of each, and what stands around one activity."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from reading import read, read_of

from runcoach.config import Config
from runcoach.domain.activity import Effort, Quality
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import parse_window
from runcoach.errors import NotFoundError
from runcoach.services.edits import set_ignored
from runcoach.services.queries.activity_context import COUNTED, activity_context
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.services.queries.rankings import months, ranking_table, suspect_efforts
from runcoach.store.sqlite.connection import write_transaction

DAY = 86_400
START = 1_640_995_200  # the first of 2022


@pytest.fixture
def history(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> date:
    """Three years of runs, two a week; the day of the last one."""
    rng = random.Random(11)
    with write_transaction(connection):
        for number in range(300):
            efforts = [
                Effort(metres, metres, metres * rng.uniform(0.22, 0.36), 0.0, 1.0)
                for metres in (400, 1000, 5000)
                if metres < 5000 or number % 3 == 0
            ]
            columns = {"start_time": START + number * 3 * DAY + 3600, "workout_type": 1 if number % 9 == 0 else 0}
            keep(connection, whole(efforts=efforts, name=f"Run {number}", **columns))
    return date(2022, 1, 1) + timedelta(days=299 * 3)


@pytest.mark.parametrize("back", [0, 200, 700])
@pytest.mark.parametrize("races", [False, True])
def test_every_cell_is_what_best_says_of_its_window(config: Config, history: date, back: int, races: bool) -> None:
    day = history - timedelta(days=back)
    found = read(ranking_table, config, EffortFilter(as_of=day, races=races))
    assert found.runs == 300
    assert found.as_of == day
    for column, window in enumerate(found.windows):
        told = read(fastest_efforts, config, EffortFilter(window=parse_window(window), as_of=day, races=races)).rows
        cells = [(row.distance_m, row.cells[column]) for row in found.rows]
        shown = [(metres, cell.activity_id, cell.duration_s) for metres, cell in cells if cell is not None]
        assert shown == [(row.distance_m, row.activity_id, row.duration_s) for row in told]
        for metres, cell in cells:
            if cell is None:
                continue
            ranked = read(
                fastest_efforts, config, EffortFilter(as_of=day, races=races), distance=str(metres), top=COUNTED
            ).rows
            assert [row.activity_id for row in ranked].index(cell.activity_id) + 1 == cell.rank
            assert cell.pace_sec_per_km == pytest.approx(cell.duration_exact_s / cell.length_m * 1000)


def test_months_end_with_the_day(config: Config, history: date) -> None:
    assert len(read(months, config, 5000, EffortFilter(as_of=history))) == 30
    assert len(read(months, config, 5000, EffortFilter(as_of=date(2022, 3, 31)))) == 3


def test_ranks_then_and_now_and_after_ignoring_an_effort(config: Config, history: date) -> None:
    found = read_of(activity_context, config, "150")
    assert found.before is not None
    assert found.before.name == "Run 148"
    assert found.after is not None
    assert found.after.name == "Run 150"
    day = (date(2022, 1, 1) + timedelta(days=149 * 3)).isoformat()
    for effort in found.efforts:
        metres = str(effort.row["distance_m"])
        ranked = read(fastest_efforts, config, EffortFilter(), distance=metres, top=1000).rows
        then = read(
            fastest_efforts, config, EffortFilter(as_of=date.fromisoformat(day)), distance=metres, top=1000
        ).rows
        assert effort.then == 1 + [row.activity_id for row in then].index(150)
        assert effort.now == min(COUNTED + 1, 1 + [row.activity_id for row in ranked].index(150))
        assert effort.year is None or effort.year <= effort.now
    set_ignored(config, "150", "400", ignore=True, reason="a bus")
    changed = {effort.row["distance_m"]: effort for effort in read_of(activity_context, config, "150").efforts}
    assert (changed[400].then, changed[400].now) == (None, None)
    assert changed[1000].now is not None
    assert [row["ignored_reason"] for row in read(suspect_efforts, config).rows] == ["a bus"]


def test_suspect_efforts_rank_only_if_included(
    config: Config, connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]
) -> None:
    with write_transaction(connection):
        suspect = Effort(400, 400.0, 30.0, 0.0, 30.0, Quality.SUSPECT, "GPS jump")
        keep(connection, whole(efforts=[suspect]))
        keep(connection, whole(efforts=[Effort(400, 400.0, 90.0, 0.0, 90.0)]))

    def shown(terms: EffortFilter) -> list[int | None]:
        return [
            None if cell is None else cell.duration_s
            for row in read(ranking_table, config, terms).rows
            for cell in row.cells[:1]
        ]

    assert shown(EffortFilter()) == [90]
    assert shown(EffortFilter(include_suspect=True)) == [30]
    found = read(suspect_efforts, config)
    assert (found.total, found.rows[0]["reason"]) == (1, "GPS jump")


def test_an_empty_profile_has_an_empty_ranking_table(config: Config) -> None:
    assert read(ranking_table, config, EffortFilter()).rows == ()
    assert read(months, config, 5000, EffortFilter()) == ()
    assert read(suspect_efforts, config).total == 0
    with pytest.raises(NotFoundError):
        read_of(activity_context, config, "1")
