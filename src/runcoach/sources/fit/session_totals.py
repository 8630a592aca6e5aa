"""The figures that a FIT session or lap states of itself, and the times that its messages carry."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcoach.domain.recording import RecordedLap, Totals

if TYPE_CHECKING:
    from runcoach.sources.fit.decoder import Message

#: No land is lower or higher; what watches write beyond means that they did not know.
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0


def epoch_s(stamp: object) -> float | None:
    """Seconds since 1970 of a decoded time; None where there is none."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() if isinstance(stamp, str) else None


def begin_s(message: Message) -> float:
    """When a session, lap or event began, as far as it says; minus infinity where it says nothing."""
    start = epoch_s(message.get("start_time"))
    if start is not None:
        return start
    end = epoch_s(message.get("timestamp"))
    return -math.inf if end is None else end - (_figure(message, "total_elapsed_time") or 0.0)


def lap_of(message: Message, steps: float) -> RecordedLap:
    """A lap; ``steps`` is what its cadence is multiplied by."""
    return RecordedLap(epoch_s(message.get("start_time")), totals_of(message, steps))


def totals_of(message: Message, steps: float) -> Totals:
    """The figures of a session or lap; ``steps`` is what its cadence is multiplied by.

    A heart rate or calories of nought mean that they were not measured.
    """
    return Totals(
        distance_m=_figure(message, "total_distance"),
        elapsed_s=_figure(message, "total_elapsed_time"),
        timer_s=_figure(message, "total_timer_time"),
        moving_s=_figure(message, "total_moving_time"),
        elevation_gain_m=_figure(message, "total_ascent"),
        elevation_low_m=_altitude(message, "min_altitude"),
        elevation_high_m=_altitude(message, "max_altitude"),
        avg_hr_bpm=_figure(message, "avg_heart_rate") or None,
        max_hr_bpm=_figure(message, "max_heart_rate") or None,
        avg_cadence_spm=_cadence(message, "avg", steps),
        max_cadence_spm=_cadence(message, "max", steps),
        avg_power_w=_figure(message, "avg_power"),
        max_power_w=_figure(message, "max_power"),
        temperature_c=_figure(message, "avg_temperature"),
        calories_kcal=_figure(message, "total_calories") or None,
    )


def _figure(message: Message, name: str) -> float | None:
    value = message.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _altitude(message: Message, name: str) -> float | None:
    height = _figure(message, f"enhanced_{name}")
    return height if height is not None and _LOWEST_M <= height <= _HIGHEST_M else None


def _cadence(message: Message, which: str, steps: float) -> float | None:
    cycles = _figure(message, f"{which}_cadence")
    if cycles is None:
        return None
    return (cycles + (_figure(message, f"{which}_fractional_cadence") or 0.0)) * steps
