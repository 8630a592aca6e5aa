"""The MCP server, asked through the SDK's own client."""

from __future__ import annotations

import asyncio
import inspect
import json
import sqlite3
from collections.abc import Callable
from typing import Any, cast

import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity, Effort, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.ingest.writer import update_rankings
from runcoach.store import activity_sources
from runcoach.store.sqlite.connection import write_transaction

pytest.importorskip("mcp")

from mcp.client import Client

from runcoach.mcp_server.activity_tools import ActivityTools
from runcoach.mcp_server.answers import MAX_BYTES, render
from runcoach.mcp_server.coach_tools import CoachTools
from runcoach.mcp_server.profile import Profile
from runcoach.mcp_server.server import make_server

Ask = Callable[..., Any]

NOBODY = cast(Profile, None)  # enough to list the tools


def needs_id(tool: Callable[..., str]) -> bool:
    return "activity_id" in inspect.signature(tool).parameters


@pytest.fixture
def runs(
    connection: sqlite3.Connection,
    whole: Callable[..., BuiltActivity],
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
) -> None:
    """Sixty runs of files, 10 km each, and a faster one that only Strava's API knows."""
    with write_transaction(connection):
        for number in range(61):
            efforts = [Effort(5000, 5000.0, 1500.0 - number, 0.0, 1500.0 - number)]
            made = whole(name=f"Run {number}", start_time=1_760_000_000 + number * 86_400, efforts=efforts)
            kind = "strava" if number == 60 else "file"
            source = SourceRecord(kind, "fit", "run", Totals())
            activity_sources.add(connection, keep(connection, made), source, {}, None)
    update_rankings(connection)


@pytest.fixture
def ask(config: Config, runs: None) -> Ask:
    """Asks one question; returns the answer's JSON, or the text of an error."""

    def call(tool: str, *, include_strava_api: bool = False, **arguments: Any) -> Any:
        async def asked() -> Any:
            async with Client(make_server(config, include_strava_api=include_strava_api)) as client:
                return await client.call_tool(tool, arguments)

        result = asyncio.run(asked())
        (content,) = result.content
        assert len(content.text.encode()) <= MAX_BYTES
        return content.text if result.is_error else json.loads(content.text)

    return call


def test_runs_known_through_stravas_api_alone_are_left_out(ask: Ask) -> None:
    answer = ask("totals", by="year")
    assert sum(row["activities"] for row in answer["data"]) == 60
    assert answer["leftOut"]["activities"] == 1
    assert "policy" in answer["leftOut"]["why"]
    best = ask("best_efforts", distance="5k", limit=1)["data"]
    assert [(row["durationS"], row["name"]) for row in best] == [(1441, "Run 59")]
    assert ask("activity", activity_id=61).startswith("Error executing tool activity: there is no activity 61")


@pytest.mark.parametrize(
    "tool",
    [tool.__name__ for kind in (ActivityTools, CoachTools) for tool in kind(NOBODY).all() if not needs_id(tool)],
)
def test_every_list_says_what_it_leaves_out(ask: Ask, tool: str) -> None:
    assert ask(tool)["leftOut"]["activities"] == 1


def test_the_runner_may_include_them(ask: Ask) -> None:
    answer = ask("best_efforts", distance="5k", limit=1, include_strava_api=True)
    assert answer["data"][0]["name"] == "Run 60"
    assert "leftOut" not in answer


def test_long_answers_are_continued_until_all_is_told(ask: Ask) -> None:
    names, more = [], {"askWith": {"offset": 0}}
    while more:
        answer = ask("activities", limit=1000, **more["askWith"])
        names += [row["name"] for row in answer["data"]]
        more = answer.get("more")
        assert more is None or more["remaining"] == 60 - len(names)
    assert names == [f"Run {number}" for number in range(59, -1, -1)]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("totals", {"by": "decade"}, "by: Input should be 'week', 'month' or 'year'"),
        ("activities", {"since": "yesterday"}, "use 2026-11-23, 2026-11 or 2026"),
        ("activities", {"sort": "shoe"}, "sort by date, distance"),
        ("activities", {"limit": 0}, "use 1 to 1000"),
        ("activities", {"offset": -1}, "offset is -1"),
        ("activities", {"shoes": 1}, "it has since, until, sport"),
        ("best_efforts", {"distance": "far"}, "use 5k, half, marathon"),
        ("best_efforts", {"window": "soon"}, "use all, or days, months or years"),
        ("splits", {"activity_id": 1, "unit": "furlong"}, "unit: Input should be 'km' or 'mi'"),
        ("activity", {}, "activity_id: Field required"),
    ],
)
def test_wrong_arguments_are_answered_with_what_would_be_right(
    ask: Ask, tool: str, arguments: dict[str, Any], says: str
) -> None:
    assert says in ask(tool, **arguments)


def test_every_tool_is_read_only_and_explained(config: Config) -> None:
    async def listed() -> Any:
        async with Client(make_server(config, include_strava_api=False)) as client:
            return (await client.list_tools()).tools

    for tool in asyncio.run(listed()):
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.description


def test_a_row_larger_than_an_answer_is_still_given() -> None:
    text = render({}, [{"name": "x"}, {"name": "y"}, *({"notes": "z" * 400} for _ in range(40))])
    assert len(text.encode()) <= MAX_BYTES
    answer = json.loads(text)
    assert answer["more"]["remaining"] + len(answer["data"]) == 42


@pytest.mark.parametrize(("until", "count"), [("2025-10-09", 1), ("2025-10", 23), ("2025", 60)])
def test_the_last_day_of_a_month_or_year_is_included(ask: Ask, until: str, count: int) -> None:
    assert ask("activities", until=until, limit=1)["total"] == count
