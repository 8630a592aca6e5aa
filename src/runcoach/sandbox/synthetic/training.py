"""The synthetic runner's training history: sessions by day, and fitness."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from runcoach.sandbox.synthetic.catalog import (
    FIRST_WATCH,
    HILLS,
    HOME,
    LATEST_WATCH,
    PHONE,
    RACES,
    SECOND_WATCH,
    fits,
    gear_for,
    place_on,
    start_time,
)
from runcoach.sandbox.synthetic.plan import ON_USUAL_ROUTES, ActivityPlan, Device, RunKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_NOT_RUNS = frozenset({RunKind.RIDE, RunKind.WALK})
_MAX_HISTORY_WEEKS = 52 * 13

#: Weekdays of a week's sessions, by importance: the long run or race on Sunday, the hard session on Tuesday.
_DAYS = (6, 1, 3, 5, 2, 0, 4)
#: Start times in minutes of the day; a second session on a day takes the next.
_STARTS = (7 * 60, 18 * 60, 12 * 60 + 20, 20 * 60 + 45)

#: Race distance by week of the year; the spring marathon is in even years, the ultra in odd ones.
_RACES = {2: 5_000, 11: 10_000, 15: 21_097, 20: 10_000, 26: 5_000, 37: 21_097, 41: 42_195, 47: 10_000}
_SPRING_MARATHON_WEEK, _ULTRA_WEEK = 18, 33
_LONG_RUN_BUILDUP = frozenset(range(9, 17)) | frozenset(range(31, 40))

_DISTANCE_RANGE_KM: dict[RunKind, tuple[float, float]] = {
    RunKind.EASY: (6.0, 11.5),
    RunKind.LONG: (14.0, 22.0),
    RunKind.TEMPO: (9.0, 13.0),
    RunKind.INTERVALS: (9.0, 12.0),
    RunKind.TRAIL: (10.0, 21.0),
    RunKind.TREADMILL: (5.0, 9.0),
    RunKind.GPS_SPIKE: (7.0, 10.0),
    RunKind.MANUAL: (5.0, 10.0),
    RunKind.RIDE: (12.0, 60.0),
    RunKind.WALK: (2.0, 7.0),
}

#: Usual routes are an even number of kilometres long; a run that is planned so much longer or shorter follows one.
_DRAWN_TO_USUAL_KM = 0.6

#: Special kinds of the newest easy runs, by position, so that even a short history has one of each.
_SPECIAL_KINDS = {2: RunKind.TREADMILL, 4: RunKind.GPS_SPIKE, 5: RunKind.MANUAL, 7: RunKind.TRAIL}
_PRIVATE_EASY_RUN = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """The length of a history: years at a number of runs a week, or an exact number of runs or activities."""

    years: float = 3.0
    per_week: float = 4.0
    runs: int | None = None
    activities: int | None = None

    @property
    def weekly(self) -> float:
        """Sessions a week: more than ``per_week`` where the history would otherwise be too long."""
        requested = self.activities or self.runs or 0
        return max(self.per_week, min(27.0, requested / _MAX_HISTORY_WEEKS))

    @property
    def limit(self) -> int | None:
        """The exact number, if given."""
        return self.runs if self.activities is None else self.activities

    def counts(self, kind: RunKind) -> bool:
        """Whether a session of this kind counts towards :attr:`limit`."""
        return self.activities is not None or kind not in _NOT_RUNS


@dataclass(frozen=True, slots=True)
class _Session:
    day: date
    minute: int
    kind: RunKind
    race_m: int = 0
    private: bool = False


def training_history(seed: int, today: date, amount: Amount) -> list[ActivityPlan]:
    """Every activity until the day before ``today``, newest first; the same for the same arguments."""
    rng = Random(seed)  # noqa: S311 - reproducible, not secret
    sessions = _with_special_kinds(list(_sessions(rng, today, amount)))
    plans: list[ActivityPlan] = []
    fitness = _Fitness(rng)
    for session in reversed(sessions):
        age = (today - session.day).days / max(1, (today - sessions[-1].day).days)
        plan = _plan(rng, session, age, fitness.speed_10k_ms(session.day))
        taken = bool(plans) and plan.activity_id <= plans[-1].activity_id
        plans.append(replace(plan, activity_id=plans[-1].activity_id + 1) if taken else plan)
    return plans[::-1]


def activity_id_at(epoch_s: int) -> int:
    """An id as large as Strava's at that time; later uploads have greater ids."""
    return 5_000_000_000 + (epoch_s - 1_262_304_000) * 22


