"""Formatting and parsing of durations, paces and distances. All other modules use SI units."""

from __future__ import annotations

import re
from enum import StrEnum

from runcoach.domain.distances import METRES_PER_MILE
from runcoach.errors import UsageError

#: [hours:]minutes:seconds; minutes beyond 59 only without hours.
_DURATION = re.compile(r"(?:(\d{1,3}):(?=[0-5]?\d:))?(\d{1,3}):([0-5]\d)", re.ASCII)

FEET_PER_METRE = 1 / 0.3048


class Units(StrEnum):
    """The unit system of output."""

    METRIC = "metric"
    IMPERIAL = "imperial"

    @property
    def metres(self) -> float:
        """The length of one kilometre or mile."""
        return METRES_PER_MILE if self is Units.IMPERIAL else 1000.0

    @property
    def distance(self) -> str:
        """``km`` or ``mi``."""
        return "mi" if self is Units.IMPERIAL else "km"


def format_duration(seconds: float | None) -> str:
    """``1:23:45``, ``23:45`` or ``0:45``; an en dash where there is none."""
    if seconds is None:
        return "–"
    hours, rest = divmod(round(seconds), 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def parse_duration(text: str) -> int:
    """Whole seconds of ``1:23:45``, ``45:03`` or ``0:59``; raises UsageError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a valid time", hint="write it as 45:03 or 1:23:45")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def format_pace(sec_per_km: float | None, units: Units = Units.METRIC) -> str:
    """Minutes and seconds a kilometre or mile, ``4:05``; an en dash where there is none."""
    return format_duration(None if sec_per_km is None else sec_per_km * units.metres / 1000.0)


def format_distance(metres: float | None, units: Units = Units.METRIC, digits: int = 2) -> str:
    """Kilometres or miles with two digits, without the unit; an en dash where there is none."""
    return "–" if metres is None else f"{metres / units.metres:.{digits}f}"


def format_length(metres: float | None, units: Units = Units.METRIC, digits: int = 2) -> str:
    """As :func:`format_distance`, with the unit: ``12.34 km``."""
    return f"{format_distance(metres, units, digits)} {units.distance}"


def format_elevation(metres: float | None, units: Units = Units.METRIC) -> str:
    """Whole metres or feet with the unit; an en dash where there is none."""
    if metres is None:
        return "–"
    # Adding 0 to a rounded −0.4 makes it 0 instead of −0.
    if units is Units.IMPERIAL:
        return f"{round(metres * FEET_PER_METRE) + 0} ft"
    return f"{round(metres) + 0} m"


def format_temperature(celsius: float | None, units: Units = Units.METRIC) -> str:
    """Whole degrees with the unit, °C or °F; an en dash where there is none."""
    if celsius is None:
        return "–"
    if units is Units.IMPERIAL:
        return f"{round(celsius * 9 / 5 + 32) + 0} °F"
    return f"{round(celsius) + 0} °C"
