"""One row of ``activities.csv`` → what Strava knows of an activity: titles, notes, gear, file, totals in SI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.domain.recording import Totals
from runcoach.sources.archive.member_names import shown
from runcoach.sources.cadence import BOTH_LEGS_FROM
from runcoach.sources.strava_export.columns import ABSENT
from runcoach.sources.strava_export.localized_sports import sport_of
from runcoach.sources.strava_export.localized_values import parse_date
from runcoach.sources.strava_export.numbers import plain_number, written_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sources.strava_export.columns import Columns

_RACE, _LONG_RUN = 1, 2
_LARGEST_ID = 2**63 - 1
_TRUE = frozenset({"true", "1", "1.0"})


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What one row tells of one activity; None where it is silent.

    ``start_time_s`` is in seconds since 1970, UTC. ``sport_type`` is Strava's word, ``type_text`` what the row says in
    its own language. ``filename`` is the member that holds the recording; ``file_missing`` says that the row names a
    file which is not there. ``workout_type`` is 1 for a race and 2 for a long run, as Strava counts. ``notes`` are what
    a person should know of the row, one clause each. ``row_number`` counts as a spreadsheet does: the header is row 1.
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
    commute: bool
    workout_type: int | None
    media: tuple[str, ...]
    totals: Totals
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that cannot be used, and why; the others go on."""

    row_number: int
    reason: str

    def __str__(self) -> str:
        return f"activities.csv, row {self.row_number}: {self.reason}"


class RowReader:
    """Reads the rows of one table; ``find_member`` gives the member of a file name, or None."""

    def __init__(self, columns: Columns, find_member: Callable[[str], str | None]) -> None:
        self._at = columns
        self._find_member = find_member
        self._rows_by_id: dict[int, int] = {}

    def read(self, number: int, cells: list[str]) -> ExportRow | InvalidRow:
        """The row of these cells, of which there is one for every column."""
        identity = _identity(cells[self._at.activity_id])
        if identity is None:
            return InvalidRow(number, f"{_quoted(cells[self._at.activity_id])} is no activity id")
        before = self._rows_by_id.setdefault(identity, number)
        if before != number:
            return InvalidRow(number, f"activity {identity} stands in row {before} already, which is used")
        return self._row(number, identity, cells)

    def _row(self, number: int, identity: int, cells: list[str]) -> ExportRow:
        at = self._at
        notes: list[str] = []
        type_text = self._text(cells, at.type) or ""
        sport = sport_of(type_text)
        if sport is None:
            notes.append(f"{_quoted(type_text)} is no known sport" if type_text else "no sport is named")
        filename, missing = self._file(cells, notes)
        return ExportRow(
            row_number=number,
            activity_id=identity,
            start_time_s=self._start(cells, notes),
            name=self._text(cells, at.name),
            sport_type=sport,
            type_text=type_text,
            description=self._text(cells, at.description),
            private_note=self._text(cells, at.private_note),
            gear_name=self._text(cells, at.gear),
            filename=filename,
            file_missing=missing,
            commute=self._flag(cells, at.commute),
            workout_type=self._workout_type(cells),
            media=tuple(item for item in (self._text(cells, at.media) or "").split("|") if "/" in item),
            totals=self._totals(cells, sport, notes),
            notes=tuple(notes),
        )

    def _text(self, cells: list[str], place: int) -> str | None:
        if place == ABSENT or not (cell := cells[place]):
            return None
        return (cell.replace("\x00", "") if "\x00" in cell else cell).strip() or None

    def _flag(self, cells: list[str], place: int) -> bool:
        return place != ABSENT and cells[place].casefold() in _TRUE

    def _workout_type(self, cells: list[str]) -> int | None:
        if self._flag(cells, self._at.competition):
            return _RACE
        return _LONG_RUN if self._flag(cells, self._at.long_run) else None

    def _start(self, cells: list[str], notes: list[str]) -> int | None:
        text = cells[self._at.date].strip() if self._at.date != ABSENT else ""
        start = parse_date(text)
        if start is None:
            notes.append(f"the date {_quoted(text)} is in no known form" if text else "there is no date")
        return start

    def _file(self, cells: list[str], notes: list[str]) -> tuple[str | None, bool]:
        named = self._text(cells, self._at.filename)
        if named is None:
            return None, False
        member = self._find_member(named)
        if member is None:
            notes.append(f"its file {shown(named)} is not in the archive")
        return member, member is None

    def _totals(self, cells: list[str], sport: str | None, notes: list[str]) -> Totals:
        at = self._at
        avg_cadence, max_cadence = _measured(cells, at.avg_cadence), _measured(cells, at.max_cadence)
        if sport is None:  # steps of one leg or turns of a crank: without a sport nobody knows
            avg_cadence = max_cadence = None
        elif sport in sports.ON_FOOT and (avg_cadence or max_cadence or 0.0) < BOTH_LEGS_FROM:
            avg_cadence = avg_cadence and avg_cadence * 2.0
            max_cadence = max_cadence and max_cadence * 2.0
        return Totals(
            distance_m=self._distance_m(cells, sport, notes),
            elapsed_s=self._elapsed_s(cells),
            moving_s=_amount(cells, at.moving_s),
            elevation_gain_m=_amount(cells, at.elevation_gain_m),
            elevation_low_m=_number(cells, at.elevation_low_m),
            elevation_high_m=_number(cells, at.elevation_high_m),
            avg_hr_bpm=_measured(cells, at.avg_hr_bpm),
            max_hr_bpm=_measured(cells, at.max_hr_bpm) or self._shown(cells, at.shown_max_hr) or None,
            avg_cadence_spm=avg_cadence,
            max_cadence_spm=max_cadence,
            avg_power_w=_measured(cells, at.avg_power_w),
            max_power_w=_measured(cells, at.max_power_w),
            temperature_c=_number(cells, at.temperature_c),
            calories_kcal=_measured(cells, at.calories_kcal),
        )

    def _elapsed_s(self, cells: list[str]) -> float | None:
        elapsed = _amount(cells, self._at.elapsed_s)
        return self._shown(cells, self._at.shown_elapsed) if elapsed is None else elapsed

    def _distance_m(self, cells: list[str], sport: str | None, notes: list[str]) -> float | None:
        metres = _amount(cells, self._at.distance_m)
        if metres is not None:
            return metres
        distance = self._shown(cells, self._at.shown_distance)
        if not distance or self._at.shown_unit_m == 1.0 or sport == "Swim":
            return distance
        if sport is None:  # kilometres, or metres of a swim
            notes.append("its distance is left out, for its unit depends on the sport")
            return None
        return distance * self._at.shown_unit_m

    def _shown(self, cells: list[str], place: int) -> float | None:
        value = written_number(cells[place], self._at.decimal) if place != ABSENT else None
        return value if value is not None and value >= 0.0 else None


def _identity(cell: str) -> int | None:
    text = cell.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return number if 0 < (number := int(text)) <= _LARGEST_ID else None


def _number(cells: list[str], place: int) -> float | None:
    return plain_number(cells[place]) if place != ABSENT else None


def _amount(cells: list[str], place: int) -> float | None:
    """A number that cannot be below nought."""
    value = _number(cells, place)
    return value if value is not None and value >= 0.0 else None


def _measured(cells: list[str], place: int) -> float | None:
    """An amount for which nought means that nothing was measured."""
    return _amount(cells, place) or None


def _quoted(text: str) -> str:
    return f'"{shown(text)}"'
