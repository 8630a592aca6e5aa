"""Writes activities as an iCalendar feed (RFC 5545), one event each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from runcoach.domain.units import Units, format_distance, format_duration, format_pace

_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar(activities: Iterable[Mapping[str, Any]], units: Units) -> str:
    """The feed; activities whose clock was not set are left out, as they have no date."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//runcoach//runcoach//EN", "X-WR-CALNAME:runcoach"]
    for activity in activities:
        if not activity["is_undated"]:
            lines += _event(activity, units)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(activity: Mapping[str, Any], units: Units) -> list[str]:
    start, length_s = activity["start_time"], activity["elapsed_time_sec"] or activity["moving_time_sec"] or 0
    figures = [f"{format_duration(activity['moving_time_sec'])}"]
    if activity["avg_pace_sec_per_km"] is not None:
        figures.append(f"{format_pace(activity['avg_pace_sec_per_km'], units)} /{units.distance}")
    if activity["avg_hr"] is not None:
        figures.append(f"{activity['avg_hr']} bpm")
    summary = activity["name"]
    if activity["distance_m"]:
        summary = f"{format_distance(activity['distance_m'], units, 1)} {units.distance} {summary}"
    return [
        "BEGIN:VEVENT",
        f"UID:{activity['start_time']}-{activity['id']}@runcoach",
        f"DTSTAMP:{_stamp(activity['updated_at'])}",
        f"DTSTART:{_stamp(start)}",
        f"DTEND:{_stamp(start + length_s)}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(', '.join(figures))}",
        f"CATEGORIES:{_escaped(activity['sport_type'])}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _stamp(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(value: str) -> str:
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in value)
    return clean.translate(_ESCAPES)


def _folded(line: str) -> list[str]:
    """A line in parts of at most 75 octets, continued ones with a leading space, no character cut in two."""
    parts, part, size = [], "", 0
    for char in line:
        octets = len(char.encode("utf-8", "replace"))
        if size + octets > 75:
            parts.append(part)
            part, size = " ", 1
        part, size = part + char, size + octets
    return [*parts, part]
