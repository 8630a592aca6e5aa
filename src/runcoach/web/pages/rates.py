"""How fast, as each sport states it: pace on foot, pace per 100 m or yards in water, speed otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runcoach.domain.distances import METRES_PER_YARD
from runcoach.domain.sports import ON_FOOT
from runcoach.domain.units import Units, format_duration


@dataclass(frozen=True, slots=True)
class Rate:
    """``kind`` is ``pace``, ``swim`` or ``speed``, ``title`` its name, ``unit`` what follows the number.

    In templates: ``{{ rate.text(seconds_per_km) }} {{ rate.unit }}``.
    """

    kind: str
    units: Units

    @property
    def title(self) -> str:
        """``Pace`` or ``Speed``."""
        return "Speed" if self.kind == "speed" else "Pace"

    @property
    def unit(self) -> str:
        """``/km``, ``/100 m`` or ``km/h``, or what corresponds to them in imperial units."""
        is_imperial = self.units is Units.IMPERIAL
        if self.kind == "speed":
            return "mph" if is_imperial else "km/h"
        if self.kind == "swim":
            return "/100 yd" if is_imperial else "/100 m"
        return f"/{self.units.distance}"

    @property
    def factor(self) -> float:
        """What scripts multiply seconds per kilometre (pace) or metres per second (speed) with."""
        if self.kind == "speed":
            return 3600.0 / self.units.metres
        if self.kind == "swim":
            return 100.0 * (METRES_PER_YARD if self.units is Units.IMPERIAL else 1.0) / 1000.0
        return self.units.metres / 1000.0

    def text(self, sec_per_km: float | None) -> str:
        """Without the unit; an en dash where there is none."""
        if not sec_per_km:
            return "–"
        if self.kind == "speed":
            return f"{1000.0 / sec_per_km * self.factor:.1f}"
        return format_duration(sec_per_km * self.factor)

    def of(self, row: Mapping[str, Any]) -> str:
        """The average of an activity, given its columns, without the unit."""
        return self.text(average_sec_per_km(row))


def rate_of(sport_type: str, units: Units) -> Rate:
    """How fast is stated for a sport."""
    return Rate("pace" if sport_type in ON_FOOT else "swim" if sport_type == "Swim" else "speed", units)


def average_sec_per_km(row: Mapping[str, Any]) -> float | None:
    """Moving time per kilometre of an activity of any sport; None without distance or moving time."""
    if row["avg_pace_sec_per_km"]:
        return float(row["avg_pace_sec_per_km"])
    if not row["distance_m"] or not row["moving_time_sec"]:
        return None
    return float(row["moving_time_sec"] / row["distance_m"] * 1000.0)
