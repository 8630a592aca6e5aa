"""Writes bulk exports as Strava does, in seven languages and every generation of the table: for tests alone.

Nothing here is shared with the code that reads them: positions, words, numbers and dates stand here a second time.
"""

from __future__ import annotations

import csv
import gzip
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

#: Widths of the table over the years.
GENERATIONS = (10, 77, 87, 92, 94, 99, 103)

#: Header lines among the real data: language and width → file.
_REAL_HEADERS = {
    ("en", 10): "en_2018_10.csv",
    ("en", 77): "en_2022_77_translation_missing.csv",
    ("en", 87): "en_202312_87.csv",
    ("de", 92): "de_92.csv",
    ("en", 94): "en_202409_94.csv",
    ("en", 99): "en_202510_99.csv",
    ("en", 103): "en_103.csv",
    ("fr", 103): "fr_2026_103.csv",
}


@dataclass(frozen=True)
class Run:
    """An activity as its runner sees it on Strava; ``start`` is in seconds since 1970, cadence is of one leg.

    ``ending`` is that of its file, None for one typed in by hand; ``missing`` leaves the file out of the archive.
    ``data`` is the file's content where it is not to be made up.
    """

    activity_id: int
    start: int
    name: str = "Morning Run"
    sport: str = "Run"
    description: str = ""
    private_note: str = ""
    gear: str = ""
    elapsed_s: int = 1860
    moving_s: int = 1800
    distance_m: float = 6325.60009765625
    elevation_gain_m: float | None = 102.0999984741211
    elevation_low_m: float | None = 17.100000381469727
    elevation_high_m: float | None = 49.5
    max_cadence: float | None = 92.0
    avg_cadence: float | None = 85.5
    max_hr: float | None = 178.0
    avg_hr: float | None = 154.25
    max_power: float | None = 420.0
    avg_power: float | None = 251.5
    calories: float | None = 512.0
    temperature: float | None = 23.0
    commute: bool = False
    competition: bool = False
    long_run: bool = False
    media: tuple[str, ...] = ()
    ending: str | None = "fit.gz"
    missing: bool = False
    data: bytes | None = None

    @property
    def filename(self) -> str:
        """The file's number is the upload's, which is another than the activity's."""
        return f"activities/{self.activity_id + 257_151_195}.{self.ending}" if self.ending else ""


@dataclass(frozen=True)
class Language:
    """How an account's language writes dates, numbers and sports."""

    date: Callable[[datetime], str]
    decimal: str
    thousands: str
    sports: Mapping[str, str] = field(default_factory=dict)