def _sessions(rng: Random, today: date, amount: Amount) -> Iterator[_Session]:
    """Sessions, newest first, up to the requested amount; about once a year there is an injury break of some weeks."""
    limit, counted, week, next_gap = amount.limit, 0, 0, rng.randint(16, 40)
    weeks = math.inf if limit is not None else round(amount.years * 365.25 / 7)
    while week < weeks:
        if week >= next_gap:
            week, next_gap = week + rng.randint(2, 4), week + rng.randint(38, 60)
        for session in _week(rng, today - timedelta(days=7 * week + 1), amount.weekly):
            if counted == limit:
                return
            counted += amount.counts(session.kind)
            yield session
        week += 1


def _week(rng: Random, last_day: date, weekly: float) -> list[_Session]:
    """One week of training that ends on ``last_day``, newest first; a second session a day from the eighth on."""
    count = max(1, int(weekly + rng.random()) + rng.choice((-1, 0, 0, 0, 1)))
    sessions = []
    for position, (kind, race_m) in enumerate(_kinds(rng, last_day, count)):
        back = (last_day.weekday() - _DAYS[position % 7]) % 7
        early = kind in {RunKind.LONG, RunKind.RACE, RunKind.TRAIL}
        slot = position // 7 % 4 if count > 5 or early else rng.randint(0, 1)
        minute = _STARTS[slot] + rng.randint(0, 55)
        sessions.append(_Session(last_day - timedelta(days=back), minute, kind, race_m, rng.random() < 0.05))
    return sorted(sessions, key=lambda each: (each.day, each.minute), reverse=True)


def _kinds(rng: Random, last_day: date, count: int) -> list[tuple[RunKind, int]]:
    """The sessions of a week by importance, each with its race distance or 0; about 80 % are easy."""
    number = last_day.isocalendar().week
    race_m = _race_of_week(last_day.year, number)
    alone = (RunKind.LONG, RunKind.EASY, RunKind.INTERVALS if number % 2 else RunKind.TEMPO)[number % 3]
    kinds = [(RunKind.RACE if race_m else RunKind.LONG if count > 1 else alone, race_m)]
    if count >= 3 and race_m < 40_000:
        kinds.append((RunKind.INTERVALS if number % 2 else RunKind.TEMPO, 0))
    winter = last_day.month in {11, 12, 1, 2}
    while len(kinds) < count:
        chance = rng.random()
        indoor = chance < (0.12 if winter else 0.02)
        kinds.append((RunKind.TREADMILL if indoor else RunKind.TRAIL if 0.2 < chance < 0.28 else RunKind.EASY, 0))
    kinds += [(RunKind.RIDE, 0)] * (rng.random() < 0.25) + [(RunKind.WALK, 0)] * (rng.random() < 0.12)
    return kinds


def _race_of_week(year: int, number: int) -> int:
    if number == _SPRING_MARATHON_WEEK and year % 2 == 0:
        return 42_195
    if number == _ULTRA_WEEK and year % 2 == 1:
        return 50_000
    return _RACES.get(number, 0)


