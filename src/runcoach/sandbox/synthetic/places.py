"""Where the synthetic runner runs and which devices and shoes it has; constants and clocks only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from runcoach.sandbox.synthetic.plan import Device, Place

HOME = Place("Freiburg", 47.9959, 7.8522, "Europe/Berlin", 278.0, 14.0, 12.0)
HILLS = Place("Schauinsland", 47.9121, 7.8990, "Europe/Berlin", 790.0, 110.0, 8.0)
SUMMER_TRIP = Place("New York", 40.7812, -73.9665, "America/New_York", 28.0, 11.0, 26.0)
WINTER_TRIP = Place("Kathmandu", 27.7172, 85.3240, "Asia/Kathmandu", 1310.0, 28.0, 14.0)

#: From the first watch to the latest; the last one is the phone that stands in when the watch is empty.
FIRST_WATCH = Device("Garmin Forerunner 235", smart_recording=True, temperature=False, auto_pause=True)
SECOND_WATCH = Device("COROS PACE 2", temperature=False)
LATEST_WATCH = Device("Garmin Forerunner 255", power=True, auto_pause=True)
PHONE = Device("Strava iPhone App", heart_rate=False, cadence=False, temperature=False)

_STANDARD_DAY = datetime(2025, 1, 15, tzinfo=UTC)


def place_on(day: date) -> Place:
    """Where the runner is that day: two weeks of July and the turn of the year are spent abroad."""
    if day.month == 7 and 14 <= day.day <= 27:
        return SUMMER_TRIP
    if (day.month == 12 and day.day >= 27) or (day.month == 1 and day.day <= 4):
        return WINTER_TRIP
    return HOME


def start_time(day: date, minute: int, zone: str) -> int:
    """Seconds since 1970 of a minute of a local day; a minute that the clocks skip is the one an hour later."""
    local = datetime(day.year, day.month, day.day, tzinfo=_zone(zone)) + timedelta(minutes=minute)
    return int(local.timestamp())


def utc_offset_s(start: int, zone: str) -> int:
    """Seconds that local clocks are ahead of UTC at that moment, summer time included."""
    offset = datetime.fromtimestamp(start, _zone(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


@cache
def timezone_label(zone: str) -> str:
    """As Strava writes a time zone: with its standard offset, whatever the season, ``(GMT+01:00) Europe/Berlin``."""
    offset = _STANDARD_DAY.astimezone(_zone(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"(GMT{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}) {zone}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
