"""The synthetic runner's training history: sessions by day, and fitness."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from runcoach.sandbox.synthetic.plan import (
    FIRST_WATCH,
    HILLS,
    HOME,
    LATEST_WATCH,
    ON_USUAL_ROUTES,
    PHONE,
    SECOND_WATCH,
    ActivityPlan,
    Device,
    RunKind,
)
from runcoach.sandbox.synthetic.season import (
    RACES,
    Break,
    RaceEvent,
    TrainingWeek,
    breaks_before,
    place_on,
    training_week,
)

_NOT_RUNS = frozenset({RunKind.RIDE, RunKind.WALK})
_MAX_HISTORY_WEEKS = 52 * 13

#: Weekdays of a week's sessions, by importance: the long run or race on Sunday, the hard session on Tuesday.
_DAYS = (6, 1, 3, 5, 2, 0, 4)
#: Start times in minutes of the day; a second session on a day takes the next.
_STARTS = (7 * 60, 18 * 60, 12 * 60 + 20, 20 * 60 + 45)
_RACE_STARTS = (9 * 60, 9 * 60 + 30, 10 * 60)
_SATURDAY = 5

#: Lengths of everyday runs, in weeks with more and with less training and before a race.
_EASY_KM, _EASY_KM_DOWN, _EASY_KM_RACE = (8.0, 8.0, 10.0, 10.0, 12.0), (6.0, 6.0, 8.0, 8.0), (5.0, 6.0, 6.0)

_LONG_FROM_KM = 10.0

_DISTANCE_RANGE_KM: dict[RunKind, tuple[float, float]] = {
    RunKind.TEMPO: (10.8, 12.4),
    RunKind.INTERVALS: (9.0, 12.0),
    RunKind.TRAIL: (9.0, 14.0),
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
class _Session:
    day: date
    minute: int
    kind: RunKind
    week: TrainingWeek
    race: RaceEvent | None = None
    private: bool = False


def training_history(
    seed: int, today: date, *, years: float, per_week: float, runs: int | None, activities: int | None
) -> list[ActivityPlan]:
    """Every activity until the day before ``today``, newest first; the same for the same arguments.

    ``years`` at about ``per_week`` runs a week, or an exact number of ``runs`` or ``activities``.
    """
    rng = Random(seed)  # noqa: S311 - reproducible, not secret
    limit = runs if activities is None else activities
    weekly = max(per_week, min(27.0, (limit or 0) / _MAX_HISTORY_WEEKS))  # more, where the history would get too long
    counted = frozenset(RunKind) if activities is not None else frozenset(RunKind) - _NOT_RUNS
    first_day = today - timedelta(days=round(years * 365.25)) if limit is None else date.min
    sessions = _with_special_kinds(list(_sessions(rng, today, first_day, weekly, counted, limit)))
    plans: list[ActivityPlan] = []
    speeds = _speeds_10k_ms(rng, [session.day for session in reversed(sessions)])
    for session, speed_ms in zip(reversed(sessions), speeds, strict=True):
        age = (today - session.day).days / max(1, (today - sessions[-1].day).days)
        plan = _plan(rng, session, age, speed_ms)
        taken = bool(plans) and plan.activity_id <= plans[-1].activity_id
        plans.append(replace(plan, activity_id=plans[-1].activity_id + 1) if taken else plan)
    return plans[::-1]


def activity_id_at(epoch_s: int) -> int:
    """An id as large as Strava's at that time; later uploads have greater ids."""
    return 5_000_000_000 + (epoch_s - 1_262_304_000) * 22


def _sessions(
    rng: Random, today: date, first_day: date, weekly: float, counted: frozenset[RunKind], limit: int | None
) -> Iterator[_Session]:
    """Sessions of calendar weeks, newest first, without those of injury breaks; at most ``limit`` of these kinds."""
    monday = today - timedelta(days=today.weekday())
    breaks = breaks_before(rng, monday)
    count = 0
    while monday + timedelta(days=6) > first_day:
        for session in _week(rng, monday, training_week(monday, breaks), weekly):
            if not first_day <= session.day < today or _is_injured(session.day, breaks):
                continue
            if count == limit:
                return
            count += session.kind in counted
            yield session
        monday -= timedelta(days=7)


def _is_injured(day: date, breaks: tuple[Break, ...]) -> bool:
    return any(pause.first <= day < pause.end for pause in breaks)


def _week(rng: Random, monday: date, week: TrainingWeek, weekly: float) -> list[_Session]:
    """The sessions of one week, newest first; a second session a day from the eighth on."""
    count = max(1, int(weekly * week.share_of_runs + rng.random()))
    race = week.race
    is_saturday_race = race is not None and race.weekday == _SATURDAY
    days = (_SATURDAY, *(day for day in _DAYS if day != _SATURDAY)) if is_saturday_race else _DAYS
    sessions = []
    for position, kind in enumerate(_kinds(rng, monday, week, count)):
        day = days[position % 7]
        early = day >= _SATURDAY or kind in {RunKind.LONG, RunKind.RACE, RunKind.TRAIL}
        slot = position // 7 % 4 if count > 5 or early else 1 if kind in _QUALITY else rng.randint(0, 1)
        minute = _STARTS[slot] + rng.randint(0, 55)
        session = _Session(monday + timedelta(days=day), minute, kind, week, private=rng.random() < 0.05)
        if kind is RunKind.RACE:
            start = minute if count > 7 else rng.choice(_RACE_STARTS)
            session = replace(session, minute=start, race=race, private=False)
        sessions.append(session)
    return sorted(sessions, key=lambda each: (each.day, each.minute), reverse=True)


