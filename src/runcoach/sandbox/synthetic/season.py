"""The runner's year: places, races, and what each week of training is for, from build-up and taper to injuries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from runcoach.sandbox.synthetic.plan import HOME, SUMMER_TRIP, WINTER_TRIP, Place

if TYPE_CHECKING:
    from random import Random


def place_on(day: date) -> Place:
    """The place on a day: abroad in two weeks of July and at the turn of the year."""
    if day.month == 7 and 14 <= day.day <= 27:
        return SUMMER_TRIP
    if (day.month == 12 and day.day >= 27) or (day.month == 1 and day.day <= 4):
        return WINTER_TRIP
    return HOME


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


#: Longest run of a week in km, by the weeks until a race of at least this many metres.
_LONG_KM: dict[int, dict[int, float]] = {
    42_000: {1: 14, 2: 20, 3: 28, 4: 18, 5: 18, 6: 26, 7: 24, 8: 18, 9: 22, 10: 20, 11: 18, 12: 17},
    21_000: {1: 12, 2: 16, 3: 18, 4: 14, 5: 17, 6: 16, 7: 15, 8: 15},
}
_LONG_FROM_M = 21_000

#: After a shorter race on Saturday there is a long run on Sunday.
_LONG_RUN_UNTIL_M = 6_000

_BASE_LONG_KM, _DOWN_LONG_KM = 14.5, 12.0

#: After a break: weeks with less training, and the longest run in km, at first and more for each week.
_RETURN_WEEKS, _RETURN_LONG_KM, _MORE_KM = 3, 7.0, 2.0

#: An injury breaks training for so many days; for so many days afterwards there is no race.
_BREAK_DAYS, _NO_RACE_DAYS = (15, 24), 35
_BREAKS = 20


@dataclass(frozen=True, slots=True)
class Break:
    """Days without running; ``end`` is the first day after them."""

    first: date
    end: date


@dataclass(frozen=True, slots=True)
class TrainingWeek:
    """The frame of a week's sessions; ``share_of_runs`` is relative to the usual number of runs."""

    share_of_runs: float
    long_km: float
    has_quality: bool = False
    is_down: bool = True  # with less training than usual
    has_long_run: bool = True
    race: RaceEvent | None = None


def breaks_before(rng: Random, monday: date) -> tuple[Break, ...]:
    """Injury breaks, about one in 19 months; none is in the three months before ``monday`` or close to a long race."""
    breaks = []
    weeks = rng.randint(17, 30)
    for _ in range(_BREAKS):
        first = next(
            day
            for day in (monday - timedelta(days=7 * (weeks + later) - 2) for later in range(26))
            if not _is_long_race_near(day)
        )
        breaks.append(Break(first, first + timedelta(days=rng.randint(*_BREAK_DAYS))))
        weeks += rng.randint(72, 90)
    return tuple(breaks)


@cache
def _is_long_race_near(day: date) -> bool:
    """Whether a half marathon or a longer race is in the week of ``day`` or in the ten weeks after."""
    monday = day - timedelta(days=day.weekday())
    races = [race_in(monday + timedelta(days=7 * ahead)) for ahead in range(-1, 10)]
    return any(race is not None and race.metres >= _LONG_FROM_M for race in races)


def training_week(monday: date, breaks: tuple[Break, ...]) -> TrainingWeek:
    """The frame of the week that begins on ``monday``."""
    sunday = monday + timedelta(days=6)
    back = min(((sunday - pause.end).days // 7 for pause in breaks if pause.end <= sunday), default=99)
    most_km = _RETURN_LONG_KM + _MORE_KM * back
    if back < _RETURN_WEEKS:
        return TrainingWeek(0.75, most_km)
    race = race_in(monday)
    if race is not None and 7 * back >= _NO_RACE_DAYS:
        is_short = race.metres < _LONG_RUN_UNTIL_M
        return TrainingWeek(0.95, 12.0, has_long_run=is_short, race=race)
    week = _after_race(monday) or _towards_race(monday)
    return replace(week, long_km=min(week.long_km, most_km))


def _after_race(monday: date) -> TrainingWeek | None:
    """The week after a half marathon, the two weeks after a longer race; else None."""
    last, before = (race_in(monday - timedelta(days=7 * ago)) for ago in (1, 2))
    if last is not None and last.metres > 30_000:
        return TrainingWeek(0.5, 8.0)
    if before is not None and before.metres > 30_000:
        return TrainingWeek(0.8, 12.0)
    if last is not None and last.metres >= _LONG_FROM_M:
        weeks_left, long_km = _build_up(monday)
        return TrainingWeek(0.8, long_km if weeks_left else 12.0)
    return None


def _towards_race(monday: date) -> TrainingWeek:
    """An ordinary week: part of the way to a long race, of the taper, or of base training; every fourth is easier."""
    weeks_left, long_km = _build_up(monday)
    if place_on(monday + timedelta(days=3)) is not HOME:
        return TrainingWeek(0.7, min(long_km, 16.0))
    if weeks_left is not None:
        is_down = weeks_left == 1 or weeks_left % 4 == 0
        return TrainingWeek(0.85 if is_down else 1.15, long_km, has_quality=weeks_left % 4 != 0, is_down=is_down)
    is_down = monday.isocalendar().week % 4 == 0
    return TrainingWeek(0.8 if is_down else 1.0, long_km, has_quality=not is_down, is_down=is_down)


def _build_up(monday: date) -> tuple[int | None, float]:
    """Weeks until the long race that is prepared, if any, and the length of the week's long run in km."""
    for metres, lengths in _LONG_KM.items():
        for weeks, long_km in lengths.items():
            race = race_in(monday + timedelta(days=7 * weeks))
            if race is not None and race.metres >= metres:
                return weeks, long_km
    return None, _DOWN_LONG_KM if monday.isocalendar().week % 4 == 0 else _BASE_LONG_KM
