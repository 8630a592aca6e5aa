"""``runcoach show``: one activity in detail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runcoach.cli.invocation import Invocation
from runcoach.cli.options import ActivityArgument, JsonOption
from runcoach.cli.output import plain_table, right, text, wrapped
from runcoach.domain.distances import distance_title
from runcoach.domain.units import (
    Units,
    format_distance,
    format_duration,
    format_elevation,
    format_length,
    format_pace,
    format_temperature,
)

if TYPE_CHECKING:
    from rich.table import Table

    from runcoach.services.queries.activities import ActivityDetail


#: Stretches of a heart rate that is not to be believed which are listed.
SHOWN_FAULTS = 8


def command(
    current: Invocation,
    activity_ref: ActivityArgument,
    compare: Annotated[bool, typer.Option("--compare", help="Compare efforts and splits with Strava's.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one activity: totals, splits, laps, best efforts with their ranks, and sources.

    Examples:

      runcoach show 1

      runcoach show strava:14691739877 --json

      runcoach show 1 --compare
    """
    from runcoach.services.queries import activities
    from runcoach.services.sync import missing_streams
    from runcoach.services.training.spikes import spike_values

    if compare:
        from runcoach.cli.commands.compare import render_one
        from runcoach.services.queries import strava_comparison

        with current.reader() as connection:
            found = strava_comparison.compare(connection, activities.activity(connection, activity_ref))
        if as_json:
            current.emit_json(found)
        else:
            render_one(current, found)
        return
    with current.reader() as connection:
        detail = activities.show(connection, activity_ref)
        strava_id = detail.activity["strava_id"]
        awaits_samples = strava_id is not None and missing_streams.is_missing(connection, strava_id)
    if as_json:
        parts = {name: getattr(detail, name) for name in ("splits", "laps", "efforts", "sources", "edits")}
        figures = {**spike_values(detail.spike), "durability": detail.figures.durability, "route": detail.route}
        current.emit_json({**detail.activity, **parts, **figures})
        return
    _render(current, detail)
    if awaits_samples:
        current.show("", text("No samples yet: Strava did not have them, and is asked again.", "dim"))
        current.say(f"`runcoach sync --streams {detail.activity['id']}` asks now.")


def _render(current: Invocation, detail: ActivityDetail) -> None:
    from runcoach.cli.commands.splits import splits_table

    row = detail.activity
    local = datetime.fromtimestamp(row["start_time"] + row["utc_offset_s"], UTC)
    zone = f" · {row['timezone']}" if row["timezone"] else ""
    when = "clock not set" if row["is_undated"] else f"{local:%A %Y-%m-%d %H:%M}{zone}"
    race = " · race" if row["workout_type"] == 1 else ""
    what_and_when = text(f"{row['sport_type']} · {when}{race}", "dim")
    current.show(text(row["name"], "bold"), what_and_when, "", _figures(current, detail))
    if row["is_undated"]:
        current.show(text(f"Set the date with `runcoach edit {row['id']} --date`.", "yellow"))
    if row["description"]:
        current.show("")
        current.show_text(row["description"])
    _show_spike(current, detail)
    _show_heart_rate(current, row)
    if detail.route:
        from runcoach.cli.commands.routes import show_comparison

        show_comparison(current, detail.route)
    if detail.splits:
        current.show("", text("Splits", "bold"), splits_table(detail.splits, current.units, per_m=1000.0))
    if detail.efforts:
        current.show("", text("Best efforts", "bold"), _efforts(current, detail))
    if len(detail.laps) > 1:
        current.show("", text("Laps", "bold"), _laps(current, detail))
    current.show("", text("Sources", "bold"), _sources(current, detail))
    _show_edits(current, detail)


def _show_edits(current: Invocation, detail: ActivityDetail) -> None:
    """Which fields were edited by hand, and how to undo that."""
    from runcoach.services.queries.activities import EFFORTS_IGNORED

    activity_id = detail.activity["id"]
    fields = [edit["field"] for edit in detail.edits]
    if EFFORTS_IGNORED in fields:
        fields.remove(EFFORTS_IGNORED)
        current.show(
            "", text(f"All efforts are ignored (`runcoach best restore {activity_id}` ranks them again)", "dim")
        )
    if fields:
        undo = f"`runcoach edit {activity_id} --reset FIELD` undoes it"
        current.show("", text(f"Edited by hand: {', '.join(fields)} ({undo})", "dim"))


