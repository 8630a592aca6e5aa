"""Types of a planned activity: kind, place, device and plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from runcoach.domain.sports import RUNNING


class RunKind(StrEnum):
    """The kind of session."""

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


#: Runs of these kinds often follow one of a few usual routes of about their length.
ON_USUAL_ROUTES = frozenset({RunKind.EASY, RunKind.TEMPO, RunKind.LONG})


class Mode(IntEnum):
    """The state of runner and watch during a stretch."""

    MOVING = 0
    STANDING = 1  # the watch goes on recording
    PAUSED = 2  # the watch has stopped: no samples
    SPIKE = 3  # the GPS position jumps away and back


@dataclass(frozen=True, slots=True)
class Device:
    """A watch or phone and what it records."""

    name: str
    heart_rate: bool = True
    cadence: bool = True
    temperature: bool = True
    power: bool = False
    smart_recording: bool = False  # a sample every few seconds instead of every second
    auto_pause: bool = False  # a stop pauses the recording


@dataclass(frozen=True, slots=True)
class Place:
    """A place to run: coordinates, IANA time zone, elevation and height of hills in metres, mean temperature."""

    name: str
    lat_deg: float
    lng_deg: float
    zone: str
    ground_m: float
    relief_m: float
    temperature_c: float


@dataclass(frozen=True, slots=True)
class Repetitions:
    """The fast part of an interval session; ``share`` is the speed as a share of that over 10 km."""

    count: int
    metres: int
    share: float
    jog_s: int


REPETITIONS = (
    Repetitions(6, 1000, 1.02, 120),
    Repetitions(10, 400, 1.10, 75),
    Repetitions(5, 1200, 1.01, 150),
    Repetitions(8, 600, 1.06, 90),
    Repetitions(3, 2000, 0.99, 180),
)


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """One planned activity; its samples are determined by it and its seed.

    ``start_time`` in epoch seconds; ``speed_10k_ms`` is the runner's 10 km race speed on that day. The last four fields
    are later edits by the athlete, None where there is none.
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
    def repetitions(self) -> Repetitions:
        """The repetitions of an interval session."""
        return REPETITIONS[(self.seed >> 8) % len(REPETITIONS)]

    @property
    def on_track(self) -> bool:
        """Whether it is run on a track."""
        return self.kind is RunKind.INTERVALS and self.seed >> 5 & 1 == 0

    @property
    def manual(self) -> bool:
        """Whether it was entered by hand: without streams."""
        return self.kind is RunKind.MANUAL

    @property
    def indoor(self) -> bool:
        """Whether it was indoors: without positions."""
        return self.kind is RunKind.TREADMILL


_SPORTS = {RunKind.TRAIL: "TrailRun", RunKind.RIDE: "Ride", RunKind.WALK: "Walk"}
