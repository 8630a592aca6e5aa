"""Writes a recording as a FIT activity file, as a watch would have uploaded it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runcoach.sources.fit.writer import ENUM, FIT_EPOCH_S, SINT32, UINT8, UINT16, UINT32, FitFile, MessageType

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.routes import FloatArray
    from runcoach.sandbox.synthetic.samples import Outline, Samples

_SEMICIRCLES = 2**31 / 180.0

_FILE_ID = MessageType(0, ((0, ENUM), (1, UINT16), (2, UINT16), (4, UINT32)))
_EVENT = MessageType(21, ((253, UINT32), (0, ENUM), (1, ENUM)))
_RECORD = MessageType(
    20, ((253, UINT32), (5, UINT32), (0, SINT32), (1, SINT32), (78, UINT32), (73, UINT32), (3, UINT8), (4, UINT8))
)
_SESSION = MessageType(18, ((253, UINT32), (2, UINT32), (7, UINT32), (8, UINT32), (9, UINT32), (5, ENUM), (6, ENUM)))

_ACTIVITY_FILE, _GARMIN, _FORERUNNER = 4, 1, 3113
_TIMER, _START, _STOP_ALL = 0, 0, 4
_SPORTS = {"Run": (1, 0), "TrailRun": (1, 3), "VirtualRun": (1, 58), "Ride": (2, 0), "Walk": (11, 0)}
_TREADMILL = 1


def fit_activity(outline: Outline, samples: Samples) -> bytes:
    """The FIT file of a recorded activity: file_id, timer events, records and one session."""
    plan, file = outline.plan, FitFile()
    start = plan.start_time - FIT_EPOCH_S
    end = start + int(samples.time_s[-1])
    file.add(_FILE_ID, (_ACTIVITY_FILE, _GARMIN, _FORERUNNER, start))
    file.add(_EVENT, (start, _TIMER, _START))
    channel = samples.channels.get
    columns = (
        start + samples.time_s,
        _scaled(samples.distance_m, 100.0),
        _scaled(channel("lat"), _SEMICIRCLES),
        _scaled(channel("lng"), _SEMICIRCLES),
        _scaled(channel("altitude"), 5.0, 500.0),
        _scaled(channel("velocity_smooth"), 1000.0),
        _scaled(channel("heartrate"), 1.0),
        _scaled(channel("cadence"), 1.0),
    )
    file.add_rows(_RECORD, columns)
    file.add(_EVENT, (end, _TIMER, _STOP_ALL))
    sport, sub_sport = _SPORTS.get(plan.sport, (0, 0))
    elapsed_ms = int(samples.time_s[-1]) * 1000
    distance_cm = round(float(samples.distance_m[-1]) * 100)
    sub_sport = _TREADMILL if plan.indoor else sub_sport
    file.add(_SESSION, (end, start, elapsed_ms, elapsed_ms, distance_cm, sport, sub_sport))
    return file.content()


def _scaled(values: FloatArray | None, scale: float, offset: float = 0.0) -> npt.NDArray[np.int64] | None:
    return None if values is None else np.rint((values + offset) * scale).astype(np.int64)
