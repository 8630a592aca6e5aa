"""A hundred questions about the demo's runner, asked over standard input and output; SQL knows the answers."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("mcp")

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent

# The runs that may be told of: not known through Strava's API alone.
TOLD = """
    a.deleted_at IS NULL AND EXISTS (SELECT 1 FROM activity_source AS s
    WHERE s.activity_id = a.id AND s.detached_at IS NULL AND s.kind != 'strava')
"""
RUNS = f"{TOLD} AND a.sport_type IN ('Run', 'TrailRun', 'VirtualRun')"
RANKED = f"{RUNS} AND a.has_gps = 1 AND a.trainer = 0 AND a.sport_type != 'VirtualRun' AND e.quality != 'suspect'"


@dataclass(frozen=True)
class Question:
    tool: str
    arguments: dict[str, Any]
    answer: Callable[[Any], Any]
    sql: str
    values: tuple[Any, ...] = ()


def one(*names: str) -> Callable[[Any], Any]:
    """The named fields of the only row."""
    return lambda told: [tuple(row.get(name) for name in names) for row in told["data"]]


def about_activities(ids: list[int]) -> Iterator[Question]:
    columns = "a.distance_m, a.moving_time_sec, a.elapsed_time_sec, a.avg_hr"
    fields = one("distanceM", "movingTimeS", "elapsedTimeS", "avgHeartRateBpm")
    for activity_id in ids[:34]:
        sql = f"SELECT {columns} FROM activity AS a WHERE a.id = ?"
        yield Question("activity", {"activity_id": activity_id}, fields, sql, (activity_id,))
    for activity_id in ids[34:44]:
        sql = "SELECT km, moving_time_sec, pace_sec FROM split WHERE activity_id = ? ORDER BY km"
        yield Question(
            "splits", {"activity_id": activity_id}, one("km", "movingTimeS", "paceSecPerKm"), sql, (activity_id,)
        )
    for activity_id in ids[44:70]:
        sql = "SELECT lap_index, distance_m, elapsed_s FROM lap WHERE activity_id = ? ORDER BY lap_index"
        yield Question(
            "laps", {"activity_id": activity_id}, one("lapIndex", "distanceM", "elapsedS"), sql, (activity_id,)
        )


def about_sums(years: list[str], months: list[str]) -> Iterator[Question]:
    sums = "count(*), round(sum(a.distance_m), 3), sum(a.moving_time_sec) FROM activity AS a"

    def of(period: str) -> Callable[[Any], Any]:
        return lambda told: [
            (row["activities"], round(row["distanceM"], 3), row["movingTimeS"])
            for row in told["data"]
            if row["period"] == period
        ]

    for year in years:
        sql = f"SELECT {sums} WHERE {RUNS} AND substr(a.local_date, 1, 4) = ?"
        yield Question("totals", {"by": "year"}, of(year), sql, (year,))
    for month in months:
        sql = f"SELECT {sums} WHERE {RUNS} AND substr(a.local_date, 1, 7) = ?"
        yield Question("totals", {"by": "month", "limit": 100}, of(month), sql, (month,))


def about_efforts() -> Iterator[Question]:
    fields = one("durationS", "activityId")
    for distance, distance_m in {
        **{str(m): m for m in (400, 800, 1000, 5000, 10_000)},
        "mile": 1609,
        "half": 21100,
    }.items():
        for window, since in (("all", "0000"), ("30d", "-30 days"), ("90d", "-90 days")):
            day = "'0000'" if since == "0000" else f"date('now', 'localtime', '{since}')"
            sql = (
                f"SELECT e.duration_s, a.id FROM effort AS e JOIN activity AS a ON a.id = e.activity_id WHERE {RANKED}"
                f" AND e.distance_m = ? AND e.ignored_at IS NULL AND e.is_superseded = 0 AND a.local_date > {day}"
                " ORDER BY e.duration_s, a.start_time LIMIT 3"
            )
            arguments = {"distance": distance, "window": window, "limit": 3}
            yield Question("best_efforts", arguments, fields, sql, (distance_m,))


def about_lists() -> Iterator[Question]:
    for sort, order in (("distance", "a.distance_m DESC"), ("time", "a.moving_time_sec DESC"), ("date", "1=1")):
        for sport in ("Run", "Ride"):
            sql = (
                f"SELECT a.id FROM activity AS a WHERE {TOLD} AND a.sport_type = ? ORDER BY {order}, a.start_time DESC"
            )
            arguments = {"sport": sport, "sort": sort, "limit": 5}
            yield Question("activities", arguments, one("id"), f"{sql} LIMIT 5", (sport,))
    sql = f"SELECT count(*) FROM activity AS a WHERE {TOLD}"
    yield Question("activities", {}, lambda told: [(told["total"],)], sql)


@pytest.mark.slow
def test_every_answer_is_what_sql_says(
    runcoach: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "demo"
    monkeypatch.setattr("runcoach.cli.commands.demo._YEARS", 0.6)
    assert runcoach("demo", "--keep", str(home)).code == 0
    (database,) = home.rglob("default.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        # The demo's runner has most runs from Garmin too: a fifth of them becomes known through Strava's API alone.
        connection.execute("UPDATE activity_source SET detached_at = 1 WHERE kind != 'strava' AND activity_id % 5 = 0")
        hidden = {row[0] for row in connection.execute(f"SELECT a.id FROM activity AS a WHERE NOT ({TOLD})")}
        runs = connection.execute(f"SELECT a.id, a.local_date FROM activity AS a WHERE {RUNS} ORDER BY a.id").fetchall()
        ids = [activity_id for activity_id, _ in runs]
        years, months = (sorted({day[:length] for _, day in runs}) for length in (4, 7))
        questions = [*about_lists(), *about_efforts(), *about_sums(years, months), *about_activities(ids)][:100]
        assert len(questions) == 100
        assert len(hidden) >= 20
        told = asyncio.run(answers(home, questions))
        for question, answer in zip(questions, told, strict=True):
            rows = [tuple(row) for row in connection.execute(question.sql, question.values)]
            assert question.answer(answer) == rows, question
            assert answer["leftOut"]["activities"] == len(hidden)
            assert not hidden & {row.get("activityId", row.get("id")) for row in answer["data"]}, question


async def answers(home: Path, questions: list[Question]) -> list[Any]:
    """Every answer, from one server started as an assistant starts it."""
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "runcoach", "--home", str(home), "mcp"], env=dict(os.environ)
    )
    async with Client(stdio_client(parameters)) as client:
        found = []
        for question in questions:
            result = await client.call_tool(question.tool, question.arguments)
            (content,) = result.content
            assert isinstance(content, TextContent)
            assert not result.is_error, (question, content.text)
            assert len(content.text.encode()) <= 8_000
            found.append(json.loads(content.text))
        return found
