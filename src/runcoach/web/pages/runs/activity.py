"""The page of one activity: totals, splits, efforts, laps, sources, and the URL of its samples."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response

from runcoach.domain.activity_fields import SOURCE_TITLES
from runcoach.domain.comparison import DifferenceCause
from runcoach.domain.sports import ON_FOOT, is_indoor, is_running
from runcoach.domain.training.activity_analytics import FaultReason, HeartRateFault
from runcoach.domain.units import FEET_PER_METRE, Units, format_duration, format_temperature
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.queries import activities as queries
from runcoach.services.queries import strava_comparison
from runcoach.services.queries.activity_context import COUNTED, activity_context
from runcoach.services.queries.strava_comparison import Comparison
from runcoach.services.reader import open_reader
from runcoach.services.training.matched import descriptions as route_descriptions
from runcoach.services.training.matched.routes import compare_with_last
from runcoach.services.training.spikes import EVIDENCE, Spike
from runcoach.web.http_cache import version
from runcoach.web.pages.layout import formatter, show, show_with_map
from runcoach.web.pages.rates import average_sec_per_km, rate_of
from runcoach.web.pages.runs.splits import laps_repeat_splits, splits_of

router = APIRouter()

#: Samples that the charts draw: enough for any screen, little enough for a run of any length.
MAX_POINTS = 3000

_CHANNELS = "distanceM,latDeg,lngDeg,altitudeM,heartRateBpm,cadenceSpm,powerW"

#: What is wrong with a heart rate.
_FAULTS = {
    FaultReason.DROPOUT: "no signal",
    FaultReason.CADENCE: "the same as the cadence",
    FaultReason.FROZEN: "unchanged",
    FaultReason.JUMP: "a jump there and back",
}

#: Names of the causes of a difference.
_CAUSES = {cause: cause.label for cause in DifferenceCause} | {
    DifferenceCause.PAUSE: "a pause",
    DifferenceCause.SUSPECT: "suspect recording",
    DifferenceCause.INDOOR: "indoors",
}


@router.get("/activities/{reference}")
def page(request: Request, reference: str) -> Response:
    """The page of an activity."""
    with open_reader(request.app.state.config) as connection:
        try:
            row = queries.detail(connection, reference)
        except (NotFoundError, UsageError):
            return show(
                request, connection, "activity_missing.html", "activities", status=404, reference=reference[:40]
            )
        return _activity_page(request, connection, row)


def _activity_page(request: Request, connection: sqlite3.Connection, row: dict[str, Any]) -> Response:
    """The page of an activity, given its columns, sources and thumbnails."""
    units = formatter(request).units
    splits, unit = splits_of(connection, row, units)
    context = activity_context(connection, row)
    laps = queries.laps(connection, row["id"])
    strava = _comparison(connection, row)
    return show_with_map(
        request,
        connection,
        "activity.html",
        "activities",
        row=row,
        runs=is_running(row["sport_type"]),
        is_indoor=is_indoor(row),
        cadence_unit=_cadence_unit(row["sport_type"]),
        has_climb=_has_climb(row),
        context=context,
        faults=json.dumps([[fault.start_s, fault.end_s] for fault in row["heart_rate_faults"]]),
        fault_reasons=_fault_reasons(row["heart_rate_faults"]),
        evidence=EVIDENCE,
        spike_excess=_spike_excess(row),
        rate=rate_of(row["sport_type"], units),
        average=average_sec_per_km(row),
        fastest_mile=queries.fastest_mile_s([one.row for one in context.efforts]) if units is Units.IMPERIAL else None,
        counted=COUNTED,
        splits=splits,
        split_unit=unit,
        splits_are_graded=any(split.row["grade_adjusted_pace_sec_per_km"] for split in splits),
        splits_have_climb=any(split.row["elev_gain_m"] for split in splits),
        splits_have_heart=any(split.row["hr_avg"] for split in splits),
        laps=laps,
        laps_repeat_splits=laps_repeat_splits(laps, [split.row for split in splits]),
        sources=[
            (source, SOURCE_TITLES[source["kind"]], queries.source_differences(source["totals"], row))
            for source in row["sources"]
        ],
        edits=queries.edited_fields(connection, row["id"]),
        why_all_ignored=queries.why_all_ignored(connection, row["id"]),
        extras=_extras(row, units),
        compared=compare_with_last(connection, row["id"]),
        route_descriptions=route_descriptions,
        strava=strava,
        strava_agrees=strava is not None and _agrees(strava),
        causes=_CAUSES,
        strava_url=_strava_url(row),
        streams=f"/api/v1/activities/{row['id']}/streams?channels={_CHANNELS}&max_points={MAX_POINTS}"
        f"&v={row['updated_at'] or 0}",
        # Spike and load depend on other runs too, and can change while updated_at stays.
        json_url=f"/api/v1/activities/{row['id']}?v={version(row)}",
        unit_m=units.metres,
        climb_per_m=FEET_PER_METRE if units is Units.IMPERIAL else 1.0,
    )


def _cadence_unit(sport_type: str) -> str:
    """Steps on foot, strokes in water, turns of the cranks otherwise, a minute."""
    if sport_type == "Swim":
        return "strokes/min"
    return "spm" if sport_type in ON_FOOT else "rpm"


def _has_climb(row: dict[str, Any]) -> bool:
    """Whether the climb says anything: 0 m indoors and in water do not."""
    return bool(row["elevation_gain_m"]) or (
        row["elevation_gain_m"] is not None and not is_indoor(row) and row["sport_type"] != "Swim"
    )


def _spike_excess(row: dict[str, Any]) -> float | None:
    """By which share a run is longer than the longest of the 30 days before, where that is a spike; otherwise None."""
    is_spike = row["spike"] is not None and row["spike"] != Spike.NONE
    return row["distance_m"] / row["longest_before_m"] - 1.0 if is_spike else None


def _fault_reasons(faults: Iterable[HeartRateFault]) -> list[str]:
    """Why the heart rate is not to be believed in places, each reason once with its total time."""
    seconds: dict[FaultReason, float] = {}
    for fault in faults:
        seconds[fault.reason] = seconds.get(fault.reason, 0.0) + fault.end_s - fault.start_s
    return [f"{_FAULTS[reason]} for {format_duration(total)}" for reason, total in seconds.items()]


def _extras(row: dict[str, Any], units: Units) -> list[str]:
    """Further facts, a few words each."""
    return [
        text
        for value, text in (
            (row["calories"], f"{row['calories'] or 0:.0f} kcal"),
            (row["temperature"], format_temperature(row["temperature"], units)),
            (row["gear_name"], row["gear_name"]),
            (row["device_name"], f"recorded with {row['device_name']}"),
        )
        if value is not None
    ]


def _comparison(connection: sqlite3.Connection, row: dict[str, Any]) -> Comparison | None:
    """The comparison with Strava's figures; None where there is none to compare."""
    if all(source["kind"] != "strava" for source in row["sources"]):
        return None
    try:
        found = strava_comparison.compare(connection, row)
    except NotFoundError:
        return None
    differences = [pair.difference_s for pair in found.efforts] + [pair.difference_s for pair in found.splits]
    return found if any(seconds is not None for seconds in differences) else None


def _agrees(comparison: Comparison) -> bool:
    """Whether no figure of Strava differs from ours by more than rounding."""
    differ = [pair.explanation for pair in comparison.efforts if pair.difference_s]
    differ += [pair.explanation for pair in comparison.splits if pair.difference_s]
    return all(cause is DifferenceCause.ROUNDING for cause in differ)


def _strava_url(row: dict[str, Any]) -> str | None:
    """The URL of the activity on Strava, None for one that did not come from there."""
    is_from_strava = any(source["kind"] in {"strava", "archive"} for source in row["sources"])
    return f"https://www.strava.com/activities/{row['strava_id']}" if is_from_strava and row["strava_id"] else None
