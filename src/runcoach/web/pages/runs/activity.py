"""The page of one activity: totals, splits, efforts, laps, sources, and the URL of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from runcoach.domain.activity_fields import SOURCE_TITLES
from runcoach.domain.comparison import DifferenceCause
from runcoach.domain.sports import ON_FOOT, is_indoor, is_running
from runcoach.domain.units import FEET_PER_METRE, Units
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.auth.connection_state import connection_state
from runcoach.services.queries import activities as queries
from runcoach.services.queries import strava_comparison
from runcoach.services.queries.activity_context import COUNTED, activity_context
from runcoach.services.reader import open_reader
from runcoach.web.pages.layout import show
from runcoach.web.security import policy

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from runcoach.config import Config
    from runcoach.services.queries.strava_comparison import Comparison
    from runcoach.services.sync.worker import Worker
    from runcoach.web.security import Access

#: Samples that the charts draw: enough for any screen, little enough for a run of any length.
MAX_POINTS = 3000

_CHANNELS = "distanceM,latDeg,lngDeg,altitudeM,heartRateBpm,cadenceSpm"

#: A split slower than the fastest by this share has the shortest bar, in percent; never scaled to less than this range.
_MIN_SPAN = 0.25
_MIN_WIDTH = 6.0

#: Climbs below this, in metres, do not fill their half of the column.
_FULL_CLIMB_M = 20.0

#: Names of the causes of a difference.
_CAUSES = {
    DifferenceCause.EQUAL: "equal",
    DifferenceCause.ROUNDING: "rounding",
    DifferenceCause.OTHER_LENGTH: "other length",
    DifferenceCause.PAUSE: "a pause",
    DifferenceCause.SUSPECT: "suspect recording",
    DifferenceCause.EDITED: "edited on Strava",
    DifferenceCause.INDOOR: "indoors",
    DifferenceCause.NOT_REPORTED: "not reported",
    DifferenceCause.NO_STREAMS: "no samples",
    DifferenceCause.UNEXPLAINED: "unexplained",
}


@dataclass(frozen=True, slots=True)
class SplitBar:
    """One split as drawn, in percent of its columns; a climb is drawn from ``climb_x`` to the right."""

    row: dict[str, Any]
    from_m: float
    to_m: float
    width: float
    climb_x: float
    climb_width: float
    is_fastest: bool


def router(config: Config, worker: Worker | None, access: Access) -> APIRouter:  # noqa: ARG001
    """The page of an activity."""
    routes = APIRouter()

    @routes.get("/activities/{reference}")
    def page(request: Request, reference: str) -> Response:
        with open_reader(config) as connection:
            try:
                row = queries.detail(connection, reference)
            except (NotFoundError, UsageError):
                state = connection_state(connection)
                return show(request, state, "activity_missing.html", "activities", status=404, reference=reference[:40])
            return _activity_page(request, connection, config, row)

    return routes


def _activity_page(request: Request, connection: sqlite3.Connection, config: Config, row: dict[str, Any]) -> Response:
    """The page of an activity, given its columns, sources and thumbnails."""
    units = Units(config.settings.units)
    splits, unit = _splits(connection, row, units)
    sources = row["sources"]
    tiles = config.settings.map_tiles_url
    response = show(
        request,
        connection_state(connection),
        "activity.html",
        "activities",
        row=row,
        runs=is_running(row["sport_type"]),
        is_indoor=is_indoor(row),
        cadence_unit="spm" if row["sport_type"] in ON_FOOT else "rpm",
        context=activity_context(connection, row),
        counted=COUNTED,
        splits=splits,
        split_unit=unit,
        splits_have_heart=any(split.row["hr_avg"] for split in splits),
        laps=queries.laps(connection, row["id"]),
        sources=[
            (source, SOURCE_TITLES[source["kind"]], queries.source_differences(source["totals"], row))
            for source in sources
        ],
        edits=queries.edited_fields(connection, row["id"]),
        extras=_extras(row),
        strava=_comparison(connection, row),
        causes=_CAUSES,
        strava_url=_strava_url(row),
        streams=f"/api/v1/activities/{row['id']}/streams?channels={_CHANNELS}&max_points={MAX_POINTS}"
        f"&v={row['updated_at'] or 0}",
        unit_m=units.metres,
        climb_per_m=FEET_PER_METRE if units is Units.IMPERIAL else 1.0,
        tiles=tiles,
        attribution=config.settings.map_attribution,
    )
    if tiles:
        response.headers["Content-Security-Policy"] = policy(images=_origin(tiles))
    return response


def _splits(connection: sqlite3.Connection, row: dict[str, Any], units: Units) -> tuple[list[SplitBar], Units]:
    """Splits in the units of the settings; kilometres where there are no samples to compute miles from."""
    try:
        found = queries.splits(connection, row, units)
    except NotFoundError:
        found, units = queries.splits(connection, row, Units.METRIC), Units.METRIC
    return split_bars(found.rows), units


def split_bars(rows: Sequence[dict[str, Any]]) -> list[SplitBar]:
    """Splits with the length of their bars: the fastest fills its column, slower ones are shorter."""
    speeds = [_speed_ms(row) for row in rows]
    longest_m = max((row["distance_m"] or 0.0 for row in rows), default=0.0)
    # The last few metres are not compared with whole splits.
    whole = [
        speed
        for row, speed in zip(rows, speeds, strict=True)
        if speed is not None and row["distance_m"] > longest_m / 4
    ]
    fastest = max(whole, default=0.0)
    span = max(_MIN_SPAN, 1.0 - min(whole, default=0.0) / fastest) if fastest else 1.0
    steepest = max([_FULL_CLIMB_M, *(abs(row["elev_gain_m"]) for row in rows if row["elev_gain_m"] is not None)])
    bars, at_m = [], 0.0
    for row, speed in zip(rows, speeds, strict=True):
        width = 0.0
        if speed is not None and fastest:
            width = min(100.0, max(_MIN_WIDTH, 100.0 - (1.0 - speed / fastest) / span * (100.0 - _MIN_WIDTH)))
        climb = (row["elev_gain_m"] or 0.0) / steepest * 50.0
        end_m = at_m + (row["distance_m"] or 0.0)
        bars.append(
            SplitBar(row, at_m, end_m, width, min(50.0, 50.0 + climb), abs(climb), len(whole) > 1 and speed == fastest)
        )
        at_m = end_m
    return bars


def _speed_ms(row: dict[str, Any]) -> float | None:
    """Moving speed of a split in metres per second; None where unknown."""
    return row["distance_m"] / row["moving_time_sec"] if row["distance_m"] and row["moving_time_sec"] else None


def _extras(row: dict[str, Any]) -> list[str]:
    """Further facts, a few words each."""
    return [
        text
        for value, text in (
            (row["calories"], f"{row['calories'] or 0:.0f} kcal"),
            (row["temperature"], f"{row['temperature'] or 0:.0f} °C"),
            (row["gear_name"], row["gear_name"]),
            (row["device_name"], f"recorded with {row['device_name']}"),
        )
        if value is not None
    ]


def _comparison(connection: sqlite3.Connection, row: dict[str, Any]) -> Comparison | None:
    """The comparison with Strava's figures; None where Strava has none."""
    if all(source["kind"] != "strava" for source in row["sources"]):
        return None
    try:
        found = strava_comparison.compare(connection, row)
    except NotFoundError:
        return None
    return found if found.efforts or found.splits else None


def _strava_url(row: dict[str, Any]) -> str | None:
    """The URL of the activity on Strava, None for one that did not come from there."""
    is_from_strava = any(source["kind"] in {"strava", "archive"} for source in row["sources"])
    return f"https://www.strava.com/activities/{row['strava_id']}" if is_from_strava and row["strava_id"] else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
