"""Formats numbers, dates and names for the pages."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

from runcoach.domain.distances import distance_title
from runcoach.domain.units import Units, format_distance, format_duration, format_elevation, format_pace
from runcoach.domain.windows import local_today


@dataclass(frozen=True, slots=True)
class Formatter:
    """In templates: ``{{ fmt.pace(seconds) }}``; a missing value is an en dash."""

    units: Units

    @property
    def distance_unit(self) -> str:
        """``km`` or ``mi``."""
        return self.units.distance

    @property
    def climb_unit(self) -> str:
        """``m`` or ``ft``."""
        return "ft" if self.units is Units.IMPERIAL else "m"

    def distance(self, metres: float | None, digits: int = 2) -> str:
        """Without the unit."""
        return format_distance(metres, self.units, digits)

    def pace(self, sec_per_km: float | None) -> str:
        """``4:05``, without the unit."""
        return format_pace(sec_per_km, self.units)

    def duration(self, seconds: float | None) -> str:
        """``1:23:45``."""
        return format_duration(seconds)

    def hours(self, seconds: float | None) -> str:
        """``5 h 12 min``, for sums; whole hours from 100 on."""
        if seconds is None:
            return "–"
        hours, minutes = divmod(round(seconds / 60), 60)
        if hours >= 100:
            return f"{round(seconds / 3600)} h"
        return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"

    def number(self, value: float, digits: int = 0) -> str:
        """``−8.0``, with a minus sign instead of a hyphen; never ``−0``."""
        return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")

    def signed(self, value: float, digits: int = 0) -> str:
        """``+2.0`` or ``−8.0``, ``0.0`` without a sign."""
        return "+" * (round(value, digits) > 0) + self.number(value, digits)

    def climb(self, metres: float | None) -> str:
        """With the unit."""
        return format_elevation(metres, self.units)

    def effort(self, distance_m: int) -> str:
        """The name of a distance: ``400 m``, ``1 mile``, ``Half marathon``."""
        title = distance_title(distance_m)
        return "Half marathon" if title == "Half" else title

    def sport(self, sport_type: str) -> str:
        """``Trail run`` for ``TrailRun``."""
        if sport_type == "WeightTraining":
            return "Weights"
        spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in sport_type).strip()
        return spaced[:1].upper() + spaced[1:]

    def day(self, local: str | date, *, year: bool = True) -> str:
        """``Sat 14 Nov 2026``."""
        on = date.fromisoformat(str(local))
        return f"{on:%a} {on.day} {on:%b}{f' {on.year}' if year else ''}"

    def month_name(self, number: int) -> str:
        """``Nov`` for 11."""
        return calendar.month_abbr[number]

    def short_day(self, local: str | date) -> str:
        """``14 Nov``."""
        on = date.fromisoformat(str(local))
        return f"{on.day} {on:%b}"

    def recent_day(self, local: str | date) -> str:
        """``14 Nov``, with the year if it is not this one."""
        year = str(local)[:4]
        return self.short_day(local) + ("" if year == str(local_today().year) else f" {year}")

    def month(self, month: str | date) -> str:
        """``November 2026`` for ``2026-11``, or for a day."""
        return f"{calendar.month_name[int(str(month)[5:7])]} {str(month)[:4]}"

    def clock(self, start_time: int, utc_offset_s: int) -> str:
        """``07:12``, local time of the activity."""
        return datetime.fromtimestamp(start_time + utc_offset_s, UTC).strftime("%H:%M")

    def moment(self, at: float | None) -> str:
        """``14 Nov, 07:12`` by this machine's clock, with the year if it is not this one."""
        if at is None:
            return "–"
        then = datetime.fromtimestamp(at).astimezone()
        year = "" if then.year == datetime.fromtimestamp(time.time()).astimezone().year else f" {then.year}"
        return f"{then.day} {then:%b}{year}, {then:%H:%M}"

    def date_of(self, at: float) -> date:
        """The date of a time by this machine's clock."""
        return datetime.fromtimestamp(at).astimezone().date()

    def iso(self, at: float) -> str:
        """For ``<time datetime>``."""
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