_QUALITY = frozenset({RunKind.TEMPO, RunKind.INTERVALS})


def _kinds(rng: Random, monday: date, week: TrainingWeek, count: int) -> list[RunKind]:
    """The sessions of a week by importance; about 80 % are easy."""
    number = monday.isocalendar().week
    quality = RunKind.INTERVALS if number % 2 else RunKind.TEMPO
    kinds = []
    if week.race is not None:
        kinds.append(RunKind.RACE)
    if week.has_long_run and (count > 1 or not kinds):
        long_run = RunKind.LONG if week.long_km >= _LONG_FROM_KM else RunKind.EASY
        kinds.append(long_run if count > 1 else (long_run, RunKind.EASY, quality)[number % 3])
    if count >= 3 and week.has_quality:
        kinds.append(quality)
    winter = monday.month in {11, 12, 1, 2}
    while len(kinds) < count:
        chance = rng.random()
        indoor = chance < (0.1 if winter else 0.02)
        other = RunKind.TREADMILL if indoor else RunKind.TRAIL if 0.1 < chance < 0.14 else RunKind.EASY
        kinds.append(RunKind.EASY if week.race else other)
    kinds += [RunKind.RIDE] * (rng.random() < 0.25) + [RunKind.WALK] * (rng.random() < 0.12)
    return kinds


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
        changed[long_runs[-1]] = replace(changed[long_runs[-1]], kind=RunKind.RACE, race=RACES[0])
    return changed


def _speeds_10k_ms(rng: Random, days: list[date]) -> Iterator[float]:
    """The runner's 10 km race speed on each day: it rises over years, peaks in early autumn and falls after a break."""
    lost = 0.0
    for before, day in zip(days[:1] + days, days, strict=False):
        idle = (day - before).days
        lost = min(0.05, 0.0018 * idle) if idle > 12 else lost * math.exp(-idle / 28)
        years = (day - days[0]).days / 365.25
        season = 0.012 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 150) / 365.25)
        gained = 0.17 * (1 - math.exp(-years / 1.6))
        yield 3.32 * (1 + gained) * (1 + season - lost) * (1 + rng.gauss(0, 0.006))


def _plan(rng: Random, session: _Session, age: float, speed_10k_ms: float) -> ActivityPlan:
    """The plan of a session; ``age`` is 0 for the newest and 1 for the oldest."""
    place = place_on(session.day)
    if place is HOME and session.kind is RunKind.TRAIL:
        place = HILLS
    local_midnight = datetime.combine(session.day, time(), ZoneInfo(place.zone))
    start = int((local_midnight + timedelta(minutes=session.minute)).timestamp()) + rng.randint(0, 59)
    return ActivityPlan(
        activity_id=activity_id_at(start),
        seed=rng.getrandbits(48),
        kind=session.kind,
        start_time=start,
        place=place,
        device=_device(rng, session.kind, age),
        speed_10k_ms=speed_10k_ms,
        distance_m=_distance_m(rng, session),
        gear_id=_gear_id(session.kind, 1.0 - age, rng.random()),
        private=session.private,
        race_name=session.race.name if session.race else None,
        sport_type="TrailRun" if session.race and session.race.metres == 50_000 else None,
    )


def _distance_m(rng: Random, session: _Session) -> float:
    """Distance in metres; a race measures slightly more than its official distance."""
    if session.race:
        return round(session.race.metres * rng.uniform(1.002, 1.007), 1)
    if session.kind is RunKind.LONG:
        km = session.week.long_km + rng.gauss(0, 0.6)
    elif session.kind is RunKind.EASY:
        lengths = _EASY_KM_RACE if session.week.race else _EASY_KM_DOWN if session.week.is_down else _EASY_KM
        km = rng.choice(lengths) + rng.gauss(0, 0.4)
    else:
        km = rng.uniform(*_DISTANCE_RANGE_KM[session.kind])
    usual_km = 2.0 * round(km / 2.0)
    if session.kind in ON_USUAL_ROUTES and abs(km - usual_km) < _DRAWN_TO_USUAL_KM:
        km = usual_km + (km - usual_km) / 10.0
    return round(1000 * km, 1)


def _device(rng: Random, kind: RunKind, age: float) -> Device:
    if rng.random() < 0.04 and kind not in {RunKind.TREADMILL, RunKind.RACE}:
        return PHONE
    return FIRST_WATCH if age > 0.5 else SECOND_WATCH if age > 0.25 else LATEST_WATCH


#: Shoes of everyday runs, each until its part of the history ends.
_DAILY_SHOES = ((0.34, "g11000001"), (0.68, "g11000006"), (2.0, "g11000002"))


def _gear_id(kind: RunKind, when: float, chance: float) -> str | None:
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
