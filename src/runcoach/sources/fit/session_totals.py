"""The totals and times that a FIT session or lap states."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcoach.domain.recording import RecordedLap, Totals

if TYPE_CHECKING:
    from runcoach.sources.fit.decoder import Message

#: Altitudes beyond these are placeholders for unknown.
_MIN_ALTITUDE_M, _MAX_ALTITUDE_M = -500.0, 9000.0


def epoch_s(timestamp: object) -> float | None:
    """Seconds since 1970 of a decoded time; None if it is not a time."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp() if isinstance(timestamp, str) else None


def begin_s(message: Message) -> float:
    """The start of a session, lap or event; minus infinity if it has no time."""
    start = epoch_s(message.get("start_time"))
    if start is not None:
        return start
    end = epoch_s(message.get("timestamp"))
    return -math.inf if end is None else end - (_total(message, "total_elapsed_time") or 0.0)


def lap_of(message: Message, cadence_factor: float) -> RecordedLap:
    """A lap; its cadence is multiplied by ``cadence_factor``."""
    return RecordedLap(epoch_s(message.get("start_time")), totals_of(message, cadence_factor))


def totals_of(message: Message, cadence_factor: float) -> Totals:
    """The totals of a session or lap; its cadence is multiplied by ``cadence_factor``.

    A heart rate or calories of zero are taken as not measured.
    """
    return Totals(
        distance_m=_total(message, "total_distance"),
        elapsed_s=_total(message, "total_elapsed_time"),
        timer_s=_total(message, "total_timer_time"),
        moving_s=_total(message, "total_moving_time"),
        elevation_gain_m=_total(message, "total_ascent"),
        elevation_low_m=_altitude(message, "min_altitude"),
        elevation_high_m=_altitude(message, "max_altitude"),
        avg_hr_bpm=_total(message, "avg_heart_rate") or None,
        max_hr_bpm=_total(message, "max_heart_rate") or None,
        avg_cadence_spm=_cadence(message, "avg", cadence_factor),
        max_cadence_spm=_cadence(message, "max", cadence_factor),
        avg_power_w=_total(message, "avg_power"),
        max_power_w=_total(message, "max_power"),
        temperature_c=_total(message, "avg_temperature"),
        calories_kcal=_total(message, "total_calories") or None,
    )


def _total(message: Message, name: str) -> float | None:
    value = message.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _altitude(message: Message, name: str) -> float | None:
    altitude_m = _total(message, f"enhanced_{name}")
    return altitude_m if altitude_m is not None and _MIN_ALTITUDE_M <= altitude_m <= _MAX_ALTITUDE_M else None


def _cadence(message: Message, prefix: str, cadence_factor: float) -> float | None:
    cadence = _total(message, f"{prefix}_cadence")
    if cadence is None:
        return None
    return (cadence + (_total(message, f"{prefix}_fractional_cadence") or 0.0)) * cadence_factor
