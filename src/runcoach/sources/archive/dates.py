"""Dates of ``activities.csv`` → seconds since 1970: in UTC, in the form of the account's language.

English, German, French, Spanish, Italian, Dutch and Portuguese month names, in full and short, with and without dots;
day or month first; numbers alone; ISO 8601. A form that could be read in two ways is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import timegm
from datetime import date

#: Each line is a month: en, de, fr, es, it, nl, pt; short and long, without dots and accents.
_MONTH_NAMES = (
    "jan january januar janner janv janvier ene enero gen gennaio januari janeiro",
    "feb february februar feber fev fevr fevrier febrero febbraio februari fevereiro",
    "mar march mrz marz mars marzo mrt maart marco",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio mei maio",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august aou aout ago agosto augustus",
    "sep sept september septembre septiembre set sett settembre setiembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember decembre dic diciembre dicembre dezembro",
)
_MONTHS = {name: month for month, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

#: Words between the parts: "5 de ago. de 2026 às 20:45", "20. Juli 2026 um 12:14 Uhr".
_BETWEEN = frozenset("de del a as las at um uhr om alle ore il le op utc gmt z".split())

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ?(?:UTC|Z|\+00:?00))?")
_HALF = re.compile(r"\b([ap])\.?\s*m\b\.?")

#: Before GPS watches there is nothing to date, and no archive comes from another century.
_FIRST_YEAR, _LAST_YEAR = 1950, 2099

_LONGEST = 80


def parse_date(text: str) -> int | None:
    """Seconds since 1970 of a date with a time of day; None where its form is unknown or it does not exist."""
    if len(text) > _LONGEST:
        return None
    iso = _ISO.fullmatch(text)
    if iso:
        year, month, day, hour, minute, second = map(int, iso.groups())
        return _seconds((year, month, day), (hour, minute, second))
    found = _TIME.search(text)
    if not found:
        return None
    # Accents go by decomposition, narrow and no-break spaces become spaces by compatibility.
    rest = unicodedata.normalize("NFKD", f"{text[: found.start()]} {text[found.end() :]}").casefold()
    rest = "".join(character for character in rest if not unicodedata.combining(character))
    half = _HALF.search(rest)
    time = _time_of_day(found, half[1] if half else None)
    day = _day(_HALF.sub(" ", rest), has_half=half is not None)
    return None if time is None or day is None else _seconds(day, time)


def _time_of_day(found: re.Match[str], half: str | None) -> tuple[int, int, int] | None:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _day(text: str, *, has_half: bool) -> tuple[int, int, int] | None:
    """Year, month and day of what is left when the time is taken away."""
    words = [word for word in _WORD.findall(text) if word not in _BETWEEN]
    numbers = _NUMBER.findall(text)
    if len(words) == 1 and len(numbers) == 2 and words[0] in _MONTHS:
        day, year = numbers if len(numbers[1]) == 4 else reversed(numbers)
        return (int(year), _MONTHS[words[0]], int(day)) if len(year) == 4 and len(day) <= 2 else None
    if words or len(numbers) != 3:
        return None
    if len(numbers[0]) == 4:
        return int(numbers[0]), int(numbers[1]), int(numbers[2])
    if len(numbers[2]) != 4 or (has_half and "/" in text):  # 6/4/2024 with AM or PM: June or April
        return None
    return int(numbers[2]), int(numbers[1]), int(numbers[0])


def _seconds(day: tuple[int, int, int], time: tuple[int, int, int]) -> int | None:
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR or time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    try:
        date(*day)
    except ValueError:
        return None
    return timegm((*day, *time))
