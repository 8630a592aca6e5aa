"""A planned activity: its kind, place, device, gear and title, with the ones that the synthetic runner has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

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


FIRST_WATCH = Device("Garmin Forerunner 235", smart_recording=True, temperature=False, auto_pause=True)
SECOND_WATCH = Device("COROS PACE 2", temperature=False)
LATEST_WATCH = Device("Garmin Forerunner 255", power=True, auto_pause=True)
PHONE = Device("Strava iPhone App", heart_rate=False, cadence=False, temperature=False)


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


HOME = Place("Freiburg", 47.9959, 7.8522, "Europe/Berlin", 278.0, 14.0, 12.0)
HILLS = Place("Schauinsland", 47.9121, 7.8990, "Europe/Berlin", 790.0, 110.0, 8.0)
SUMMER_TRIP = Place("New York", 40.7812, -73.9665, "America/New_York", 28.0, 11.0, 26.0)
WINTER_TRIP = Place("Kathmandu", 27.7172, 85.3240, "Asia/Kathmandu", 1310.0, 28.0, 14.0)


@dataclass(frozen=True, slots=True)
class Gear:
    """A pair of shoes or a bike, as entered on Strava."""

    gear_id: str
    name: str
    brand: str
    model: str
    nickname: str = ""
    retired: bool = False
    primary: bool = False
    description: str = ""

    @property
    def is_bike(self) -> bool:
        """Whether it is a bike, by its id."""
        return self.gear_id.startswith("b")


GEAR: tuple[Gear, ...] = (
    Gear("g11000001", "Asics Gel-Cumulus 24", "Asics", "Gel-Cumulus 24", "old blue", retired=True),
    Gear("g11000006", "Brooks Ghost 15", "Brooks", "Ghost 15", retired=True),
    Gear("g11000002", "Saucony Ride 16", "Saucony", "Ride 16", primary=True, description="Daily trainer."),
    Gear("g11000003", "Adidas Adizero Boston 12", "Adidas", "Adizero Boston 12", "fast ones 🚀"),
    Gear("g11000004", "Inov-8 Trailfly 270", "Inov-8", "Trailfly 270"),
    Gear("b11000005", "Stadtrad", "Diamant", "Topas", "Stadtrad"),
)


def find_gear(gear_id: str | None) -> Gear | None:
    """The gear with this id, or None."""
    return next((gear for gear in GEAR if gear.gear_id == gear_id), None)


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
    def local_start(self) -> datetime:
        """The start in local time."""
        return datetime.fromtimestamp(self.start_time, ZoneInfo(self.place.zone))

    @property
    def utc_offset_s(self) -> int:
        """Seconds that local time is ahead of UTC."""
        offset = self.local_start.utcoffset()
        return int(offset.total_seconds()) if offset else 0

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

_BY_HOUR = ((11, "Morning"), (14, "Lunch"), (18, "Afternoon"), (25, "Evening"))

#: Several contain markup of terminals and of HTML, quotes, commas, right-to-left text or emoji, to test escaping.
_TITLES: dict[RunKind, tuple[str, ...]] = {
    RunKind.EASY: (
        "Lockerer Dauerlauf",
        "Footing du matin ☀️",
        "Rodaje suave, 7 °C",
        "朝ラン 🌸",
        "Corsetta con Nico & Léa",
        "ריצת בוקר קלה",
        "Running in the rain 🌧️🌧️",
        "Recovery (very slow!)",
    ),
    RunKind.LONG: ("Langer Lauf am Fluss", "Sortie longue 🐢", "Long run, [bold]no gels[/bold]", "Fondo con viento 💨"),
    RunKind.TEMPO: ("Tempodauerlauf", 'Tempo <3 & "cruise"', "Allure semi 🔥", "Threshold; felt o.k."),
    RunKind.INTERVALS: (
        "Bahn: Intervalle",
        "Séance de VMA 🥵",
        "[6x1k] @ threshold",
        "Series en la pista",
        "Track Tuesday",
    ),
    RunKind.TRAIL: ("Schauinsland 🏔️", "Trail des crêtes", "Up, up, up… and down"),
    RunKind.TREADMILL: ("Laufband + Podcast", "Treadmill 😴", "Tapis roulant"),
    RunKind.GPS_SPIKE: ("Between the towers (GPS went mad)",),
    RunKind.MANUAL: ("Forgot the watch", "Lauf ohne Uhr", "Course oubliée"),
    RunKind.RIDE: ("Commute 🚲", "Feierabendrunde", "Sortie vélo"),
    RunKind.WALK: ("Spaziergang", "Evening walk with the dog 🐕"),
}

_DESCRIPTIONS = (
    None,
    None,
    None,
    "",
    "Legs heavy, head clear.",
    "Mit Anna und Tom. Danach Kuchen 🍰",
    "Plan: 10 km\nFait: 11 km\n\n« On verra demain »",
    "Watch slipped a bit, fine otherwise.",
    "膝は大丈夫。",
)


#: Titles that fit some activities only.
_OCCASIONS: dict[str, Callable[[ActivityPlan, datetime], bool]] = {
    "Footing du matin ☀️": lambda _, local: local.hour < 11 and 4 <= local.month <= 9,
    "朝ラン 🌸": lambda _, local: local.hour < 11 and 3 <= local.month <= 5,
    "ריצת בוקר קלה": lambda _, local: local.hour < 11,
    "Rodaje suave, 7 °C": lambda plan, local: local.month in {11, 12, 1, 2, 3} and plan.place == HOME,
    "Langer Lauf am Fluss": lambda plan, _: plan.place == HOME,
    "Schauinsland 🏔️": lambda plan, _: plan.place == HILLS,
    "Bahn: Intervalle": lambda plan, _: plan.on_track,
    "Series en la pista": lambda plan, _: plan.on_track,
    "Track Tuesday": lambda plan, local: plan.on_track and local.weekday() == 1,
    "[6x1k] @ threshold": lambda plan, _: plan.repetitions == REPETITIONS[0],
    "Feierabendrunde": lambda _, local: local.hour >= 17 and local.weekday() < 5,
    "Commute 🚲": lambda plan, local: local.weekday() < 5 and plan.place == HOME,
    "Evening walk with the dog 🐕": lambda plan, local: local.hour >= 17 and plan.place == HOME,
}


def title_of(plan: ActivityPlan) -> str:
    """The title; Strava's default title for about half of the easy runs, rides and walks."""
    if plan.name is not None:
        return plan.name
    if plan.race_name is not None:
        return plan.race_name
    local = plan.local_start
    titles = [each for each in _TITLES[plan.kind] if each not in _OCCASIONS or _OCCASIONS[each](plan, local)]
    if plan.is_run and (local.month, local.day) == (1, 1):
        return "New Year's Run 🎆"
    dice = plan.seed >> 16
    if not titles or (plan.kind in {RunKind.EASY, RunKind.RIDE, RunKind.WALK} and dice % 9 < 5):
        part = next(name for until, name in _BY_HOUR if local.hour < until)
        return f"{part} {plan.sport}"
    return titles[dice // 9 % len(titles)]


def description_of(plan: ActivityPlan) -> str | None:
    """The description, or None."""
    return _DESCRIPTIONS[(plan.seed >> 24) % len(_DESCRIPTIONS)]