#: Reason why a heart rate is not to be believed → in words.
_FAULTS = {
    "dropout": "none recorded",
    "cadence": "it is the cadence",
    "frozen": "it stays the same",
    "jump": "it jumps",
}


def _show_heart_rate(current: Invocation, row: dict[str, Any]) -> None:
    """The time in each zone, and the minutes whose heart rate is left out, with the reason."""
    if row["time_in_zone_s"]:
        zones = "  ".join(
            f"{number}: {format_duration(seconds)}" for number, seconds in enumerate(row["time_in_zone_s"], start=1)
        )
        current.show("", text("Time in heart rate zones", "bold"), text(zones))
    faults = row["heart_rate_faults"]
    if faults:
        current.show("", text("Heart rate left out", "bold"))
        for fault in faults[:SHOWN_FAULTS]:
            span = f"{format_duration(fault.start_s)}–{format_duration(fault.end_s)}"
            current.show(text(f"{span}  {_FAULTS[fault.reason]}", "yellow"))
        if len(faults) > SHOWN_FAULTS:
            current.show(text(f"and {len(faults) - SHOWN_FAULTS} more: --json lists them", "dim"))


def _show_spike(current: Invocation, detail: ActivityDetail) -> None:
    """Say that a run was much longer than those before it, and what is known of that."""
    from runcoach.services.training.spikes import EVIDENCE, Spike

    spike = detail.spike
    if spike is None or spike.spike is Spike.NONE:
        return
    longest = format_length(spike.longest_before_m, current.units, 1)
    share = f"{spike.excess(detail.activity['distance_m']):.0%}"
    current.show("", text(f"{share} longer than the longest run of the 30 days before ({longest}).", "yellow"))
    current.show(text(EVIDENCE, "dim"))


def _fastest(current: Invocation, detail: ActivityDetail) -> tuple[str, str | None]:
    """The fastest kilometre, or the fastest mile of those who run in miles: heading and value, None without one."""
    from runcoach.services.queries.activities import fastest_mile_s

    if current.units is Units.METRIC:
        pace = detail.activity["fastest_pace_sec_per_km"]
        return "Fastest km", f"{format_pace(pace)} /km" if pace else None
    mile_s = fastest_mile_s(detail.efforts)
    return "Fastest mile", None if mile_s is None else format_duration(mile_s)


def _figures(current: Invocation, detail: ActivityDetail) -> Table:
    """The known totals, two per line."""
    row, units = detail.activity, current.units

    def number(name: str, unit: str, digits: int = 0) -> str | None:
        return None if row[name] is None else f"{row[name]:.{digits}f} {unit}"

    distance = None if row["distance_m"] is None else format_length(row["distance_m"], units)
    pace = row["avg_pace_sec_per_km"]
    adjusted, decoupling = row["grade_adjusted_pace_sec_per_km"], row["decoupling"]
    kind = {"trimp": "by heart rate", "rtss": "by pace"}.get(row["load_method"] or "", "")
    pairs = [
        ("Distance", distance),
        ("Moving time", format_duration(row["moving_time_sec"]) if row["moving_time_sec"] is not None else None),
        ("Elapsed time", format_duration(row["elapsed_time_sec"]) if row["elapsed_time_sec"] is not None else None),
        ("Pace", f"{format_pace(pace, units)} /{units.distance}" if pace else None),
        ("Grade-adjusted", f"{format_pace(adjusted, units)} /{units.distance}" if adjusted else None),
        _fastest(current, detail),
        ("Climb", format_elevation(row["elevation_gain_m"], units) if row["elevation_gain_m"] is not None else None),
        ("Heart rate", number("avg_hr", "bpm") and f"{row['avg_hr']} bpm, max {row['max_hr'] or '–'}"),
        ("Efficiency", number("efficiency_m_per_beat", "m a beat", 2)),
        ("Decoupling", None if decoupling is None else f"{decoupling:.1%}"),
        ("Load", None if row["load"] is None else f"{row['load']:.0f} {kind}"),
        ("Cadence", number("avg_cadence", "spm")),
        ("Power", number("avg_power", "W")),
        ("Temperature", None if row["temperature"] is None else format_temperature(row["temperature"], units)),
        ("Calories", number("calories", "kcal")),
        ("Shoes", row["gear_name"]),
        ("Device", row["device_name"]),
    ]
    known = [(title, value) for title, value in pairs if value is not None]
    cells = [(text(name, "dim"), text(value)) for name, value in known]
    if max((len(value) for _, value in known), default=0) > 24 or current.console().width < 70:
        table = plain_table("", wrapped(), header=False)
        for pair in cells:
            table.add_row(*pair)
        return table
    table = plain_table("", "", "", "", header=False)
    for first, second in zip(cells[::2], [*cells[1::2], (text(""), text(""))], strict=False):
        table.add_row(*first, *second)
    return table


