"""Dates of ``activities.csv`` → seconds since 1970: in UTC, in the form of the account's language.

English, German, French, Spanish, Italian, Dutch and Portuguese month names, in full and short, with and without dots;
day or month first; numbers alone; ISO 8601. A form that could be read in two ways is not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

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
_BETWEEN = {"de", "del", "a", "as", "las", "at", "um", "om", "op", "alle", "ore", "il", "le", "t"}

#: Words behind them.
_BEHIND = {"utc", "gmt", "uhr", "z"}

_PART = re.compile(r"\d+|[^\W\d_]+")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ?(?:UTC|Z|\+00:?00))?")

#: Before GPS watches there is nothing to date, and no archive comes from another century.
_FIRST_YEAR, _LAST_YEAR = 1950, 2099

_LONGEST = 80


def parse_date(text: str) -> int | None:
    """Seconds since 1970 of a date with a time of day; None where its form is unknown or it does not exist."""
    if len(text) > _LONGEST:
        return None
    if iso := _ISO.fullmatch(text):
        year, month, day_of_month, hour, minute, second = map(int, iso.groups())
        return _seconds((year, month, day_of_month), (hour, minute, second))
    words: list[str] = []
    numbers: list[str] = []
    for part in _PART.findall(_bare(text)):
        (numbers if part.isdecimal() else words).append(part)
    half = _take_half(words)
    named = [word for word in words if word not in _BETWEEN]
    day_parts = 2 if named else 3
    day = _named_day(named, numbers[:2]) if named else _numbered_day(numbers[:3], has_half=half is not None)
    clock = _clock(numbers[day_parts:], half)
    return None if day is None or clock is None else _seconds(day, clock)


def _bare(text: str) -> str:
    """Without capitals and accents."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _take_half(words: list[str]) -> str | None:
    """Take "a.m." or "PM" off the end of the words; ``a`` or ``p``, None where there is neither."""
    while words and words[-1] in _BEHIND:
        words.pop()
    if words and words[-1] in {"am", "pm"}:
        return words.pop()[0]
    if len(words) > 1 and words[-1] == "m" and words[-2] in {"a", "p"}:
        words.pop()
        return words.pop()
    return None


def _clock(numbers: list[str], half: str | None) -> tuple[int, int, int] | None:
    """Hour, minute and second, of which the last may be missing."""
    if len(numbers) not in {2, 3}:
        return None
    hour, minute, second = (*map(int, numbers), 0)[:3]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, minute, second


def _named_day(words: list[str], numbers: list[str]) -> tuple[int, int, int] | None:
    """Year, month and day of "4 Jun 2024", "Jun 4, 2024" or "2024 Jun 4"."""
    if len(words) != 1 or words[0] not in _MONTHS or len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[1]) == 4 else reversed(numbers)
    return (int(year), _MONTHS[words[0]], int(day)) if len(year) == 4 else None


def _numbered_day(numbers: list[str], *, has_half: bool) -> tuple[int, int, int] | None:
    """Year, month and day of "04.06.2024", "04/06/2024" or "2024-06-04"; with AM or PM the first could be a month."""
    if len(numbers) != 3:
        return None
    if len(numbers[0]) == 4:
        return int(numbers[0]), int(numbers[1]), int(numbers[2])
    return None if len(numbers[2]) != 4 or has_half else (int(numbers[2]), int(numbers[1]), int(numbers[0]))


def _seconds(day: tuple[int, int, int], clock: tuple[int, int, int]) -> int | None:
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR:
        return None
    try:
        return int(datetime(*day, *clock, tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None