def _months(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def _english(at: datetime) -> str:
    month = _months("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")[at.month - 1]
    half = "AM" if at.hour < 12 else "PM"
    return f"{month} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S} {half}"


def _british(at: datetime) -> str:
    month = _months("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec")[at.month - 1]
    return f"{at.day} {month} {at.year}, {at:%H:%M:%S}"


def _german(at: datetime) -> str:
    return f"{at:%d.%m.%Y, %H:%M:%S}"


def _french(at: datetime) -> str:
    month = _months("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.")[at.month - 1]
    return f"{at.day} {month} {at.year}, {at:%H:%M:%S}"


_SPANISH_MONTHS = _months("ene feb mar abr may jun jul ago sept oct nov dic")


def _spanish(at: datetime) -> str:
    return f"{at.day} {_SPANISH_MONTHS[at.month - 1]} {at.year}, {at.hour}:{at:%M:%S}"


def _mexican(at: datetime) -> str:
    half = "a.m." if at.hour < 12 else "p.m."
    return f"{at.day} {_SPANISH_MONTHS[at.month - 1]} {at.year}, {at.hour % 12 or 12}:{at:%M:%S} {half}"


def _italian(at: datetime) -> str:
    month = _months("gen feb mar apr mag giu lug ago set ott nov dic")[at.month - 1]
    return f"{at.day} {month} {at.year}, {at:%H:%M:%S}"


def _dutch(at: datetime) -> str:
    month = _months("jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.")[at.month - 1]
    return f"{at.day} {month} {at.year} {at:%H:%M:%S}"


def _portuguese(at: datetime) -> str:
    month = _months("jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.")[at.month - 1]
    return f"{at.day} de {month} de {at.year}, {at:%H:%M:%S}"


LANGUAGES: dict[str, Language] = {
    "en": Language(
        _english,
        ".",
        ",",
        {"TrailRun": "Trail Run", "VirtualRun": "Virtual Run", "WeightTraining": "Weight Training"},
    ),
    "en-GB": Language(_british, ".", ","),
    "de": Language(
        _german,
        ",",
        ".",
        {
            "Run": "Lauf",
            "TrailRun": "Traillauf",
            "VirtualRun": "Virtueller Lauf",
            "Ride": "Radfahrt",
            "Walk": "Spaziergang",
        }
        | {"Swim": "Schwimmen", "Hike": "Wandern", "WeightTraining": "Gewichtstraining", "Workout": "Training"},
    ),
    "fr": Language(
        _french,
        ",",
        "\u202f",
        {"Run": "Course à pied", "TrailRun": "Trail", "VirtualRun": "Course à pied virtuelle", "Ride": "Vélo"}
        | {"Walk": "Marche", "Swim": "Natation", "Hike": "Randonnée", "WeightTraining": "Entraînement aux poids"}
        | {"Workout": "Entraînement"},
    ),
    "es": Language(
        _spanish,
        ",",
        ".",
        {"Run": "Carrera", "TrailRun": "Carrera de trail", "VirtualRun": "Carrera virtual", "Ride": "Bicicleta"}
        | {"Walk": "Caminata", "Swim": "Natación", "Hike": "Senderismo", "WeightTraining": "Entrenamiento con pesas"}
        | {"Workout": "Entrenamiento"},
    ),
    "es-MX": Language(_mexican, ".", ",", {"Run": "Carrera", "Ride": "Bicicleta", "Swim": "Natación"}),
    "it": Language(
        _italian,
        ",",
        ".",
        {
            "Run": "Corsa",
            "TrailRun": "Trail running",
            "VirtualRun": "Corsa virtuale",
            "Ride": "Ciclismo",
            "Walk": "Camminata",
        }
        | {"Swim": "Nuotata", "Hike": "Escursione", "WeightTraining": "Sollevamento pesi", "Workout": "Allenamento"},
    ),
    "nl": Language(
        _dutch,
        ",",
        ".",
        {"Run": "Hardloopsessie", "TrailRun": "Trailrun", "VirtualRun": "Virtuele hardloopsessie", "Ride": "Fietsrit"}
        | {
            "Walk": "Wandeling",
            "Swim": "Zwemmen",
            "Hike": "Hiken",
            "WeightTraining": "Krachttraining",
            "Workout": "Training",
        },
    ),
    "pt": Language(
        _portuguese,
        ",",
        ".",
        {"Run": "Corrida", "TrailRun": "Corrida em trilha", "VirtualRun": "Corrida virtual", "Ride": "Pedalada"}
        | {
            "Walk": "Caminhada",
            "Swim": "Natação",
            "Hike": "Trilha",
            "WeightTraining": "Treino com peso",
            "Workout": "Treino",
        },
    ),
}


def write_export(
    path: Path,
    runs: Sequence[Run],
    *,
    language: str = "en",
    columns: int = 103,
    headers: Path | None = None,
    newline: str = "\n",
    bom: bool = False,
    blank: str = " ",
    top: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write an export to ``path``: a ZIP where that ends in .zip, else a folder. ``top`` is a folder around all of it.

    ``headers`` is the folder of real header lines; without one, or where it has none of that language and width, the
    columns have numbered names, of which those repeat that repeat on Strava. ``blank`` stands in dates for a space.
    """
    members: dict[str, bytes] = {
        "activities.csv": table(
            runs, language=language, columns=columns, headers=headers, newline=newline, bom=bom, blank=blank
        ),
        "profile.csv": b"Athlete ID,First Name\n227615,Ann\n",
        "shoes.csv": b"Shoe Name,Shoe Brand,Shoe Model\nBlue ones,Brooks,Ghost\n",
        "bikes.csv": b"Bike Name,Bike Brand,Bike Model\n",
    }
    for run in runs:
        if run.ending and not run.missing:
            members[run.filename] = file_of(run)
        members |= dict.fromkeys(run.media, b"\xff\xd8\xff\xd9")
    members |= extra or {}
    _pack(path, {f"{top}{name}": data for name, data in members.items()})
    return path


def _pack(path: Path, members: Mapping[str, bytes]) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return
    for name, data in members.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def table(
    runs: Iterable[Run],
    *,
    language: str = "en",
    columns: int = 103,
    headers: Path | None = None,
    newline: str = "\n",
    bom: bool = False,
    blank: str = " ",
) -> bytes:
    """The bytes of ``activities.csv``; see :func:`write_export`."""
    rows = [header(language, columns, headers)]
    rows += [cells(run, language=language, columns=columns, blank=blank) for run in runs]
    text = "".join(",".join(map(_quoted, row)) + newline for row in rows)
    return text.encode("utf-8-sig" if bom else "utf-8")


def _quoted(cell: str) -> str:
    return (
        '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\r\n') or cell != cell.strip() else cell
    )


def header(language: str, columns: int, headers: Path | None = None) -> list[str]:
    """The names of the columns: real ones where there are any, else numbered."""
    real = _REAL_HEADERS.get((language, columns))
    if headers is not None and real is not None:
        with (headers / real).open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file))
    if (language, columns) == ("en", 10):
        return ["id", "date", "name", "type", "description", "elapsed_time", "distance", "commute", "gear", "filename"]
    names = [f"{language} {place}" for place in range(columns)]
    if columns > 10:
        weight = 11 if columns == 77 else 13
        names[weight + 2], names[weight + 4] = names[5], names[6]
    return names


def cells(run: Run, *, language: str = "en", columns: int = 103, blank: str = " ") -> list[str]:
    """The row of one activity."""
    way = LANGUAGES[language]
    old = (language, columns) == ("en", 10)
    at = datetime.fromtimestamp(run.start, UTC)
    row = [""] * columns
    row[0] = str(run.activity_id)
    row[1] = (f"{at:%Y-%m-%d %H:%M:%S}" if old else way.date(at)).replace(" ", blank)
    row[2:5] = run.name, way.sports.get(run.sport, run.sport), run.description
    row[5] = str(run.elapsed_s)
    row[6] = repr(run.distance_m) if old else _shown_distance(run, way)
    if columns == 10:
        row[7:10] = str(run.commute).lower(), run.gear, run.filename
        return row
    if columns == 77:
        row[8:11] = str(run.commute).lower(), run.gear, run.filename
    else:
        row[7] = _si(run.max_hr)
        row[9:13] = str(run.commute).lower(), run.private_note, run.gear, run.filename
        row[-1] = "|".join(run.media)
    _second_part(row, 11 if columns == 77 else 13, run)
    if columns >= 99:
        row[95], row[96] = str(float(run.competition)), str(float(run.long_run))
    return row


def _shown_distance(run: Run, way: Language) -> str:
    english = f"{run.distance_m:,.0f}" if run.sport == "Swim" else f"{run.distance_m / 1000:,.2f}"
    return english.translate({ord(","): way.thousands, ord("."): way.decimal})


def _second_part(row: list[str], weight: int, run: Run) -> None:
    values = {
        2: float(run.elapsed_s),
        3: float(run.moving_s),
        4: run.distance_m,
        5: 5.8,
        6: 3.4,
        7: run.elevation_gain_m,
        8: 99.9,
        9: run.elevation_low_m,
        10: run.elevation_high_m,
        12: -0.03,
        15: run.max_cadence,
        16: run.avg_cadence,
        17: run.max_hr,
        18: run.avg_hr,
        19: run.max_power,
        20: run.avg_power,
        21: run.calories,
        22: 31.0,
        23: run.temperature,
        24: 77.0,
        37: float(run.commute),
        39: float(run.ending is not None),
    }
    for place, value in values.items():
        row[weight + place] = _si(value)


def _si(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def file_of(run: Run) -> bytes:
    """The content of a run's file, packed as its ending says."""
    ending = run.ending or ""
    kind, _, packed = ending.partition(".")
    data = run.data
    if data is None:
        data = {"fit": fit, "gpx": gpx, "tcx": tcx}[kind](run)
    return gzip.compress(data, mtime=0) if packed == "gz" else data


#: A straight road to the north; degrees a metre.
_SOUTH, _EAST, _DEGREES_PER_METRE = 52.0, 13.4, 1 / 111_195.0
_POINTS = 61


def _track(run: Run) -> Iterable[tuple[int, float, float]]:
    """Time, latitude and distance of each point, at an even pace."""
    for point in range(_POINTS):
        part = point / (_POINTS - 1)
        metres = run.distance_m * part
        yield run.start + round(run.elapsed_s * part), _SOUTH + metres * _DEGREES_PER_METRE, metres


def _stamp(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def gpx(run: Run) -> bytes:
    """A track as Strava's own app records it."""
    points = "".join(
        f'<trkpt lat="{latitude:.7f}" lon="{_EAST}"><ele>34.0</ele><time>{_stamp(time)}</time></trkpt>'
        for time, latitude, _ in _track(run)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx creator="StravaGPX" version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<metadata><time>{_stamp(run.start)}</time></metadata>"
        f"<trk><name>As recorded</name><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()


def tcx(run: Run) -> bytes:
    """A training as Strava keeps it: with ten blanks before the declaration, which XML forbids."""
    points = "".join(
        f"<Trackpoint><Time>{_stamp(time)}</Time><Position><LatitudeDegrees>{latitude:.7f}</LatitudeDegrees>"
        f"<LongitudeDegrees>{_EAST}</LongitudeDegrees></Position><DistanceMeters>{metres:.2f}</DistanceMeters></Trackpoint>"
        for time, latitude, metres in _track(run)
    )
    return (
        '          <?xml version="1.0" encoding="UTF-8"?>\n'
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Running"><Id>{_stamp(run.start)}</Id><Lap StartTime="{_stamp(run.start)}">'
        f"<TotalTimeSeconds>{run.elapsed_s}</TotalTimeSeconds><DistanceMeters>{run.distance_m:.2f}</DistanceMeters>"
        f"<Track>{points}</Track></Lap></Activity></Activities></TrainingCenterDatabase>"
    ).encode()


_FIT_EPOCH = 631_065_600
_ENUM, _UINT8, _UINT16, _SINT32, _UINT32 = (
    (0x00, 1, "B"),
    (0x02, 1, "B"),
    (0x84, 2, "H"),
    (0x85, 4, "i"),
    (0x86, 4, "I"),
)
_SEMICIRCLES = 2**31 / 180.0


def fit(run: Run) -> bytes:
    """A watch's recording: file id, a record a point, a lap, a session, an activity."""
    begin, end = run.start - _FIT_EPOCH, run.start + run.elapsed_s - _FIT_EPOCH
    elapsed_ms, centimetres = run.elapsed_s * 1000, round(run.distance_m * 100)
    body = _message(0, 0, [(0, _ENUM, 4), (1, _UINT16, 255), (2, _UINT16, 1), (4, _UINT32, begin)])
    body += _definition(1, 20, [(253, _UINT32), (0, _SINT32), (1, _SINT32), (5, _UINT32), (3, _UINT8)])
    for time, latitude, metres in _track(run):
        place = round(latitude * _SEMICIRCLES), round(_EAST * _SEMICIRCLES)
        body += struct.pack("<BIiiIB", 1, time - _FIT_EPOCH, *place, round(metres * 100), 150)
    whole = [(253, _UINT32, end), (2, _UINT32, begin), (7, _UINT32, elapsed_ms), (8, _UINT32, elapsed_ms)]
    whole += [(9, _UINT32, centimetres)]
    body += _message(2, 19, whole)
    body += _message(3, 18, [*whole, (5, _ENUM, 1), (6, _ENUM, 0)])
    body += _message(4, 34, [(253, _UINT32, end), (1, _UINT16, 1), (2, _ENUM, 0)])
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", _crc(head))
    return head + body + struct.pack("<H", _crc(head + body))


_FitType = tuple[int, int, str]


def _definition(local: int, number: int, parts: Sequence[tuple[int, _FitType]]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(parts))
    return head + b"".join(bytes((place, kind[1], kind[0])) for place, kind in parts)


def _message(local: int, number: int, parts: Sequence[tuple[int, _FitType, int]]) -> bytes:
    layout = "<B" + "".join(kind[2] for _, kind, _ in parts)
    data = struct.pack(layout, local, *(value for _, _, value in parts))
    return _definition(local, number, [(place, kind) for place, kind, _ in parts]) + data


_CRC_OF_NIBBLE = struct.unpack(
    "<16H", bytes.fromhex("000001cc01d8001401f0003c002801e401a0006c007801b40050019c01880044")
)


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) & 0x0FFF ^ _CRC_OF_NIBBLE[crc & 0xF] ^ _CRC_OF_NIBBLE[nibble]
    return crc