def _with_special_kinds(sessions: list[_Session]) -> list[_Session]:
    """The same sessions, with each special kind among the newest."""
    changed = list(sessions)
    easy = [index for index, session in enumerate(sessions) if session.kind is RunKind.EASY]
    for position, index in enumerate(easy):
        kind = _SPECIAL_KINDS.get(position, RunKind.EASY)
        if kind is RunKind.EASY and position > max(_SPECIAL_KINDS) and position % 53 == 0:
            kind = RunKind.MANUAL
        private = changed[index].private or position == _PRIVATE_EASY_RUN
        changed[index] = replace(changed[index], kind=kind, private=private)
    long_runs = [index for index, session in enumerate(sessions[:20]) if session.kind is RunKind.LONG]
    if long_runs and not any(session.kind is RunKind.RACE for session in sessions[:20]):
        changed[long_runs[-1]] = replace(changed[long_runs[-1]], kind=RunKind.RACE, race_m=10_000)
    return changed


class _Fitness:
    """The runner's speed by day: it rises over the years, peaks in early summer and falls after a break."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._first_day: date | None = None
        self._last_day: date | None = None
        self._lost = 0.0

    def speed_10k_ms(self, day: date) -> float:
        """The 10 km race speed of ``day``; call in chronological order."""
        first = self._first_day = self._first_day or day
        idle = (day - (self._last_day or day)).days
        self._last_day = day
        self._lost = min(0.05, 0.0018 * idle) if idle > 12 else self._lost * math.exp(-idle / 28)
        years = (day - first).days / 365.25
        season = 0.012 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 75) / 365.25)
        gained = 0.17 * (1 - math.exp(-years / 1.6))
        return 3.32 * (1 + gained) * (1 + season - self._lost) * (1 + self._rng.gauss(0, 0.006))


def _plan(rng: Random, session: _Session, age: float, speed_10k_ms: float) -> ActivityPlan:
    """The plan of a session; ``age`` is 0 for the newest and 1 for the oldest."""
    place = place_on(session.day)
    if place is HOME and session.kind is RunKind.TRAIL:
        place = HILLS
    start = start_time(session.day, session.minute, place.zone) + rng.randint(0, 59)
    return ActivityPlan(
        activity_id=activity_id_at(start),
        seed=rng.getrandbits(48),
        kind=session.kind,
        start_time=start,
        place=place,
        device=_device(rng, session.kind, age),
        speed_10k_ms=speed_10k_ms,
        distance_m=_distance_m(rng, session),
        gear_id=gear_for(session.kind, 1.0 - age, rng.random()),
        private=session.private,
        race_name=_race_name(rng, session) if session.race_m else None,
        sport_type="TrailRun" if session.race_m == 50_000 else None,
    )


def _race_name(rng: Random, session: _Session) -> str:
    """The name of a race, one that fits its date."""
    names = RACES[session.race_m]
    name = rng.choice(names)
    local = datetime.combine(session.day, time())
    return name if fits(name, local) else next(other for other in names if fits(other, local))


def _distance_m(rng: Random, session: _Session) -> float:
    """Distance in metres; a race measures slightly more than its official distance."""
    if session.race_m:
        return round(session.race_m * rng.uniform(1.002, 1.007), 1)
    shortest, longest = _DISTANCE_RANGE_KM[session.kind]
    further = 8.0 if session.kind is RunKind.LONG and session.day.isocalendar().week in _LONG_RUN_BUILDUP else 0.0
    km = rng.uniform(shortest, longest) + further
    usual_km = 2.0 * round(km / 2.0)
    if session.kind in ON_USUAL_ROUTES and abs(km - usual_km) < _DRAWN_TO_USUAL_KM:
        km = usual_km + (km - usual_km) / 10.0
    return round(1000 * km, 1)


def _device(rng: Random, kind: RunKind, age: float) -> Device:
    if rng.random() < 0.04 and kind is not RunKind.TREADMILL:
        return PHONE
    return FIRST_WATCH if age > 0.65 else SECOND_WATCH if age > 0.3 else LATEST_WATCH
