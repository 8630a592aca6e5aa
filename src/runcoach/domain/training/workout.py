"""A structured workout as the runner writes it, ``15min E, 5x(1km T, 90s E), 10min E``, and how long it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from runcoach.domain.distances import METRES_PER_MILE, parse_distance
from runcoach.domain.units import parse_duration
from runcoach.errors import UsageError

#: What may stand after the length of a step, in lower case → the name of its training pace.
TRAINING_PACES = {"e": "easy", "m": "marathon", "t": "threshold", "i": "interval", "r": "repetition"}

#: Intensity of a step without effort: no target, and the watch shows a rest.
REST = "rest"

#: Steps of one workout, as they are written; repeats count once. Longest step, in seconds. Repeats of a group.
MOST_STEPS, LONGEST_S, MOST_TIMES = 200, 86_400, 99

#: The paces that a target can have, in seconds per kilometre.
FASTEST_SEC_PER_KM, SLOWEST_SEC_PER_KM = 90, 1800

_UNIT_S = {"s": 1, "sec": 1, "min": 60, "h": 3600}
_SHORTEST_M = 50

_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")
_REPEAT = re.compile(r"(\d{1,4})\s*[x×]\s*\(([^()]+)\)", re.ASCII | re.IGNORECASE)
_BARE_REPEAT = re.compile(r"(\d{1,4})\s*[x×]\s*([^()]*)", re.ASCII | re.IGNORECASE)
_STEP = re.compile(r"(\d+(?::\d+)+|[\d.]+\s*[a-z]+|[\d.]+)(?:\s+(\S.*))?", re.ASCII | re.IGNORECASE)
_WITHOUT_UNIT = re.compile(r"([\d.]+)\s*[etir]?", re.ASCII)
_TIME = re.compile(r"(\d{1,5}(?:\.\d{1,2})?)\s*([a-z]+)", re.ASCII)
_PACE = re.compile(r"(\d{1,2}:\d\d)(?:\s*[-–]\s*(\d{1,2}:\d\d))?\s*/\s*(km|mi)", re.ASCII)

_LENGTHS = "a step begins with a time or a distance: 15min, 90s, 1:30:00, 400m, 1km, 10k, 1mi"
_INTENSITIES = "after the length: E, M, T, I or R, a pace (4:30/km, 4:20-4:40/km, 7:00/mi), rest or open"


@dataclass(frozen=True, slots=True)
class Step:
    """A time or a distance (one of them is None) at an intensity.

    ``text`` is the step as written. ``intensity`` is the name of a training pace, ``rest``, or None. The target is
    between two paces; both are None for a step without one, and for a training pace that is not known.
    """

    text: str
    duration_s: float | None
    distance_m: float | None
    intensity: str | None = None
    slow_sec_per_km: float | None = None
    fast_sec_per_km: float | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps that are run several times."""

    times: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """Estimated time and distance; a flag says that some steps without a pace are not in it."""

    duration_s: float = 0.0
    distance_m: float = 0.0
    is_duration_minimum: bool = False
    is_distance_minimum: bool = False

    def plus(self, other: Extent, times: int = 1) -> Extent:
        """The sum of this extent and ``times`` the other."""
        return Extent(
            self.duration_s + times * other.duration_s,
            self.distance_m + times * other.distance_m,
            self.is_duration_minimum or other.is_duration_minimum,
            self.is_distance_minimum or other.is_distance_minimum,
        )


def parse_workout(text: str) -> tuple[Step | Repeat, ...]:
    """The steps of a workout, in order; UsageError names the part that is not valid.

    Steps are separated by commas; ``5x(…)`` repeats the steps inside. A step is a time or a distance, and after it a
    training pace, a pace or a range of paces, ``rest``, ``open``, or nothing, which is the same as ``open``.
    """
    if not text.strip():
        raise UsageError("the workout has no steps", hint='write it as "15min E, 5x(1km T, 90s E), 10min E"')
    items = tuple(map(_item, _parts(text)))
    if sum(len(steps_of(item)) for item in items) > MOST_STEPS:
        raise UsageError(f"the workout has over {MOST_STEPS} steps", hint="repeat steps: 5x(1km T, 90s E)")
    return items


def steps_of(item: Step | Repeat) -> tuple[Step, ...]:
    """The steps of a repeat, or the step itself, once."""
    return item.steps if isinstance(item, Repeat) else (item,)


def training_paces_of(items: Iterable[Step | Repeat]) -> tuple[str, ...]:
    """The names of the training paces that a workout asks for, easiest first."""
    wanted = {step.intensity for item in items for step in steps_of(item)}
    return tuple(name for name in TRAINING_PACES.values() if name in wanted)


def with_paces(items: Iterable[Step | Repeat], paces: Mapping[str, tuple[float, float]]) -> tuple[Step | Repeat, ...]:
    """The same workout with targets: training pace → slow and fast end, in seconds per kilometre."""

    def targeted(step: Step) -> Step:
        if step.intensity is None or step.intensity not in paces:
            return step
        slow, fast = paces[step.intensity]
        return replace(step, slow_sec_per_km=slow, fast_sec_per_km=fast)

    return tuple(
        Repeat(item.times, tuple(map(targeted, item.steps))) if isinstance(item, Repeat) else targeted(item)
        for item in items
    )


