"""The synthetic runner's account: a history generated from a seed, with later uploads, edits and deletions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.http_server import encode_json
from runcoach.sandbox.strava.resources import detail_of, gear_detail, gear_summary, profile_of, streams_of, summary_of
from runcoach.sandbox.strava.strava_metrics import laps_of
from runcoach.sandbox.synthetic.history import activity_id_at, training_history
from runcoach.sandbox.synthetic.outline import Outline
from runcoach.sandbox.synthetic.plan import LATEST_WATCH, ActivityPlan, RunKind, find_gear
from runcoach.sandbox.synthetic.samples import Samples, recording_of
from runcoach.sandbox.synthetic.season import place_on
from runcoach.sandbox.synthetic.workouts import stretches_of


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one activity; ``aspect`` is create, update or delete, as in a webhook event."""

    aspect: str
    activity_id: int
    private: bool
    updates: dict[str, str] = field(default_factory=dict)


class SyntheticAthlete:
    """Years of running, the same for the same arguments; safe to use from several threads.

    ``runs`` sets the exact number of runs (plus a few rides and walks), ``n_activities`` the exact number of
    activities; without either, the history spans ``years`` at about ``per_week`` runs a week. The newest activity is
    on the day before ``today``. Samples are generated on demand.
    """

    athlete_id = 134_815_001

    def __init__(
        self,
        seed: int = 1,
        today: date | None = None,
        *,
        years: float = 3.0,
        per_week: float = 4.0,
        runs: int | None = None,
        n_activities: int | None = None,
    ) -> None:
        self._lock = threading.RLock()
        day = today or datetime.now(UTC).date()
        history = training_history(seed, day, years=years, per_week=per_week, runs=runs, activities=n_activities)
        self._plans = _newest_first(history)
        self._summaries: dict[int, bytes] = {}
        self._lengths: dict[int, float] = {}
        self.on_change: list[Callable[[Change], None]] = []

    def __len__(self) -> int:
        return len(self._plans)

    @property
    def activity_ids(self) -> list[int]:
        """The ids of all activities, private ones included, newest first."""
        with self._lock:
            return list(self._plans)

    def plan(self, activity_id: int) -> ActivityPlan:
        """The plan of an activity; NotFoundError for an unknown id."""
        with self._lock:
            if activity_id not in self._plans:
                raise NotFoundError(f"the sandbox has no activity {activity_id}")
            return self._plans[activity_id]

    def page(
        self, *, before: int | None, after: int | None, page: int, per_page: int, with_private: bool
    ) -> list[bytes]:
        """One page of encoded summaries: newest first, or oldest first with ``after``."""
        with self._lock:
            ids = [
                plan.activity_id
                for plan in self._plans.values()
                if (before is None or plan.start_time < before)
                and (after is None or plan.start_time > after)
                and (with_private or not plan.private)
            ]
            first = (page - 1) * per_page
            if after is not None:
                ids.reverse()
            return [self._summary(activity_id) for activity_id in ids[first : first + per_page]]

    def _summary(self, activity_id: int) -> bytes:
        if activity_id not in self._summaries:
            outline = Outline(self._plans[activity_id])
            self._lengths[activity_id] = outline.stretches.distance_m
            self._summaries[activity_id] = encode_json(summary_of(outline, self.athlete_id))
        return self._summaries[activity_id]

    def detail(self, activity_id: int) -> dict[str, Any]:
        """The detailed activity; NotFoundError for an unknown id."""
        outline, samples = self.recording(activity_id)
        gear = find_gear(outline.plan.gear_id)
        worn = None if gear is None else gear_summary(gear, self._gear_distance_m(gear.gear_id))
        return detail_of(outline, samples, self.athlete_id, worn)

    def laps(self, activity_id: int) -> list[dict[str, Any]]:
        """Its laps; [] for a manual activity."""
        outline, samples = self.recording(activity_id)
        return [] if samples is None else laps_of(outline.plan, samples, self.athlete_id)

    def streams(self, activity_id: int, keys: Collection[str]) -> dict[str, dict[str, Any]] | None:
        """The requested streams by name; None for a manual activity."""
        _, samples = self.recording(activity_id)
        return None if samples is None else streams_of(samples, keys)

    def recording(self, activity_id: int) -> tuple[Outline, Samples | None]:
        """Outline and samples of an activity; None for a manual one."""
        return recording_of(self.plan(activity_id))

    def profile(self, *, in_full: bool) -> dict[str, Any]:
        """The athlete: a summary, or in full with the scope ``profile:read_all``."""
        return profile_of(self.athlete_id, self._gear_distance_m if in_full else None)

    def gear(self, gear_id: str) -> dict[str, Any] | None:
        """A pair of shoes or a bike; None for an unknown id."""
        gear = find_gear(gear_id)
        return None if gear is None else gear_detail(gear, self._gear_distance_m(gear_id))

    def _gear_distance_m(self, gear_id: str) -> float:
        """Total distance with this gear; the first call sums the whole history."""
        with self._lock:
            for activity_id, plan in self._plans.items():
                if activity_id not in self._lengths:
                    self._lengths[activity_id] = stretches_of(plan).distance_m
            return sum(self._lengths[plan.activity_id] for plan in self._plans.values() if plan.gear_id == gear_id)

    def add_run(
        self,
        *,
        start_time: int,
        uploaded_at: int,
        kind: RunKind = RunKind.EASY,
        distance_m: float = 8000.0,
        name: str | None = None,
        private: bool = False,
    ) -> int:
        """Upload an activity with any start time; its new id."""
        with self._lock:
            activity_id = max([activity_id_at(max(start_time, uploaded_at)), *(each + 1 for each in self._plans)])
            plans = list(self._plans.values())
            later = [plan for plan in plans if plan.start_time >= start_time] or plans[:1]
            plan = ActivityPlan(
                activity_id=activity_id,
                seed=activity_id * 2_654_435_761 % 2**48,
                kind=kind,
                start_time=start_time,
                place=place_on(datetime.fromtimestamp(start_time, UTC).date()),
                device=LATEST_WATCH,
                speed_10k_ms=later[-1].speed_10k_ms if later else 3.6,
                distance_m=distance_m,
                gear_id="g11000002",
                private=private,
                name=name,
            )
            self._plans = _newest_first([*plans, plan])
        self._notify(Change("create", activity_id, private))
        return activity_id

    def edit(
        self,
        activity_id: int,
        *,
        name: str | None = None,
        sport_type: str | None = None,
        private: bool | None = None,
        distance_m: float | None = None,
        cropped_s: int | None = None,
    ) -> None:
        """Change an activity; None leaves a field unchanged. NotFoundError for an unknown id.

        ``distance_m`` corrects the distance, ``cropped_s`` keeps only the first seconds. As on Strava, there are
        webhook events of new titles, sports and privacy only.
        """
        edits: dict[str, Any] = {"name": name, "sport_type": sport_type, "private": private}
        edits |= {"new_distance_m": distance_m, "cropped_s": cropped_s}
        with self._lock:
            given = {key: value for key, value in edits.items() if value is not None}
            self._plans[activity_id] = replace(self.plan(activity_id), **given)
            self._drop_cached(activity_id)
        changes = {"title": name, "type": sport_type, "private": None if private is None else str(private).lower()}
        updates = {key: value for key, value in changes.items() if value is not None}
        if updates:
            self._notify(Change("update", activity_id, self.plan(activity_id).private, updates))

    def delete(self, activity_id: int) -> None:
        """Delete an activity; NotFoundError for an unknown id."""
        with self._lock:
            plan = self.plan(activity_id)
            del self._plans[activity_id]
            self._drop_cached(activity_id)
        self._notify(Change("delete", activity_id, plan.private))

    def _drop_cached(self, activity_id: int) -> None:
        self._summaries.pop(activity_id, None)
        self._lengths.pop(activity_id, None)

    def _notify(self, change: Change) -> None:
        for listener in self.on_change:
            listener(change)


def _newest_first(plans: list[ActivityPlan]) -> dict[int, ActivityPlan]:
    ordered = sorted(plans, key=lambda plan: (plan.start_time, plan.activity_id), reverse=True)
    return {plan.activity_id: plan for plan in ordered}
