"""Local time of an activity: from its first position, else the device's offset, else this machine's zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from runcoach.domain.recording import Recording


def in_utc(recording: Recording) -> tuple[Recording, list[str]]:
    """A recording whose times have no zone, moved to UTC: they are the local time of the place. A note says so.

    Without a position they are the local time of this machine's zone.
    """
    has_samples = len(recording.streams) > 0
    first_s = float(recording.streams.time_s[0]) if has_samples else recording.start_time_s
    if not recording.is_zoneless or first_s is None:
        return recording, []
    zone = _zone_of(recording.streams)
    if zone is None:
        wall = datetime.fromtimestamp(first_s, UTC).replace(tzinfo=None)
        offset_s, name = wall.astimezone().utcoffset(), "this machine's zone"
    else:
        offset_s, name = datetime.fromtimestamp(first_s, UTC).replace(tzinfo=zone).utcoffset(), zone.key
    shift_s = 0.0 if offset_s is None else offset_s.total_seconds()
    return recording.shifted(-shift_s), [f"times have no zone: taken as local time, {name}"]


def local_time(start_time: int, streams: Streams | None, device_offset_s: int | None) -> tuple[int, str | None]:
    """``(utc_offset_s, timezone)`` at the start of an activity.

    Without a position the zone is None and the offset is the device's, or else that of this machine's zone at the time.
    """
    zone = None if streams is None else _zone_of(streams)
    if zone is not None:
        return _offset_s(zone, start_time), zone.key
    if device_offset_s is not None:
        return device_offset_s, None
    return time.localtime(start_time).tm_gmtoff, None


def offset_in(zone_name: str, start_time: int) -> int | None:
    """The offset of a zone from UTC at a time, in seconds; None for a name that is not a zone."""
    try:
        return _offset_s(ZoneInfo(zone_name), start_time)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _offset_s(zone: ZoneInfo, start_time: int) -> int:
    offset = datetime.fromtimestamp(start_time, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _zone_of(streams: Streams) -> ZoneInfo | None:
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    if lat is None or lng is None:
        return None
    known = np.flatnonzero(~np.isnan(lat))
    if not known.size:
        return None
    # Rounded to a hundredth of a degree (1 km) for the cache: most runs begin at the same few places.
    return _zone_at(round(float(lat[known[0]]), 2), round(float(lng[known[0]]), 2))


@lru_cache(maxsize=4096)
def _zone_at(lat_deg: float, lng_deg: float) -> ZoneInfo | None:
    try:
        from tzfpy import get_tz
    except ImportError:  # no wheel for this platform: use the device's offset
        return None
    try:
        return ZoneInfo(get_tz(lng_deg, lat_deg))
    except (ZoneInfoNotFoundError, ValueError):
        return None