def extent(item: Step | Repeat) -> Extent:
    """Time and distance of a step, at the mean of its two paces, or of a repeat with all its repetitions."""
    if isinstance(item, Repeat):
        return total(item.steps, item.times)
    if item.slow_sec_per_km is None or item.fast_sec_per_km is None:
        return Extent(item.duration_s or 0.0, item.distance_m or 0.0, item.duration_s is None, item.distance_m is None)
    pace_s_per_m = (item.slow_sec_per_km + item.fast_sec_per_km) / 2000.0
    if item.duration_s is None:
        distance_m = item.distance_m or 0.0
        return Extent(distance_m * pace_s_per_m, distance_m)
    return Extent(item.duration_s, item.duration_s / pace_s_per_m)


def total(items: Iterable[Step | Repeat], times: int = 1) -> Extent:
    """Time and distance of ``times`` these steps and repeats."""
    result = Extent()
    for item in items:
        result = result.plus(extent(item), times)
    return result


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in _OUTSIDE_PARENTHESES.split(text)]
    for number, part in enumerate(parts, start=1):
        if not part:
            raise UsageError(f"part {number} of {text!r} is empty", hint="remove a comma")
    return parts


def _item(part: str) -> Step | Repeat:
    repeat = _REPEAT.fullmatch(part)
    if repeat is not None:
        times = int(repeat[1])
        if not 2 <= times <= MOST_TIMES:
            raise UsageError(f"{part!r}: steps can be repeated 2 to {MOST_TIMES} times", hint="change the number")
        return Repeat(times, tuple(map(_step, _parts(repeat[2]))))
    if part.count("(") > 1:
        _invalid(part, "repeats cannot contain repeats; close each with a parenthesis: 5x(1km T, 90s E)")
    if "(" in part or ")" in part:
        _invalid(part, "write a repeat as 5x(1km T, 90s E)")
    bare = _BARE_REPEAT.fullmatch(part)
    if bare is not None:
        _invalid(part, f"a repeat needs parentheses: {bare[1]}x({bare[2] or '1km T, 90s E'})")
    return _step(part)


def _step(part: str) -> Step:
    match = _STEP.fullmatch(part)
    if match is None:
        _invalid(part, _LENGTHS)
    duration_s, distance_m = _length(part, match[1].lower())
    word = " ".join((match[2] or "open").lower().split())
    if word == "open":
        return Step(part, duration_s, distance_m)
    if word == REST:
        return Step(part, duration_s, distance_m, REST)
    intensity = TRAINING_PACES.get(word) or (word if word in TRAINING_PACES.values() else None)
    if intensity is not None:
        return Step(part, duration_s, distance_m, intensity)
    return Step(part, duration_s, distance_m, None, *_target(part, word))


def _length(part: str, word: str) -> tuple[float | None, float | None]:
    """Seconds or metres; the other is None."""
    time = _TIME.fullmatch(word)
    if ":" in word:
        seconds: float = _clock(part, word, _LENGTHS)
    elif time is not None and time[2] in _UNIT_S:
        seconds = float(time[1]) * _UNIT_S[time[2]]
    else:
        return None, _distance(part, word)
    if not 1 <= seconds <= LONGEST_S:
        _invalid(part, "a step lasts from 1 second to 24 hours")
    return seconds, None


def _distance(part: str, word: str) -> float:
    bare = _WITHOUT_UNIT.fullmatch(word)
    if bare is not None:
        _invalid(part, f"add a unit: {bare[1]}m or {bare[1]}min")
    try:
        return parse_distance(word)[1]
    except UsageError as error:
        out_of_range = f"a step is {_SHORTEST_M} m or longer; minutes are written 2min"
        _invalid(part, out_of_range if "range" in error.message else _LENGTHS)


def _clock(part: str, word: str, hint: str) -> int:
    try:
        return parse_duration(word)
    except UsageError:
        _invalid(part, hint)


def _target(part: str, word: str) -> tuple[float, float]:
    """The slow and the fast end of a pace or a range, in seconds per kilometre."""
    match = _PACE.fullmatch(word)
    if match is None:
        _invalid(part, _INTENSITIES)
    kilometres = METRES_PER_MILE / 1000.0 if match[3] == "mi" else 1.0
    ends = [_clock(part, end, _INTENSITIES) / kilometres for end in match.groups()[:2] if end is not None]
    if not all(FASTEST_SEC_PER_KM <= end <= SLOWEST_SEC_PER_KM for end in ends):
        _invalid(part, "a pace is between 1:30 and 30:00 per kilometer")
    return max(ends), min(ends)


def _invalid(part: str, hint: str) -> NoReturn:
    raise UsageError(f"{part!r} is not a step of a workout", hint=hint)
