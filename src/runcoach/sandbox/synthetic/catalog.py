"""The synthetic runner's places, devices, gear, titles and races."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from runcoach.sandbox.synthetic.plan import REPETITIONS, ActivityPlan, Device, Place, Repetitions, RunKind

HOME = Place("Freiburg", 47.9959, 7.8522, "Europe/Berlin", 278.0, 14.0, 12.0)
HILLS = Place("Schauinsland", 47.9121, 7.8990, "Europe/Berlin", 790.0, 110.0, 8.0)
SUMMER_TRIP = Place("New York", 40.7812, -73.9665, "America/New_York", 28.0, 11.0, 26.0)
WINTER_TRIP = Place("Kathmandu", 27.7172, 85.3240, "Asia/Kathmandu", 1310.0, 28.0, 14.0)

FIRST_WATCH = Device("Garmin Forerunner 235", smart_recording=True, temperature=False, auto_pause=True)
SECOND_WATCH = Device("COROS PACE 2", temperature=False)
LATEST_WATCH = Device("Garmin Forerunner 255", power=True, auto_pause=True)
PHONE = Device("Strava iPhone App", heart_rate=False, cadence=False, temperature=False)

_STANDARD_TIME = datetime(2025, 1, 15, tzinfo=UTC)


def place_on(day: date) -> Place:
    """The place on a day: abroad in two weeks of July and at the turn of the year."""
    if day.month == 7 and 14 <= day.day <= 27:
        return SUMMER_TRIP
    if (day.month == 12 and day.day >= 27) or (day.month == 1 and day.day <= 4):
        return WINTER_TRIP
    return HOME


def start_time(day: date, minute: int, zone: str) -> int:
    """Epoch seconds of a minute of a local day; a minute skipped by daylight saving is one hour later."""
    local = datetime(day.year, day.month, day.day, tzinfo=_zone(zone)) + timedelta(minutes=minute)
    return int(local.timestamp())


def utc_offset_s(start: int, zone: str) -> int:
    """Seconds that local time is ahead of UTC at that instant."""
    offset = datetime.fromtimestamp(start, _zone(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


@cache
def timezone_label(zone: str) -> str:
    """A time zone as Strava writes it, always with its standard offset: ``(GMT+01:00) Europe/Berlin``."""
    offset = _STANDARD_TIME.astimezone(_zone(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"(GMT{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}) {zone}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


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

    def summary(self, distance_m: float) -> dict[str, Any]:
        """Its JSON in an activity's detail (``resource_state`` 2)."""
        return {
            "id": self.gear_id,
            "primary": self.primary,
            "name": self.name,
            "nickname": self.nickname,
            "resource_state": 2,
            "retired": self.retired,
            "distance": round(distance_m),
            "converted_distance": round(distance_m / 1000, 1),
        }

    def detail(self, distance_m: float) -> dict[str, Any]:
        """Its JSON at ``/gear/{id}`` (``resource_state`` 3)."""
        extra = {"frame_type": 3, "weight": 11.0} if self.is_bike else {"notification_distance": 0}
        named = {"brand_name": self.brand, "model_name": self.model, "description": self.description}
        return self.summary(distance_m) | {"resource_state": 3} | named | extra


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


def gear_for(kind: RunKind, when: float, chance: float) -> str | None:
    """The gear of an activity; ``when`` from 0 (first day) to 1 (last), ``chance`` a random number below 1."""
    if kind is RunKind.RIDE:
        return "b11000005"
    if kind in {RunKind.WALK, RunKind.MANUAL}:
        return None
    if kind is RunKind.TRAIL:
        return "g11000004"
    if kind in {RunKind.RACE, RunKind.TEMPO, RunKind.INTERVALS} and when > 0.3:
        return "g11000003"
    # A new pair takes turns with the old one for some weeks.
    return next(gear_id for until, gear_id in _DAILY_SHOES if when + 0.06 * (chance - 0.5) <= until)


#: Shoes of everyday runs, each until its part of the history ends.
_DAILY_SHOES = ((0.34, "g11000001"), (0.68, "g11000006"), (2.0, "g11000002"))

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


