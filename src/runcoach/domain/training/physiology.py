"""What loads and zones are computed with: maximum, resting and threshold heart rate, zones, threshold pace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sex(StrEnum):
    """Whose coefficients TRIMP uses."""

    MALE = "male"
    FEMALE = "female"


class Origin(StrEnum):
    """Where a figure comes from."""

    SET = "set"  # by the runner
    GARMIN = "garmin"
    ESTIMATE = "estimate"  # from the runner's own data
    ASSUMED = "assumed"  # from the literature, nothing of the runner's


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its origin; ``note`` says in a clause how an estimate was made."""

    value: float
    origin: Origin
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Zones:
    """Five zones: ``lower_bpm`` are the lowest heart rates of zones 2 to 5; zone 1 is everything below."""

    lower_bpm: tuple[int, int, int, int]
    origin: Origin
    note: str | None = None

    def number(self, bpm: float) -> int:
        """The zone, 1 to 5, of a heart rate."""
        return 1 + sum(bpm >= lower for lower in self.lower_bpm)


@dataclass(frozen=True, slots=True)
class Physiology:
    """The figures of one runner; None where neither the runner nor the data tell."""

    rest_bpm: Figure
    sex: Sex = Sex.MALE
    max_bpm: Figure | None = None
    threshold_bpm: Figure | None = None
    threshold_sec_per_km: Figure | None = None
    zones: Zones | None = None

    def settled(self) -> dict[str, object]:
        """The values that loads depend on, without their origins, as plain JSON values."""
        figures = (self.rest_bpm, self.max_bpm, self.threshold_bpm, self.threshold_sec_per_km)
        return {
            "figures": [None if figure is None else figure.value for figure in figures],
            "sex": self.sex.value,
            "zones": None if self.zones is None else list(self.zones.lower_bpm),
        }
