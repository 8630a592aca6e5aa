"""The ranked distances, and parsing of any distance ("5k", "half", "3 mi", "3000")."""

from __future__ import annotations

import re

from runcoach.errors import UsageError

METRES_PER_MILE = 1609.344
METRES_PER_YARD = 0.9144

#: Length of a degree of latitude on a sphere of 6,371 km.
METRES_PER_DEGREE = 111_195.0

#: Label of each ranked distance → the length measured, in metres. Where the label is rounded, the length
#: is the one that Strava measures.
LENGTH_M: dict[int, float] = {
    400: 400.0,
    800: 800.0,
    1000: 1000.0,
    1609: 1609.0,
    5000: 5000.0,
    10000: 10000.0,
    21100: 21097.0,
    42200: 42195.0,
    50000: 50000.0,
}

STANDARD = tuple(LENGTH_M)

_NAMES: dict[str, int] = {
    "mile": 1609,
    "half": 21100,
    "half marathon": 21100,
    "half-marathon": 21100,
    "hm": 21100,
    "21k": 21100,
    "21.1k": 21100,
    "marathon": 42200,
    "full": 42200,
    "42k": 42200,
    "42.2k": 42200,
}

_TITLES: dict[int, str] = {1609: "1 mile", 21100: "Half", 42200: "Marathon"}

_UNIT_M: dict[str, float] = {
    "": 1.0,
    "m": 1.0,
    "k": 1000.0,
    "km": 1000.0,
    "mi": METRES_PER_MILE,
    "mile": METRES_PER_MILE,
    "miles": METRES_PER_MILE,
}

_NUMBER = re.compile(r"(\d{1,7}(?:[.,]\d{1,6})?)\s*([a-z]{0,5})", re.ASCII)

SHORTEST_M, LONGEST_M = 50.0, 1_000_000.0


def parse_distance(text: str) -> tuple[int, float]:
    """``(label, length_m)`` of a distance in the user's notation; raises UsageError where it is not valid.

    A plain number is in metres. A ranked distance (400, ``5k``, ``half``) gets its label and measured length,
    any other its own length, rounded to metres for the label: ``2mi`` → ``(3219, 3218.688)``.
    """
    word = text.strip().lower()
    if word in _NAMES:
        label = _NAMES[word]
        return label, LENGTH_M[label]
    match = _NUMBER.fullmatch(word)
    if match is None or match[2] not in _UNIT_M:
        raise UsageError(
            f"{text!r} is not a valid distance", hint="use 5k, half, marathon, mile, 3mi, 1.5km, or meters: 3000"
        )
    length_m = float(match[1].replace(",", ".")) * _UNIT_M[match[2]]
    if not SHORTEST_M <= length_m <= LONGEST_M:
        raise UsageError(f"{text!r} is out of range", hint="efforts are measured from 50 m to 1000 km")
    label = round(length_m)
    return (label, LENGTH_M[label]) if label in LENGTH_M else (label, length_m)


def distance_title(label_m: int) -> str:
    """A ranked distance as runners say it: 400 m, 1 km, 1 mile, 5 km, Half."""
    if label_m in _TITLES:
        return _TITLES[label_m]
    if label_m >= 1000 and label_m % 100 == 0:
        return f"{label_m / 1000:g} km"
    if label_m > 2000 and abs(label_m / METRES_PER_MILE - round(label_m / METRES_PER_MILE)) < 0.001:
        return f"{round(label_m / METRES_PER_MILE)} miles"
    return f"{label_m} m"
