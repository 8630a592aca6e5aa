"""What one activity of the synthetic runner is meant to be, before any sample exists; nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from runcoach.domain.sports import RUNNING


class RunKind(StrEnum):
    """The session a runner would say it was."""

    EASY = "easy"
    LONG = "long"
    TEMPO = "tempo"
    INTERVALS = "intervals"
    RACE = "race"
    TRAIL = "trail"
    TREADMILL = "treadmill"
    GPS_SPIKE = "gps spike"
    MANUAL = "manual"
    RIDE = "ride"
    WALK = "walk"


class Mode(IntEnum):
    """What the runner and the watch do during one stretch."""

    MOVING = 0
    STANDING = 1  # the watch goes on recording
    PAUSED = 2  # the watch has stopped: no samples
    SPIKE = 3  # the position jumps away and back while the runner goes on


@dataclass(frozen=True, slots=True)
class Device:
    """A watch or phone and what it records."""

    name: str
    heart_rate: bool = True
    cadence: bool = True
    temperature: bool = True
    power: bool = False
    smart_recording: bool = False  # a sample every few seconds instead of every second
    auto_pause: bool = False  # a red light stops the recording


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to run: coordinates, IANA time zone, height of the ground and of its hills in metres."""

    name: str
    lat_deg: float
    lng_deg: float
    zone: str
    ground_m: float
    relief_m: float
    temperature_c: float


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """One activity in outline; everything else follows from it and its seed.

    ``start_time`` is in seconds since 1970, UTC; ``speed_10k_ms`` is the speed that the runner could race 10 km at on
    that day. The last block holds what the athlete changed afterwards: None where nothing was.
    """

    activity_id: int
    seed: int
    kind: RunKind
    start_time: int
    place: Place
    device: Device
    speed_10k_ms: float
    distance_m: float
    gear_id: str | None = None
    private: bool = False
    race_name: str | None = None
    name: str | None = None
    sport_type: str | None = None
    new_distance_m: float | None = None
    cropped_s: int | None = None

    @property
    def sport(self) -> str:
        """Strava's ``sport_type``."""
        return self.sport_type or _SPORTS.get(self.kind, "Run")

    @property
    def is_run(self) -> bool:
        """Whether it counts as running."""
        return self.sport in RUNNING

    @property
    def manual(self) -> bool:
        """Whether it was typed in rather than recorded: it has no streams."""
        return self.kind is RunKind.MANUAL

    @property
    def indoor(self) -> bool:
        """Whether it has no positions because there were none to record."""
        return self.kind is RunKind.TREADMILL


_SPORTS = {RunKind.TRAIL: "TrailRun", RunKind.RIDE: "Ride", RunKind.WALK: "Walk"}
