"""Rows of ``activities.csv`` as typed values in SI units: titles, notes, gear, file and totals."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.domain.recording import Totals
from runcoach.domain.sports import BOTH_LEGS_FROM
from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.archive.member_names import TABLE, printable
from runcoach.sources.localized_sports import sport_type_of
from runcoach.sources.strava_export.localized_values import localized_number, machine_number, parse_date

if TYPE_CHECKING:
    from runcoach.sources.strava_export.columns import Columns

    _Cells = Mapping[str, str]

_RACE, _LONG_RUN = 1, 2
_ID, _MAX_ID = re.compile(r"\d{1,19}", re.ASCII), 2**63 - 1
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

    def parse(self, number: int, row: list[str]) -> ExportRow | InvalidRow:
        """The row of these cells, one for every column."""
        cells = self._columns.cells_of(row)
        id_text = cells["activity_id"].strip()
        activity_id = int(id_text) if _ID.fullmatch(id_text) else 0
        if not 0 < activity_id <= _MAX_ID:
            return InvalidRow(TABLE, number, f"{_quoted(cells['activity_id'])} is not a valid activity ID")
        first = self._rows_by_id.setdefault(activity_id, number)
        if first != number:
            return InvalidRow(TABLE, number, f"activity {activity_id} is in row {first} already, which is used")
        return self._row(number, activity_id, cells)

    def _row(self, number: int, activity_id: int, cells: _Cells) -> ExportRow:
        notes: list[str] = []
        type_text = _text(cells, "type") or ""
        sport_type = sport_type_of(type_text)
        if sport_type is None:
            notes.append(f"{_quoted(type_text)} is not a known sport" if type_text else "no sport is named")
        date = cells.get("date", "").strip()
        start_time_s = parse_date(date)
        if start_time_s is None:
            notes.append(f"the date {_quoted(date)} has an unknown format" if date else "there is no date")
        named_file = _text(cells, "filename")
        filename = self._find_member(named_file) if named_file else None
        if named_file and filename is None:
            notes.append(f"its file {printable(named_file)} is not in the archive")
        return ExportRow(
            row_number=number,
            activity_id=activity_id,
            start_time_s=start_time_s,
            name=_text(cells, "name"),
            sport_type=sport_type,
            type_text=type_text,
            description=_text(cells, "description"),
            private_note=_text(cells, "private_note"),
            gear_name=_text(cells, "gear"),
            filename=filename,
            file_missing=named_file is not None and filename is None,
            workout_type=_RACE if _flag(cells, "competition") else _LONG_RUN if _flag(cells, "long_run") else None,
            totals=self._totals(cells, sport_type, notes),
            notes=tuple(notes),
        )

    def _totals(self, cells: _Cells, sport_type: str | None, notes: list[str]) -> Totals:
        avg_cadence, max_cadence = _measured(cells, "avg_cadence"), _measured(cells, "max_cadence")
        if sport_type is None:  # steps of one leg or turns of a crank
            avg_cadence = max_cadence = None
        elif sport_type in sports.ON_FOOT and (avg_cadence or max_cadence or 0.0) < BOTH_LEGS_FROM:
            avg_cadence = avg_cadence and avg_cadence * 2.0
            max_cadence = max_cadence and max_cadence * 2.0
        elapsed_s = _not_negative(cells, "elapsed_s")
        return Totals(
            distance_m=self._distance_m(cells, sport_type, notes),
            elapsed_s=self._shown(cells, "shown_elapsed") if elapsed_s is None else elapsed_s,
            max_hr_bpm=_measured(cells, "max_hr_bpm") or self._shown(cells, "shown_max_hr") or None,
            avg_cadence_spm=avg_cadence,
            max_cadence_spm=max_cadence,
            **{name: _not_negative(cells, name) for name in ("moving_s", "elevation_gain_m")},
            **{name: _number(cells, name) for name in ("elevation_low_m", "elevation_high_m", "temperature_c")},
            **{name: _measured(cells, name) for name in ("avg_hr_bpm", "avg_power_w", "max_power_w", "calories_kcal")},
        )

    def _distance_m(self, cells: _Cells, sport_type: str | None, notes: list[str]) -> float | None:
        distance_m = _not_negative(cells, "distance_m")
        if distance_m is not None:
            return distance_m
        distance = self._shown(cells, "shown_distance")
        if not distance or self._columns.shown_unit_m == 1.0 or sport_type == "Swim":
            return distance
        if sport_type is None:  # kilometres, or metres of a swim
            notes.append("its distance is left out, for its unit depends on the sport")
            return None
        return distance * self._columns.shown_unit_m

    def _shown(self, cells: _Cells, field: str) -> float | None:
        """A number of the first part, which is in the language of the export."""
        value = localized_number(cells.get(field, ""), self._columns.decimal_mark)
        return value if value is not None and value >= 0.0 else None


def _text(cells: _Cells, field: str) -> str | None:
    return cells.get(field, "").replace("\x00", "").strip() or None


def _flag(cells: _Cells, field: str) -> bool:
    return cells.get(field, "").casefold() in _TRUE


def _number(cells: _Cells, field: str) -> float | None:
    return machine_number(cells.get(field, ""))


def _not_negative(cells: _Cells, field: str) -> float | None:
    value = _number(cells, field)
    return value if value is not None and value >= 0.0 else None


def _measured(cells: _Cells, field: str) -> float | None:
    """A value for which zero means "not measured"."""
    return _not_negative(cells, field) or None


def _quoted(text: str) -> str:
    return f'"{printable(text)}"'
