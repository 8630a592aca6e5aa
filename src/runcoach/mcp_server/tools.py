"""The tools: read-only questions about a profile, each answered from one state of the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from runcoach.domain.distances import parse_distance
from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.sports import sport_types
from runcoach.domain.units import Units
from runcoach.domain.windows import local_today, parse_date, parse_window
from runcoach.errors import UsageError
from runcoach.mcp_server.answers import render
from runcoach.services.reader import open_reader, open_reader_without_strava_api

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from runcoach.config import Config

ActivityId = Annotated[int, Field(description="The id of an activity, as in the tool activities.")]
Since = Annotated[str | None, Field(description="First day: 2026-11-23, 2026-11 or 2026.")]
Until = Annotated[str | None, Field(description="Last day: 2026-11-23, 2026-11 or 2026.")]
Sport = Annotated[str | None, Field(description="running, cycling, swimming … or a type such as TrailRun.")]
Distance = Annotated[str | None, Field(description="A distance: 400m, 5k, half, marathon, 3000, 2mi.")]
Limit = Annotated[int, Field(description="How many rows at most.")]
Offset = Annotated[int, Field(description="How many rows to skip: from the field more of an answer.")]

_ACTIVITY_FIELDS = (
    *("id", "name", "sport_type", "local_date", "distance_m", "moving_time_sec", "elapsed_time_sec"),
    *("avg_pace_sec_per_km", "elevation_gain_m", "avg_hr", "max_hr", "avg_cadence", "avg_power", "calories"),
    *("temperature", "gear_name", "device_name", "is_race", "is_indoor", "description"),
)


class Tools:
    """The questions that can be asked.

    Activities that only Strava's API knows are left out, and every answer says how many: its policy forbids their use
    by an AI. With ``include_strava_api`` the runner has decided otherwise.
    """

    def __init__(self, config: Config, *, include_strava_api: bool) -> None:
        self._config = config
        self._include_strava_api = include_strava_api

    def all(self) -> list[Callable[..., str]]:
        """The tools, in the order in which they are listed."""
        return [self.activities, self.activity, self.splits, self.laps, self.best_efforts, self.totals]

    def activities(
        self,
        since: Since = None,
        until: Until = None,
        sport: Sport = None,
        min_distance: Distance = None,
        max_distance: Distance = None,
        words: Annotated[str | None, Field(description="Words in the title or the description.")] = None,
        sort: Annotated[str, Field(description="date, distance, time, pace, fastest, climb or name.")] = "date",
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> str:
        """List activities, newest first; distances and times as stored (moving time without rests)."""
        from runcoach.services.queries.activities import activities

        where = ActivityFilter(
            since=None if since is None else parse_date(since),
            until=None if until is None else parse_date(until),
            sports=sport_types((sport,) if sport else ()),
            min_distance_m=None if min_distance is None else parse_distance(min_distance)[1],
            max_distance_m=None if max_distance is None else parse_distance(max_distance)[1],
            text=words,
        )
        _check(limit, offset)
        with self._open() as (connection, head):
            page = activities(connection, where, sort=sort, limit=offset + limit)
        rows = [_activity(row) for row in page.rows[offset:]]
        return render({**head, "total": page.total}, rows, offset=offset, total=page.total)

    def activity(self, activity_id: ActivityId) -> str:
        """One activity: its figures, its best efforts with their ranks, and which sources it comes from."""
        from runcoach.services.queries.activities import show

        with self._open() as (connection, head):
            found = show(connection, str(activity_id))
        efforts = [
            {name: effort[name] for name in ("distance_m", "duration_s", "quality", "reason", "is_official", "ranks")}
            for effort in found.efforts
        ]
        sources = [{name: source[name] for name in ("kind", "format", "notes")} for source in found.sources]
        parts = {"efforts": efforts, "sources": sources, "splits": len(found.splits), "laps": len(found.laps)}
        return render(head, [{**_activity(found.activity), **parts}])

    def laps(self, activity_id: ActivityId, offset: Offset = 0) -> str:
        """The laps of one activity, as the watch recorded them."""
        from runcoach.services.queries.activities import activity, laps

        _check(1, offset)
        with self._open() as (connection, head):
            found = activity(connection, str(activity_id))
            rows = laps(connection, found["id"])
        head |= {"activityId": found["id"], "name": found["name"], "method": "as recorded"}
        return render(head, [_without_id(row) for row in rows[offset:]], offset=offset)

    def splits(
        self,
        activity_id: ActivityId,
        unit: Annotated[Literal["km", "mi"], Field(description="Length of a split.")] = "km",
        offset: Offset = 0,
    ) -> str:
        """The splits of one activity: pace over moving time, climb, mean heart rate."""
        from runcoach.services.queries.activities import activity, splits

        _check(1, offset)
        with self._open() as (connection, head):
            found = splits(
                connection, activity(connection, str(activity_id)), Units.METRIC if unit == "km" else Units.IMPERIAL
            )
        head |= {"activityId": found.activity_id, "name": found.name, "unitM": found.unit_m, "method": found.source}
        return render(head, [_without_id(row) for row in found.rows[offset:]], offset=offset)

    def best_efforts(
        self,
        distance: Distance = None,
        window: Annotated[str, Field(description="all, or days, months or years: 90d, 3m, 1y.")] = "all",
        as_of: Annotated[str | None, Field(description="Only runs up to this day.")] = None,
        races_only: bool = False,
        include_indoor: bool = False,
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> str:
        """The fastest stretch of each standard distance from 400 m to 50 km, or the fastest ones over one distance."""
        from runcoach.services.queries.best_efforts import fastest_efforts

        _check(limit, offset)
        where = EffortFilter(
            as_of=local_today() if as_of is None else parse_date(as_of),
            window=parse_window(window),
            indoor=include_indoor,
            races=races_only,
        )
        top = offset + limit if distance else None
        with self._open() as (connection, head):
            found = fastest_efforts(connection, where, distance=distance, top=top, with_trend=False)
        names = ("distance_m", "duration_s", "rank", "activity_id", "name", "local_date", "is_race", "is_official")
        rows: list[dict[str, Any]] = [
            {
                **{name: getattr(row, name) for name in (*names, "quality", "reason")},
                "pace_sec_per_km": round(row.pace_sec_per_km, 1),
            }
            for row in found.rows
        ]
        head |= {"method": "elapsed time of the fastest stretch, rounded up to the second", "window": found.window}
        head |= {"asOf": found.as_of.isoformat(), "runs": found.runs}
        return render(head, rows[offset:], offset=offset)

    def totals(
        self,
        by: Literal["week", "month", "year"] = "month",
        sport: Sport = "running",
        since: Since = None,
        limit: Limit = 24,
        offset: Offset = 0,
    ) -> str:
        """Sums by week (from Monday), month or year, newest first: count, distance, moving time, climb, longest."""
        from runcoach.services.queries.totals import totals

        _check(limit, offset)
        where = ActivityFilter(
            since=None if since is None else parse_date(since), sports=sport_types((sport,) if sport else ())
        )
        with self._open() as (connection, head):
            rows = totals(connection, by, where, None)
        head |= {"method": "sum of stored activities", "by": by, "sport": sport or "all"}
        return render(head, rows[offset : offset + limit], offset=offset, total=len(rows))

    @contextmanager
    def _open(self) -> Iterator[tuple[sqlite3.Connection, dict[str, Any]]]:
        """A connection, and the head of the answer: the day, and what is left out."""
        head: dict[str, Any] = {"today": local_today().isoformat()}
        if self._include_strava_api:
            with open_reader(self._config) as connection:
                yield connection, head
            return
        with open_reader_without_strava_api(self._config) as (connection, left_out):
            if left_out:
                head["leftOut"] = {
                    "activities": left_out,
                    "why": "known through Strava's API alone, whose policy forbids use by an AI; importing Strava's "
                    "archive or the watch's own files makes them the runner's own",
                }
            yield connection, head


def _activity(row: dict[str, Any]) -> dict[str, Any]:
    values = {**row, "is_race": row.get("workout_type") == 1, "is_indoor": bool(row.get("trainer"))}
    return {name: values[name] for name in _ACTIVITY_FIELDS if name in values}


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"activity_id", "source"}}


def _check(limit: int, offset: int) -> None:
    if not 1 <= limit <= 1_000:
        raise UsageError(f"limit is {limit}", hint="use 1 to 1000; an answer holds what fits into 8 kB")
    if offset < 0:
        raise UsageError(f"offset is {offset}", hint="use 0, or what an answer says under more")
