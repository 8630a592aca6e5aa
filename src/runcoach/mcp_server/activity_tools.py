"""Tools about activities: each answers from one state of the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from runcoach.domain.filters import ActivityFilter, EffortFilter, activity_filter
from runcoach.domain.sports import sport_types
from runcoach.domain.units import Units
from runcoach.domain.windows import local_today, parse_date, parse_last_date, parse_window
from runcoach.mcp_server.answers import render
from runcoach.mcp_server.arguments import ActivityId, Distance, Limit, Offset, Since, Sport, Until, check_page
from runcoach.mcp_server.profile import Profile

_ACTIVITY_FIELDS = (
    *("id", "name", "sport_type", "local_date", "distance_m", "moving_time_sec", "elapsed_time_sec"),
    *("avg_pace_sec_per_km", "elevation_gain_m", "avg_hr", "max_hr", "avg_cadence", "avg_power", "calories"),
    *("temperature", "gear_name", "device_name", "is_race", "is_indoor", "description"),
    *("grade_adjusted_pace_sec_per_km", "efficiency_m_per_beat", "decoupling", "load", "load_method"),
    *("time_in_zone_s", "spike", "longest_before_m"),
)


@dataclass(frozen=True, slots=True)
class ActivityTools:
    """Questions about activities, their parts and their sums."""

    profile: Profile

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

        first = None if since is None else parse_date(since)
        last = None if until is None else parse_last_date(until)
        where = activity_filter(first, last, (sport,) if sport else (), min_distance, max_distance, words)
        check_page(limit, offset)
        with self.profile.open() as (connection, head):
            page = activities(connection, where, sort=sort, limit=offset + limit)
        rows = [_activity(row) for row in page.rows[offset:]]
        return render({**head, "total": page.total}, rows, offset=offset, total=page.total)

    def activity(self, activity_id: ActivityId) -> str:
        """One activity: its figures, its best efforts with their ranks, and which sources it comes from.

        Seconds in heart rate zones 1 to 5 are in order; the spike is in percent above the longest run of the 30 days
        before: none, 10, 30 or 100 and more.
        """
        from runcoach.services.queries.activities import show
        from runcoach.services.training.spikes import spike_values

        with self.profile.open() as (connection, head):
            found = show(connection, str(activity_id))
        efforts = [
            {name: effort[name] for name in ("distance_m", "duration_s", "quality", "reason", "is_official", "ranks")}
            for effort in found.efforts
        ]
        sources = [{name: source[name] for name in ("kind", "format", "notes")} for source in found.sources]
        parts = {"efforts": efforts, "sources": sources, "splits": len(found.splits), "laps": len(found.laps)}
        values = _activity({**found.activity, **spike_values(found.spike)})
        return render(head, [{**values, **parts}])

    def laps(self, activity_id: ActivityId, offset: Offset = 0) -> str:
        """The laps of one activity, as the watch recorded them."""
        from runcoach.services.queries.activities import activity, laps

        check_page(1, offset)
        with self.profile.open() as (connection, head):
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

        check_page(1, offset)
        with self.profile.open() as (connection, head):
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

        check_page(limit, offset)
        where = EffortFilter(
            as_of=local_today() if as_of is None else parse_date(as_of),
            window=parse_window(window),
            indoor=include_indoor,
            races=races_only,
        )
        top = offset + limit if distance else None
        with self.profile.open() as (connection, head):
            found = fastest_efforts(connection, where, distance=distance, top=top, with_trend=False)
        names = ("distance_m", "duration_s", "rank", "activity_id", "name", "local_date", "is_race", "is_official")
        rows: list[dict[str, object]] = [
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

        check_page(limit, offset)
        where = ActivityFilter(
            since=None if since is None else parse_date(since), sports=sport_types((sport,) if sport else ())
        )
        with self.profile.open() as (connection, head):
            rows = totals(connection, by, where, None)
        head |= {"method": "sum of stored activities", "by": by, "sport": sport or "all"}
        return render(head, rows[offset : offset + limit], offset=offset, total=len(rows))


def _activity(row: dict[str, object]) -> dict[str, object]:
    values = {**row, "is_race": row.get("workout_type") == 1, "is_indoor": bool(row.get("trainer"))}
    return {name: values[name] for name in _ACTIVITY_FIELDS if name in values}


def _without_id(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in {"activity_id", "source"}}
