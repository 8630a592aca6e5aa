"""An account that holds original files: what Garmin and, through it, intervals.icu would list and hand out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from runcoach.errors import NotFoundError
from runcoach.sandbox.synthetic.outline import outline_of
from runcoach.sandbox.synthetic.plan import title_of
from runcoach.sources.fit.definitions import FIT_EPOCH_S
from runcoach.sources.fit.writer import ENUM, SINT32, UINT8, UINT16, UINT32, FitFile, MessageType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
    from runcoach.sandbox.synthetic.outline import Outline
    from runcoach.sandbox.synthetic.samples import Samples
    from runcoach.sandbox.synthetic.workouts import FloatArray

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

_TYPE_KEYS = {"Run": "running", "TrailRun": "trail_running", "Ride": "cycling", "Walk": "walking"}

OWNER_ID = 90_000_001
NAME = "Sandra Sand"


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """One activity of the account. ``content`` makes its file; None for one typed in by hand."""

    activity_id: int
    start_time_s: int
    name: str
    type_key: str = "running"
    utc_offset_s: int = 0
    is_race: bool = False
    distance_m: float | None = None
    duration_s: float | None = None
    source: str = "GARMIN_CONNECT"
    file_name: str = "ACTIVITY.fit"
    content: Callable[[], bytes] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Any]:
        """The activity as Garmin's list shows it."""
        return {
            "activityId": self.activity_id,
            "activityName": self.name,
            "description": None,
            "startTimeLocal": _clock_text(self.start_time_s + self.utc_offset_s),
            "startTimeGMT": _clock_text(self.start_time_s),
            "beginTimestamp": self.start_time_s * 1000,
            "activityType": {"typeId": 1, "typeKey": self.type_key},
            "eventType": {"typeId": 9, "typeKey": "race" if self.is_race else "uncategorized"},
            "isParent": False,
            "parentId": None,
            "distance": self.distance_m,
            "duration": self.duration_s,
            "elapsedDuration": self.duration_s,
            "ownerId": OWNER_ID,
            "privacy": {"typeId": 2, "typeKey": "public"},
            **self.extra,
        }


class PersonalAccount:
    """The activities behind one key; safe to use from several threads."""

    def __init__(self, key: str = "sandbox-garmin-key") -> None:
        self.key = key
        self._activities: dict[int, StoredActivity] = {}
        self._lock = threading.Lock()

    @classmethod
    def of_athlete(cls, athlete: SyntheticAthlete) -> PersonalAccount:
        """An account with every activity of a synthetic runner."""
        account = cls()
        for activity_id in athlete.activity_ids:
            account.add(_stored(athlete, activity_id))
        return account

    def add(self, activity: StoredActivity) -> None:
        """Upload an activity."""
        with self._lock:
            self._activities[activity.activity_id] = activity

    def edit(self, activity_id: int, **changes: Any) -> None:
        """Change fields of an activity, as its owner does on the website."""
        with self._lock:
            self._activities[activity_id] = replace(self._activities[activity_id], **changes)

    def delete(self, activity_id: int) -> None:
        """Delete an activity."""
        with self._lock:
            del self._activities[activity_id]

    def newest_first(self) -> list[StoredActivity]:
        """Every activity by start, newest first."""
        with self._lock:
            return sorted(
                self._activities.values(), key=lambda each: (each.start_time_s, each.activity_id), reverse=True
            )

    def get(self, activity_id: int) -> StoredActivity:
        """One activity; NotFoundError where there is none."""
        with self._lock:
            if activity_id not in self._activities:
                raise NotFoundError(f"the account has no activity {activity_id}")
            return self._activities[activity_id]


def _stored(athlete: SyntheticAthlete, activity_id: int) -> StoredActivity:
    plan = athlete.plan(activity_id)
    outline = outline_of(plan)

    def content() -> bytes:
        recorded, samples = athlete.recording(activity_id)
        if samples is None:
            raise NotFoundError(f"activity {activity_id} has no recording")
        return fit_activity(recorded, samples)

    return StoredActivity(
        activity_id,
        plan.start_time,
        title_of(plan),
        type_key="treadmill_running" if plan.indoor else _TYPE_KEYS.get(plan.sport, "other"),
        utc_offset_s=plan.utc_offset_s,
        is_race=plan.race_name is not None,
        distance_m=round(outline.stretches.distance_m, 2),
        duration_s=float(outline.stretches.elapsed_s),
        content=None if plan.manual else content,
    )


def _clock_text(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S")


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
