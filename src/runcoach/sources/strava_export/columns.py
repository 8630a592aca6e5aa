"""Which column of ``activities.csv`` holds which field: by position, by name only where positions fail.

Since 2019 the table has two parts: one for people, in the language of the account, and one in SI units. The first has
10 to 13 columns, ends with gear and filename, and names the elapsed time and the distance, which the second names again
at fixed offsets. So only the length of the first part has to be found, in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from runcoach.errors import SourceError
from runcoach.sources.archive.member_names import is_activity, printable
from runcoach.sources.localized_sports import without_accents
from runcoach.sources.strava_export.localized_values import (
    decimal_mark_of,
    localized_number,
    machine_number,
    parse_date,
)

#: The columns that every first part begins with.
_FIRST_COLUMNS = ("activity_id", "date", "name", "type", "description", "shown_elapsed", "shown_distance")

#: Length of the first part → its other columns, where they are not only gear and filename; ``-`` is not read.
_OTHER_COLUMNS: dict[int, tuple[str, ...]] = {
    12: ("shown_max_hr", "-", "-", "gear", "filename"),
    13: ("shown_max_hr", "-", "-", "private_note", "gear", "filename"),
}

#: Offset in the second part, which begins with the athlete's weight → field.
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
_MIN_SECOND_PART = 24

#: Tables of this many columns and more have 13 in the first part; those of this many also have these two columns.
_LONG_FIRST_PART_FROM, _WORKOUT_TYPES_FROM = 84, 99
_WORKOUT_TYPES = {95: "competition", 96: "long_run"}

#: No first part has been longer than 13; Strava may add to it.
_MAX_FIRST_PART = 20

#: The header of 2018.
_MACHINE_HEADER = (
    "id", "date", "name", "type", "description", "elapsed_time", "distance", "commute", "gear", "filename",
)  # fmt: skip

#: Field → its names, for tables whose columns were moved or removed: English, German, French, Spanish, Italian, Dutch,
#: Portuguese. A name that occurs twice means the field for people first (:data:`_SHOWN`) and the SI field second.
_NAMES: dict[str, str] = {
    "activity_id": "Activity ID, Aktivitäts-ID, ID de l'activité, ID de actividad, Id. de actividad,"
    " ID de la actividad, ID attività, ID dell'attività, Activiteits-ID, ID da atividade",
    "date": "Activity Date, Aktivitätsdatum, Date de l'activité, Fecha de la actividad, Data attività,"
    " Data dell'attività, Datum van activiteit, Data da atividade",
    "name": "Activity Name, Name der Aktivität, Nom de l'activité, Nombre de la actividad, Nome attività,"
    " Nome dell'attività, Naam activiteit, Naam van activiteit, Nome da atividade",
    "type": "Activity Type, Aktivitätsart, Type d'activité, Tipo de actividad, Tipo di attività, Activiteitstype,"
    " Tipo de atividade, Sport Type",
    "elapsed_s": "Elapsed Time, Verstrichene Zeit, Temps écoulé, Tiempo transcurrido, Tempo trascorso,"
    " Verstreken tijd, Tempo decorrido",
    "distance_m": "Distance, Distanz, Distancia, Distanza, Afstand, Distância",
    "moving_s": "Moving Time, Bewegungszeit, Durée de déplacement, Tiempo en movimiento, Tempo in movimento,"
    " Beweegtijd, Tempo de movimentação, Tempo em movimento",
    "filename": "Filename, Dateiname, Nom du fichier, Nombre del archivo, Nome file, Nome del file, Bestandsnaam,"
    " Nome do arquivo, Nome do ficheiro",
    "description": "Activity Description",
    "max_hr_bpm": "Max Heart Rate",
    "private_note": "Activity Private Note",
    "gear": "Activity Gear",
    "elevation_gain_m": "Elevation Gain",
    "elevation_low_m": "Elevation Low",
    "elevation_high_m": "Elevation High",
    "max_cadence": "Max Cadence",
    "avg_cadence": "Average Cadence",
    "avg_hr_bpm": "Average Heart Rate",
    "max_power_w": "Max Watts",
    "avg_power_w": "Average Watts",
    "calories_kcal": "Calories",
    "temperature_c": "Average Temperature",
    "competition": "Competition",
    "long_run": "Long Run",
}
_SHOWN = {"elapsed_s": "shown_elapsed", "distance_m": "shown_distance", "max_hr_bpm": "shown_max_hr"}

#: What a table read by names alone must have.
_REQUIRED = {"activity_id", "date", "type"}

#: Name of the id column → decimal mark of the language, where it is certain; Spanish has both, by country.
_DECIMAL_MARKS = {
    "activity id": ".",
    "aktivitats id": ",",
    "id de l activite": ",",
    "id attivita": ",",
    "id dell attivita": ",",
    "activiteits id": ",",
    "id da atividade": ",",
}

_TAG = re.compile(r"<[^<>]*>")
_MISSING_TRANSLATION = re.compile(r"translation missing: [\w.-]*\.(\w+)")

#: Field → index of its column.
Positions = dict[str, int]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which fields a table has, and where.

    ``shown_unit_m`` are the metres in one unit of the shown distance (swims are always shown in metres), and
    ``decimal_mark`` is that of the first part, None where it is unknown.
    """

    positions: Positions
    shown_unit_m: float = 1000.0
    decimal_mark: str | None = None

    def cells_of(self, row: Sequence[str]) -> dict[str, str]:
        """The cells of a row by their fields."""
        return {field: row[index] for field, index in self.positions.items()}


