"""Rows of ``activities.csv`` as typed values in SI units: titles, notes, gear, file and totals."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.domain.recording import Totals
from runcoach.domain.sports import BOTH_LEGS_FROM
from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.archive.member_names import TABLE, printable
from runcoach.sources.localized_sports import sport_type_of
from runcoach.sources.strava_export.columns import ABSENT
from runcoach.sources.strava_export.localized_values import localized_number, machine_number, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sources.strava_export.columns import Columns

_RACE, _LONG_RUN = 1, 2
_MAX_ID = 2**63 - 1
_TRUE = frozenset({"true", "1", "1.0"})


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What one row states of an activity; None where it states nothing.

    ``start_time_s`` is in seconds since 1970, UTC. ``sport_type`` is Strava's name, ``type_text`` the one in the
    language of the export. ``filename`` is the member with the recording; ``file_missing`` that the row names a file
    which is not in the archive. ``workout_type`` is 1 for a race and 2 for a long run, as at Strava. ``notes`` are
    remarks on the row, one clause each. ``row_number`` counts from the header, which is row 1.
    """

    row_number: int
    activity_id: int
    start_time_s: int | None
    name: str | None
    sport_type: str | None
    type_text: str
    description: str | None
    private_note: str | None
    gear_name: str | None
    filename: str | None
    file_missing: bool
    workout_type: int | None
    totals: Totals
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the values, independent of the row's position and of its file's folder."""
        filename = None if self.filename is None else PurePosixPath(self.filename).name
        values = asdict(replace(self, row_number=0, notes=(), filename=filename))
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()


class RowParser:
    """Parses the rows of one table; ``find_member`` returns the member with a file name, or None."""

    def __init__(self, columns: Columns, find_member: Callable[[str], str | None]) -> None:
        self._columns = columns
        self._find_member = find_member
        self._rows_by_id: dict[int, int] = {}

    def parse(self, number: int, cells: list[str]) -> ExportRow | InvalidRow:
        """The row of these cells, one for every column."""
        id_cell = cells[self._columns.activity_id]
        activity_id = _parse_id(id_cell)
        if activity_id is None:
            return InvalidRow(TABLE, number, f"{_quoted(id_cell)} is not a valid activity ID")
        first = self._rows_by_id.setdefault(activity_id, number)
        if first != number:
            return InvalidRow(TABLE, number, f"activity {activity_id} is in row {first} already, which is used")
        return self._row(number, activity_id, cells)

    def _row(self, number: int, activity_id: int, cells: list[str]) -> ExportRow:
        columns = self._columns
        notes: list[str] = []
        type_text = _text(cells, columns.type) or ""
        sport_type = sport_type_of(type_text)
        if sport_type is None:
            notes.append(f"{_quoted(type_text)} is not a known sport" if type_text else "no sport is named")
        filename, missing = self._file(cells, notes)
        return ExportRow(
            row_number=number,
            activity_id=activity_id,
            start_time_s=self._start(cells, notes),
            name=_text(cells, columns.name),
            sport_type=sport_type,
            type_text=type_text,
            description=_text(cells, columns.description),
            private_note=_text(cells, columns.private_note),
            gear_name=_text(cells, columns.gear),
            filename=filename,
            file_missing=missing,
            workout_type=self._workout_type(cells),
            totals=self._totals(cells, sport_type, notes),
            notes=tuple(notes),
        )

    def _workout_type(self, cells: list[str]) -> int | None:
        if _flag(cells, self._columns.competition):
            return _RACE
        return _LONG_RUN if _flag(cells, self._columns.long_run) else None

    def _start(self, cells: list[str], notes: list[str]) -> int | None:
        index = self._columns.date
        text = cells[index].strip() if index != ABSENT else ""
        start = parse_date(text)
        if start is None:
            notes.append(f"the date {_quoted(text)} has an unknown format" if text else "there is no date")
        return start

    def _file(self, cells: list[str], notes: list[str]) -> tuple[str | None, bool]:
        filename = _text(cells, self._columns.filename)
        if filename is None:
            return None, False
        member = self._find_member(filename)
        if member is None:
            notes.append(f"its file {printable(filename)} is not in the archive")
        return member, member is None

    def _totals(self, cells: list[str], sport_type: str | None, notes: list[str]) -> Totals:
        columns = self._columns
        avg_cadence, max_cadence = _measured(cells, columns.avg_cadence), _measured(cells, columns.max_cadence)
        if sport_type is None:  # steps of one leg or turns of a crank
            avg_cadence = max_cadence = None
        elif sport_type in sports.ON_FOOT and (avg_cadence or max_cadence or 0.0) < BOTH_LEGS_FROM:
            avg_cadence = avg_cadence and avg_cadence * 2.0
            max_cadence = max_cadence and max_cadence * 2.0
        return Totals(
            distance_m=self._distance_m(cells, sport_type, notes),
            elapsed_s=self._elapsed_s(cells),
            moving_s=_not_negative(cells, columns.moving_s),
            elevation_gain_m=_not_negative(cells, columns.elevation_gain_m),
            elevation_low_m=_number(cells, columns.elevation_low_m),
            elevation_high_m=_number(cells, columns.elevation_high_m),
            avg_hr_bpm=_measured(cells, columns.avg_hr_bpm),
            max_hr_bpm=_measured(cells, columns.max_hr_bpm) or self._shown(cells, columns.shown_max_hr) or None,
            avg_cadence_spm=avg_cadence,
            max_cadence_spm=max_cadence,
            avg_power_w=_measured(cells, columns.avg_power_w),
            max_power_w=_measured(cells, columns.max_power_w),
            temperature_c=_number(cells, columns.temperature_c),
            calories_kcal=_measured(cells, columns.calories_kcal),
        )

    def _elapsed_s(self, cells: list[str]) -> float | None:
        elapsed = _not_negative(cells, self._columns.elapsed_s)
        return self._shown(cells, self._columns.shown_elapsed) if elapsed is None else elapsed

    def _distance_m(self, cells: list[str], sport_type: str | None, notes: list[str]) -> float | None:
        distance_m = _not_negative(cells, self._columns.distance_m)
        if distance_m is not None:
            return distance_m
        distance = self._shown(cells, self._columns.shown_distance)
        if not distance or self._columns.shown_unit_m == 1.0 or sport_type == "Swim":
            return distance
        if sport_type is None:  # kilometres, or metres of a swim
            notes.append("its distance is left out, for its unit depends on the sport")
            return None
        return distance * self._columns.shown_unit_m

    def _shown(self, cells: list[str], index: int) -> float | None:
        """A number of the first part, which is in the language of the export."""
        value = localized_number(cells[index], self._columns.decimal_mark) if index != ABSENT else None
        return value if value is not None and value >= 0.0 else None


def _text(cells: list[str], index: int) -> str | None:
    return cells[index].replace("\x00", "").strip() or None if index != ABSENT else None


def _flag(cells: list[str], index: int) -> bool:
    return index != ABSENT and cells[index].casefold() in _TRUE


def _parse_id(cell: str) -> int | None:
    text = cell.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return number if 0 < (number := int(text)) <= _MAX_ID else None


def _number(cells: list[str], index: int) -> float | None:
    return machine_number(cells[index]) if index != ABSENT else None


def _not_negative(cells: list[str], index: int) -> float | None:
    value = _number(cells, index)
    return value if value is not None and value >= 0.0 else None


def _measured(cells: list[str], index: int) -> float | None:
    """A value for which zero means "not measured"."""
    return _not_negative(cells, index) or None


def _quoted(text: str) -> str:
    return f'"{printable(text)}"'
