"""Values of a comparison: one effort or split of ours and of Strava's, and the cause of their difference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DifferenceCause(StrEnum):
    """The cause of a difference between two figures."""

    EQUAL = "equal"  # to the second
    ROUNDING = "rounding"  # a second apart at most
    OTHER_LENGTH = "other_length"  # measured over other metres; over the same ones they agree
    PAUSE = "pause"  # one counts a rest that the other leaves out
    SUSPECT = "suspect"  # the recording is broken there, or the effort was ignored by hand
    EDITED = "edited"  # cropped or corrected on Strava: its totals are not those of the samples
    INDOOR = "indoor"  # without positions Strava reports no efforts
    NOT_REPORTED = "not_reported"  # Strava has none over that distance, or none for that run
    NO_STREAMS = "no_streams"  # there are no samples here to compute it from
    UNEXPLAINED = "unexplained"

    @property
    def label(self) -> str:
        """In words."""
        return {"edited": "edited on Strava", "no_streams": "no samples"}.get(self, self.replace("_", " "))


@dataclass(frozen=True, slots=True)
class ReportedEffort:
    """A best effort as Strava reports it: ``elapsed_s`` over ``length_m``."""

    name: str
    length_m: float
    elapsed_s: int


@dataclass(frozen=True, slots=True)
class EffortPair:
    """A best effort here and on Strava, in whole seconds; None on the side that has none, and then for the difference.

    ``name`` is Strava's where it has one. ``distance_m`` is the label that it ranks by here, None where it does not.
    ``length_m`` is the distance measured here, or else by Strava. ``difference_s`` is how much longer it takes here,
    ``note`` what the explanation rests on.
    """

    name: str
    distance_m: int | None
    length_m: float
    ours_s: int | None
    ours_exact_s: float | None
    theirs_s: int | None
    difference_s: int | None
    explanation: DifferenceCause
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SplitPair:
    """A kilometre computed here from the samples and as Strava reports it; None on the side that has none.

    They are compared by elapsed time and distance. Time in motion (``moving``) is listed too: without Strava's own
    record of it, which not every run has, it is a matter of judgement.
    """

    km: int
    ours_m: float | None
    theirs_m: float | None
    ours_s: int | None
    theirs_s: int | None
    difference_s: int | None
    ours_moving_s: int | None
    theirs_moving_s: int | None
    explanation: DifferenceCause
    note: str | None = None