def find_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> Columns:
    """The columns of a table with this header; ``sample`` are rows of it, used where the header is not enough.

    Raises SourceError where it is no table that Strava writes.
    """
    if tuple(name.strip().casefold() for name in header) == _MACHINE_HEADER:
        return Columns(_positions(10, 10), 1.0, ".")
    names = {index: field for index, cell in enumerate(header) if (field := fields_by_name().get(plain_name(cell)))}
    candidates = [positions for positions in _candidates(len(header)) if _agrees(positions, names)]
    positions = next((each for each in candidates if _is_confirmed(each, header, names)), None)
    if positions is not None:
        return Columns(positions, decimal_mark=_decimal_mark(header, positions, sample))
    positions = _by_name(names)
    if positions.keys() >= _REQUIRED:
        mark = _decimal_mark(header, positions, sample)
        return Columns(positions, _unit_m(positions, sample, mark), mark)
    # The positions that fit the most rows, if they fit half of them.
    scores = [sum(_row_fits(each, row) for row in sample) for each in candidates]
    best = max(scores, default=0)
    if best and best * 2 >= len(sample):
        positions = candidates[scores.index(best)]
        return Columns(positions, decimal_mark=_decimal_mark(header, positions, sample))
    some = ", ".join(printable(name) for name in header[:3])
    raise SourceError(
        f"activities.csv has a header in no known form: {len(header)} columns, the first of them {some}",
        hint="import the folder activities/ of the archive on its own: its files are read without it",
    )


def _candidates(width: int) -> Iterator[Positions]:
    """Positions for every length of the first part that a table of this width can have, the most common first."""
    if 10 <= width <= 13:  # a table of 2019, without a second part
        yield _positions(width, width)
    common = 13 if width >= _LONG_FIRST_PART_FROM else 11
    for length in sorted(range(10, _MAX_FIRST_PART + 1), key=lambda length: abs(length - common)):
        if width >= length + _MIN_SECOND_PART:
            yield _positions(length, width)


def _positions(length: int, width: int) -> Positions:
    """Positions in a table of ``width`` columns whose first part has ``length``."""
    others = _OTHER_COLUMNS.get(length, (*("-",) * (length - 9), "gear", "filename"))
    positions = {field: index for index, field in enumerate((*_FIRST_COLUMNS, *others)) if field != "-"}
    if width > length:
        positions |= {field: length + offset for offset, field in _SECOND_PART.items()}
    if width >= _WORKOUT_TYPES_FROM and length == 13:
        positions |= {field: index for index, field in _WORKOUT_TYPES.items()}
    return positions


def _agrees(positions: Positions, names: dict[int, str]) -> bool:
    """Whether no column has the name of another field."""
    return all(field in {named, _SHOWN.get(named)} for field, at in positions.items() if (named := names.get(at)))


def _is_confirmed(positions: Positions, header: Sequence[str], names: dict[int, str]) -> bool:
    """Whether the header proves the length of the first part: by the repeated names, or by those of id and filename."""
    if (
        "elapsed_s" in positions
        and header[5].strip()
        and (header[positions["elapsed_s"]], header[positions["distance_m"]]) == (header[5], header[6])
    ):
        return True
    return names.get(0) == "activity_id" and names.get(positions["filename"]) == "filename"


def _by_name(names: dict[int, str]) -> Positions:
    """Positions by names alone."""
    positions: Positions = {}
    for index, field in names.items():
        first = _SHOWN.get(field, field)
        positions.setdefault(field if first in positions else first, index)
    return positions


def _row_fits(positions: Positions, row: Sequence[str]) -> bool:
    """Whether a row has an id, times and a file name at these positions."""

    def cell(field: str) -> str:
        return row[positions[field]].strip() if field in positions else ""

    elapsed, filename = cell("elapsed_s"), cell("filename")
    if not cell("activity_id").isdigit() or (elapsed and machine_number(elapsed) is None):
        return False
    if filename:
        return is_activity(filename) or "/" in filename
    # A date in an unknown language may be unreadable.
    return parse_date(cell("date")) is not None or machine_number(cell("shown_elapsed") or elapsed) is not None


def _decimal_mark(header: Sequence[str], positions: Positions, sample: Sequence[Sequence[str]]) -> str | None:
    """The decimal mark: by the language of the header where that is certain, else by the shown distances."""
    if "shown_distance" not in positions:
        return None
    known = _DECIMAL_MARKS.get(plain_name(header[0]))
    return known or decimal_mark_of(row[positions["shown_distance"]] for row in sample)


def _unit_m(positions: Positions, sample: Sequence[Sequence[str]], decimal_mark: str | None) -> float:
    """Metres per unit of the distance of a table with only one: metres if most rows would else exceed 100 m/s."""
    speeds = []
    if {"shown_distance", "shown_elapsed"} <= positions.keys() and "distance_m" not in positions:
        for row in sample:
            distance = localized_number(row[positions["shown_distance"]], decimal_mark)
            elapsed = machine_number(row[positions["shown_elapsed"]])
            if distance and elapsed:
                speeds.append(distance / elapsed)
    return 1.0 if speeds and sorted(speeds)[len(speeds) // 2] > 0.1 else 1000.0


def plain_name(name: str) -> str:
    """A column's name in lower case without HTML, accents and punctuation; the last word of a missing translation.

    >>> plain_name('<span title="translation missing: en-US.x.y.start_time">Start Time</span>')
    'start time'
    """
    text = _TAG.sub(" ", name) if "<" in name else name
    missing = _MISSING_TRANSLATION.search(text)
    return " ".join(re.findall(r"[^\W_]+", without_accents(missing[1] if missing else text)))


@cache
def fields_by_name() -> dict[str, str]:
    """Plain name → field."""
    return {plain_name(name): field for field, names in _NAMES.items() for name in names.split(",")}
