"""Which column of ``activities.csv`` holds what: by position, with the names as a check.

Since 2019 the table has two parts: a first one for people, in their language, and a second one in SI units. The first
has 10 to 13 columns, ends with gear and filename, and names the elapsed time and the distance, which the second names
again at fixed places. So the length of the first part is all that has to be found, in a language known or not.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from runcoach.errors import SourceError
from runcoach.sources.archive.member_names import is_activity, shown
from runcoach.sources.strava_export.header_names import MACHINE, SHOWN, decimal_sign, fields_by_name, plain
from runcoach.sources.strava_export.localized_values import parse_date
from runcoach.sources.strava_export.numbers import decimal_of, plain_number, written_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: In every first part.
_FIRST_PART = ("activity_id", "date", "name", "type", "description", "shown_elapsed", "shown_distance")

#: Length of the first part → its other columns; ``-`` is the relative effort, which is not read.
_FIRST_PARTS: dict[int, tuple[str, ...]] = {
    10: ("commute", "gear", "filename"),
    11: ("-", "commute", "gear", "filename"),
    12: ("shown_max_hr", "-", "commute", "gear", "filename"),
    13: ("shown_max_hr", "-", "commute", "private_note", "gear", "filename"),
}

#: Place in the second part, which begins with the athlete's weight.
_SECOND_PART = {
    2: "elapsed_s",
    3: "moving_s",
    4: "distance_m",
    7: "elevation_gain_m",
    9: "elevation_low_m",
    10: "elevation_high_m",
    15: "max_cadence",
    16: "avg_cadence",
    17: "max_hr_bpm",
    18: "avg_hr_bpm",
    19: "max_power_w",
    20: "avg_power_w",
    21: "calories_kcal",
    23: "temperature_c",
}
_SHORTEST_SECOND_PART = 24

#: Width from which on the last column names the media, and from which on these two stand at these places.
_MEDIA_FROM, _MARKS_FROM = 84, 99
_MARKS = {95: "competition", 96: "long_run"}

#: No first part has been longer than 13; Strava may add to it.
_LONGEST_FIRST_PART = 20

#: Known names in the first part that settle the matter, and what a table needs that is known by names alone.
_ENOUGH_NAMES = 5
_NEEDED = {"activity_id", "date", "type"}

ABSENT = -1


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, counted from 0; :data:`ABSENT` where it does not."""

    activity_id: int = ABSENT
    date: int = ABSENT
    name: int = ABSENT
    type: int = ABSENT
    description: int = ABSENT
    commute: int = ABSENT
    private_note: int = ABSENT
    gear: int = ABSENT
    filename: int = ABSENT
    shown_elapsed: int = ABSENT
    shown_distance: int = ABSENT
    shown_max_hr: int = ABSENT
    elapsed_s: int = ABSENT
    moving_s: int = ABSENT
    distance_m: int = ABSENT
    elevation_gain_m: int = ABSENT
    elevation_low_m: int = ABSENT
    elevation_high_m: int = ABSENT
    max_cadence: int = ABSENT
    avg_cadence: int = ABSENT
    max_hr_bpm: int = ABSENT
    avg_hr_bpm: int = ABSENT
    max_power_w: int = ABSENT
    avg_power_w: int = ABSENT
    calories_kcal: int = ABSENT
    temperature_c: int = ABSENT
    competition: int = ABSENT
    long_run: int = ABSENT
    media: int = ABSENT
    #: Metres in one unit of the shown distance; swims are always shown in metres.
    shown_unit_m: float = 1000.0
    #: The sign before decimals in the first part; None where the language is unknown or has both.
    decimal: str | None = None


def find_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> Columns:
    """The columns of a table with this header; ``sample`` are rows of it, as many as are at hand.

    SourceError where it is no table that Strava is known to write.
    """
    if tuple(name.strip().casefold() for name in header) == MACHINE:
        return _columns(_places(10, 10), shown_unit_m=1.0, decimal=".")
    names = _known(header)
    places = _sure(header, sample, names)
    if places:
        return _columns(places, shown_unit_m=1000.0, decimal=_decimal(header, places, sample))
    places = _by_name(names)
    if places.keys() >= _NEEDED:
        decimal = _decimal(header, places, sample)
        return _columns(places, shown_unit_m=_unit_m(places, sample, decimal), decimal=decimal)
    places = _likely(header, sample, names)
    if places:
        return _columns(places, shown_unit_m=1000.0, decimal=_decimal(header, places, sample))
    some = ", ".join(shown(name) for name in header[:3])
    raise SourceError(
        f"activities.csv has a header in no known form: {len(header)} columns, the first of them {some}",
        hint="import the folder activities/ of the archive on its own: its files are read without it",
    )


def _sure(header: Sequence[str], sample: Sequence[Sequence[str]], names: dict[int, str]) -> dict[str, int]:
    """The places by position that the header itself confirms, by names known or repeated; empty where it does not."""
    sure = [
        places
        for places in _by_position(header)
        if _agrees(places, names) and (_is_repeated(header, places) or _is_named(places, names))
    ]
    return max(sure, key=lambda places: _fitting(places, sample), default={})


