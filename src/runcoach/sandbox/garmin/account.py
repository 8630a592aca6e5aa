"""An account that holds original files: what Garmin and, through it, intervals.icu would list and hand out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.garmin.fit_writer import fit_activity
from runcoach.sandbox.synthetic.catalog import title_of
from runcoach.sandbox.synthetic.samples import outline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

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
        utc_offset_s=outline.utc_offset_s,
        is_race=plan.race_name is not None,
        distance_m=round(outline.stretches.distance_m, 2),
        duration_s=float(outline.stretches.elapsed_s),
        content=None if plan.manual else content,
    )


def _clock_text(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