def _efforts(current: Invocation, detail: ActivityDetail) -> Table:
    headers = ("Time", f"min/{current.units.distance}", "Start", "Rank", "Rank 1y")
    table = plain_table("Distance", *(right(header) for header in headers), wrapped())
    for row in detail.efforts:
        pace = row["duration_exact_s"] / (row["length_m"] / 1000.0)
        ranks = [row["ranks"][window] for window in ("all", "1y")]
        table.add_row(
            distance_title(row["distance_m"]),
            text(format_duration(row["duration_s"]), "bold"),
            format_pace(pace, current.units),
            "–" if row["is_official"] else format_duration(row["start_s"]),
            *(text("–" if rank is None else rank, "bold green" if rank == 1 else "") for rank in ranks),
            text(_note(row), "yellow"),
        )
    return table


def _note(row: dict[str, object]) -> str:
    """Why an effort does not count, or that it is the official result."""
    if row["ignored_at"]:
        return f"ignored: {row['ignored_reason'] or 'no reason given'}"
    if row["is_official"]:
        return "official result"
    if row["is_superseded"]:
        return "recorded; the official result counts"
    if row["quality"] == "suspect":
        return f"suspect, not counted: {row['reason']}"
    return "" if row["quality"] == "ok" else f"{row['quality']}: {row['reason']}"


def _laps(current: Invocation, detail: ActivityDetail) -> Table:
    from runcoach.domain.activity import pace_sec_per_km

    headers = ("Lap", current.units.distance, "Time", f"min/{current.units.distance}", "GAP", "HR")
    table = plain_table(*(right(header) for header in headers))
    for row in detail.laps:
        seconds = row["moving_s"] or row["elapsed_s"]
        table.add_row(
            str(row["lap_index"]),
            format_distance(row["distance_m"], current.units),
            format_duration(seconds),
            format_pace(pace_sec_per_km(row["distance_m"], seconds), current.units),
            format_pace(row["grade_adjusted_pace_sec_per_km"], current.units),
            text("–" if row["avg_hr_bpm"] is None else row["avg_hr_bpm"]),
        )
    return table


def _sources(current: Invocation, detail: ActivityDetail) -> Table:
    """The sources of an activity, each with its totals where they differ from the activity's."""
    from runcoach.services.queries.activities import source_differences

    units = current.units
    formats: dict[str, Callable[[float], str]] = {
        "distance_m": lambda metres: format_length(metres, units),
        "elapsed_s": lambda seconds: f"{format_duration(seconds)} elapsed",
        "moving_s": lambda seconds: f"{format_duration(seconds)} moving",
        "elevation_gain_m": lambda metres: f"{format_elevation(metres, units)} of climb",
        "avg_hr_bpm": lambda bpm: f"{bpm:.0f} bpm",
    }
    table = plain_table("", wrapped(), header=False)
    for row in detail.sources:
        part = f" ({row['item'] + 1} of {row['items']})" if row["items"] > 1 else ""
        taken = " · undone" if row["detached_at"] else ""
        table.add_row(text(f"{row['kind']}, {row['format']}", "dim"), text(f"{row['name']}{part}{taken}"))
        differences = source_differences(row["totals"], detail.activity)
        reported = ", ".join(formats[name](value) for name, value in differences.items())
        for note in ([f"reports {reported}"] if reported else []) + list(row["notes"]):
            table.add_row("", text(note, "yellow"))
    return table