def _likely(header: Sequence[str], sample: Sequence[Sequence[str]], names: dict[int, str]) -> dict[str, int]:
    """The places by position that most rows confirm; empty where there are none."""
    candidates = (places for places in _by_position(header) if _agrees(places, names))
    likely = max(candidates, key=lambda places: _fitting(places, sample), default={})
    return likely if likely and sample and _fitting(likely, sample) * 2 >= len(sample) else {}


def _decimal(header: Sequence[str], places: dict[str, int], sample: Sequence[Sequence[str]]) -> str | None:
    """The sign before decimals: by the language where that leaves no doubt, else as the rows have it."""
    if "shown_distance" not in places:
        return None
    return decimal_sign(header[0]) or decimal_of(row[places["shown_distance"]] for row in sample)


def _columns(places: dict[str, int], *, shown_unit_m: float, decimal: str | None) -> Columns:
    known = {field.name for field in fields(Columns)}
    return Columns(
        **{field: place for field, place in places.items() if field in known},
        shown_unit_m=shown_unit_m,
        decimal=decimal,
    )


def _by_position(header: Sequence[str]) -> Iterator[dict[str, int]]:
    """Field → place for every length of the first part that the header allows, the likeliest first."""
    width = len(header)
    if width in _FIRST_PARTS:  # a table of 2019, without a second part
        yield _places(width, width)
    likely = 13 if width >= _MEDIA_FROM else 11
    for length in sorted(range(10, _LONGEST_FIRST_PART + 1), key=lambda length: abs(length - likely)):
        if width >= length + _SHORTEST_SECOND_PART:
            yield _places(length, width)


def _places(length: int, width: int) -> dict[str, int]:
    """Field → place in a table with a first part of so many columns."""
    unknown = ("-",) * (length - 9)
    places = {
        field: place
        for place, field in enumerate((*_FIRST_PART, *_FIRST_PARTS.get(length, (*unknown, "gear", "filename"))))
    }
    if width > length:
        places |= {field: length + place for place, field in _SECOND_PART.items()}
    if width >= _MEDIA_FROM:
        places["media"] = width - 1
    if width >= _MARKS_FROM and length == 13:
        places |= {field: place for place, field in _MARKS.items()}
    places.pop("-", None)
    return places


def _is_repeated(header: Sequence[str], places: dict[str, int]) -> bool:
    """Whether the second part names elapsed time and distance as the first does: so it is in every language known."""
    if "elapsed_s" not in places or not header[5].strip():
        return False
    return header[places["elapsed_s"]] == header[5] and header[places["distance_m"]] == header[6]


def _is_named(places: dict[str, int], names: dict[int, str]) -> bool:
    """Whether most columns of the first part have the names that they should have."""
    return sum(_means(names.get(places[field]), field) for field in (*_FIRST_PART, "filename")) >= _ENOUGH_NAMES


def _means(named: str | None, field: str) -> bool:
    """Whether the field that a name belongs to is this one, in either part; None where the name is unknown."""
    return named is not None and field in {named, SHOWN.get(named)}


def _known(header: Sequence[str]) -> dict[int, str]:
    """Place → field, where the name of a column is known."""
    by_name = fields_by_name()
    return {place: by_name[name] for place, cell in enumerate(header) if (name := plain(cell)) in by_name}


def _agrees(places: dict[str, int], names: dict[int, str]) -> bool:
    """Whether no column has a name that belongs to another field."""
    return all(_means(names[place], field) for field, place in places.items() if place in names)


def _by_name(names: dict[int, str]) -> dict[str, int]:
    """Field → place by names alone; where a name stands twice, the first is for people and the second in SI."""
    places: dict[str, int] = {}
    for place, field in names.items():
        first = SHOWN.get(field, field)
        if first not in places:
            places[first] = place
        else:
            places.setdefault(field, place)
    return places


def _fitting(places: dict[str, int], sample: Sequence[Sequence[str]]) -> int:
    """How many rows hold ids, times and file names where these places say so."""
    return sum(_row_fits(places, row) for row in sample)


def _row_fits(places: dict[str, int], row: Sequence[str]) -> bool:
    def cell(field: str) -> str:
        return row[places[field]].strip() if field in places else ""

    elapsed, filename = cell("elapsed_s"), cell("filename")
    return (
        cell("activity_id").isdigit()
        and (not elapsed or plain_number(elapsed) is not None)
        and (not filename or is_activity(filename) or "/" in filename)
        and (bool(filename) or _has_start_or_length(cell("date"), cell("shown_elapsed") or elapsed))
    )


def _has_start_or_length(date: str, elapsed: str) -> bool:
    """Whether a row without a file still looks like an activity; a date in an unknown language may be unreadable."""
    return parse_date(date) is not None or plain_number(elapsed) is not None


def _unit_m(places: dict[str, int], sample: Sequence[Sequence[str]], decimal: str | None) -> float:
    """Metres or kilometres, where a table has only one distance: nobody moves at a hundred metres a second."""
    speeds = []
    if {"shown_distance", "shown_elapsed"} <= places.keys() and "distance_m" not in places:
        for row in sample:
            distance = written_number(row[places["shown_distance"]], decimal)
            elapsed = plain_number(row[places["shown_elapsed"]])
            if distance and elapsed:
                speeds.append(distance / elapsed)
    return 1.0 if speeds and sorted(speeds)[len(speeds) // 2] > 0.1 else 1000.0
