"""Local time of an activity: from its first position, else the device's offset, else this machine's zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams


def local_time(start_time: int, streams: Streams | None, device_offset_s: int | None) -> tuple[int, str | None]:
    """``(utc_offset_s, timezone)`` at the start of an activity.

    Without a position the zone is None and the offset is the device's, or else that of this machine's zone at the time.
    """
    zone = None if streams is None else _zone_of(streams)
    if zone is not None:
        offset = datetime.fromtimestamp(start_time, UTC).astimezone(zone).utcoffset()
        if offset is not None:
            return int(offset.total_seconds()), zone.key
    if device_offset_s is not None:
        return device_offset_s, None
    return time.localtime(start_time).tm_gmtoff, None


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
