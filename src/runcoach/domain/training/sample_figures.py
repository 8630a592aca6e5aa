"""The figures of an activity that are computed from its samples where it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.training.activity_analytics import ActivityAnalytics
    from runcoach.domain.training.route_track import RouteTrack


@dataclass(frozen=True, slots=True)
class SampleFigures:
    """What follows from an activity's samples if it is of ``sport_type``; ``track`` is None where it has no route."""

    sport_type: str
    analytics: ActivityAnalytics
    track: RouteTrack | None
