"""The synthetic runner's places, devices, gear, titles and races."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from runcoach.sandbox.synthetic.plan import ActivityPlan, Device, Place, RunKind

if TYPE_CHECKING:
    from collections.abc import Callable

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
    if kind in {RunKind.RACE, RunKind.TEMPO, RunKind.INTERVALS} and when > 0.6:
        return "g11000003"
    return "g11000001" if when < 0.4 or (when < 0.5 and chance < 0.5) else "g11000002"


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
    "HR strap slipped; ignore the first km.",
    "膝は大丈夫。",
)

RACES: dict[int, tuple[str, ...]] = {
    5_000: ("Parklauf 5 km", "Riverside 5K", "Corrida de Noël 🎅"),
    10_000: ("Stadtlauf 10 km", "10 km des remparts", "Harbour 10K"),
    21_097: ("Seehalbmarathon", "Semi-marathon des vignes", "Old Bridge Half Marathon"),
    42_195: ("Lakeside Marathon", "Marathon der drei Länder", "Maratón del Norte"),
    50_000: ("Ultra des crêtes 50 km",),
}


#: Titles that fit some times only, by local time.
_FITTING: dict[str, Callable[[datetime], bool]] = {
    "Footing du matin ☀️": lambda local: local.hour < 11 and 4 <= local.month <= 9,
    "朝ラン 🌸": lambda local: local.hour < 11 and local.month in {3, 4, 5},
    "ריצת בוקר קלה": lambda local: local.hour < 11,
    "Rodaje suave, 7 °C": lambda local: local.month in {11, 12, 1, 2, 3},
    "Track Tuesday": lambda local: local.weekday() == 1,
    "Feierabendrunde": lambda local: local.hour >= 17,
    "Evening walk with the dog 🐕": lambda local: local.hour >= 17,
    "Corrida de Noël 🎅": lambda local: local.month in {12, 1},
}


def fits(title: str, local: datetime) -> bool:
    """Whether a title fits a local time."""
    return title not in _FITTING or _FITTING[title](local)


def title_of(plan: ActivityPlan, local_hour: int) -> str:
    """The title; Strava's default title for about half of the easy runs, rides and walks."""
    if plan.name is not None:
        return plan.name
    if plan.race_name is not None:
        return plan.race_name
    dice = plan.seed >> 16
    if plan.kind in {RunKind.EASY, RunKind.RIDE, RunKind.WALK} and dice % 9 < 5:
        part = next(name for until, name in _BY_HOUR if local_hour < until)
        return f"{part} {plan.sport}"
    local = datetime.fromtimestamp(plan.start_time, _zone(plan.place.zone))
    titles = [title for title in _TITLES[plan.kind] if fits(title, local)]
    return titles[dice // 9 % len(titles)]


def description_of(plan: ActivityPlan) -> str | None:
    """The description, or None."""
    return _DESCRIPTIONS[(plan.seed >> 24) % len(_DESCRIPTIONS)]
