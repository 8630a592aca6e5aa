"""Reads Runkeeper's export: ``cardioActivities.csv`` with notes and totals, and the GPX files that it names."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.domain.distances import METRES_PER_MILE
from runcoach.domain.recording import Totals
from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.activity_summary import ActivitySummary, InvalidRow
from runcoach.sources.archive.member_names import printable
from runcoach.sources.archive.opening import list_members
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.track_points import epoch_s

if TYPE_CHECKING:
    from runcoach.sources.archive.members import ArchiveMembers

TABLE = "cardioActivities.csv"

_MAX_TABLE_BYTES = 64 * 2**20
_MAX_ROWS = 200_000

#: The unit in brackets behind a column → metres in one.
_METRES = {"km": 1000.0, "mi": METRES_PER_MILE, "m": 1.0, "ft": 0.3048}

#: Columns that every export has, whatever its units.
_REQUIRED = ("Date", "Type", "Duration")

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RunkeeperActivity:
    """One row; ``filename`` is the member with its track, None for an activity without one."""

    row_number: int
    summary: ActivitySummary
    filename: str | None


def is_runkeeper_export(path: Path) -> bool:
    """Whether a ZIP or folder is Runkeeper's export: it has its table, in itself or in one folder."""
    return _table_name(list_members(path)) is not None


def read_rows(members: ArchiveMembers) -> Iterator[RunkeeperActivity | InvalidRow]:
    """The rows of the table in order.

    Raises SourceError where the table is missing or has other columns, HostileFileError past the limits.
    """
    name = _table_name(members.names)
    if name is None:
        raise members.missing_error(TABLE)
    with members.open(name, _MAX_TABLE_BYTES) as stream:
        content = stream.read_all().decode("utf-8-sig", errors="replace")
    table = csv.DictReader(io.StringIO(content.replace("\0", ""), newline=""))
    missing = [column for column in _REQUIRED if column not in (table.fieldnames or ())]
    if missing:
        raise SourceError(f"{TABLE} has no column {missing[0]!r}", hint="is it Runkeeper's export as downloaded?")
    folder = name[: -len(TABLE)]
    files = {member[len(folder) :].casefold(): member for member in members.names if member.startswith(folder)}
    try:
        for number, row in enumerate(table, start=2):
            if number > _MAX_ROWS:
                raise HostileFileError(f"{TABLE} has more than {_MAX_ROWS:,} rows, which is all that is read")
            cells = {
                key: value.strip() for key, value in row.items() if isinstance(key, str) and isinstance(value, str)
            }
            yield _activity(number, dict.fromkeys(_REQUIRED, "") | cells, files)
    except csv.Error as error:
        raise SourceError(f"{TABLE} is damaged: {error}") from None


def _table_name(names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name.rpartition("/")[2] == TABLE and name.count("/") <= 1), None)


def _activity(number: int, row: Mapping[str, str], files: Mapping[str, str]) -> RunkeeperActivity | InvalidRow:
    start_s = epoch_s(row["Date"])  # by the local clock, as if it were UTC
    if math.isnan(start_s):
        return InvalidRow(TABLE, number, f"{printable(row['Date'])!r} is not a date")
    named = row.get("GPX File") or ""
    filename = files.get(named.casefold())
    notes = (f"its file {printable(named)} is not in the export",) if named and filename is None else ()
    sport_type, indoor = sport_from_words(row["Type"])
    duration_s = _duration_s(row["Duration"])
    return RunkeeperActivity(
        number,
        ActivitySummary(
            kind="runkeeper",
            activity_id=row.get("Activity Id") or str(number),
            start_time_s=int(start_s),
            name=row.get("Route Name") or None,
            description=row.get("Notes") or None,
            sport_type=sport_type,
            indoor=indoor,
            totals=Totals(
                distance_m=_metres(row, "Distance"),
                timer_s=duration_s,
                elevation_gain_m=_metres(row, "Climb"),
                avg_hr_bpm=_number(row.get("Average Heart Rate (bpm)")) or None,
                calories_kcal=_number(row.get("Calories Burned")) or None,
            ),
            is_zoneless=True,
            has_file_title=False,
            notes=notes,
        ),
        filename,
    )


def _duration_s(text: str) -> float | None:
    """``28:30`` or ``1:05:12`` in seconds."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return (hours * 60.0 + minutes) * 60.0 + seconds or None


def _metres(row: Mapping[str, str], column: str) -> float | None:
    """A column such as ``Distance (km)`` or ``Climb (ft)``, in the unit that its title names."""
    for unit, factor in _METRES.items():
        value = _number(row.get(f"{column} ({unit})"))
        if value is not None:
            return value * factor or None
    return None


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return value if 0.0 <= value < 1e9 else None