@dataclass(frozen=True, slots=True)
class RaceEvent:
    """A race that is held in one week of each year; ``weekday`` is 0 for Monday, ``metres`` the official distance."""

    week: int
    metres: int
    name: str
    weekday: int = 6


RACES = (
    RaceEvent(11, 10_000, "Stadtlauf 10 km"),
    RaceEvent(15, 21_097, "Old Bridge Half Marathon"),
    RaceEvent(20, 5_000, "Parklauf 5 km", weekday=5),
    RaceEvent(24, 10_000, "10 km des remparts"),
    RaceEvent(34, 5_000, "Parklauf 5 km", weekday=5),
    RaceEvent(37, 21_097, "Seehalbmarathon"),
    RaceEvent(41, 42_195, "Lakeside Marathon"),
    RaceEvent(46, 10_000, "Harbour 10K"),
    RaceEvent(50, 5_000, "Corrida de Noël 🎅", weekday=5),
)
_ULTRA = RaceEvent(33, 50_000, "Ultra des crêtes 50 km")  # in leap years


@cache
def race_in(monday: date) -> RaceEvent | None:
    """The race in the week that begins on ``monday``, or None."""
    year, week, _ = monday.isocalendar()
    if week == _ULTRA.week and year % 4 == 0:
        return _ULTRA
    return next((race for race in RACES if race.week == week), None)


@dataclass(frozen=True, slots=True)
class _Occasion:
    """What a title fits; None fits everything, ``hours`` and ``months`` are those of local time."""

    hours: range = range(24)
    months: frozenset[int] = frozenset(range(1, 13))
    weekdays: range = range(7)
    place: Place | None = None
    on_track: bool = False
    repetitions: Repetitions | None = None

    def fits(self, plan: ActivityPlan, local: datetime) -> bool:
        """Whether a run at this local time is such an occasion."""
        return (
            local.hour in self.hours
            and local.month in self.months
            and local.weekday() in self.weekdays
            and self.place in {None, plan.place}
            and (plan.on_track or not self.on_track)
            and self.repetitions in {None, plan.repetitions}
        )


_MORNING, _EVENING, _MONDAY_TO_FRIDAY = range(11), range(17, 24), range(5)

#: Titles that fit some runs only.
_OCCASIONS: dict[str, _Occasion] = {
    "Footing du matin ☀️": _Occasion(hours=_MORNING, months=frozenset({4, 5, 6, 7, 8, 9})),
    "朝ラン 🌸": _Occasion(hours=_MORNING, months=frozenset({3, 4, 5})),
    "ריצת בוקר קלה": _Occasion(hours=_MORNING),
    "Rodaje suave, 7 °C": _Occasion(months=frozenset({11, 12, 1, 2, 3}), place=HOME),
    "Langer Lauf am Fluss": _Occasion(place=HOME),
    "Schauinsland 🏔️": _Occasion(place=HILLS),
    "Bahn: Intervalle": _Occasion(on_track=True),
    "Series en la pista": _Occasion(on_track=True),
    "Track Tuesday": _Occasion(on_track=True, weekdays=range(1, 2)),
    "[6x1k] @ threshold": _Occasion(repetitions=REPETITIONS[0]),
    "Feierabendrunde": _Occasion(hours=_EVENING, weekdays=_MONDAY_TO_FRIDAY),
    "Commute 🚲": _Occasion(weekdays=_MONDAY_TO_FRIDAY, place=HOME),
    "Evening walk with the dog 🐕": _Occasion(hours=_EVENING, place=HOME),
}
_ANY_OCCASION = _Occasion()


def title_of(plan: ActivityPlan) -> str:
    """The title; Strava's default title for about half of the easy runs, rides and walks."""
    if plan.name is not None:
        return plan.name
    if plan.race_name is not None:
        return plan.race_name
    local = datetime.fromtimestamp(plan.start_time, _zone(plan.place.zone))
    titles = [title for title in _TITLES[plan.kind] if _OCCASIONS.get(title, _ANY_OCCASION).fits(plan, local)]
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
