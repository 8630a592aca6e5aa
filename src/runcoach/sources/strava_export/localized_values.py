"""Dates and numbers of ``activities.csv`` in the languages of Strava's accounts.

Dates, in UTC, become seconds since 1970: English, German, French, Spanish, Italian, Dutch and Portuguese month names,
full or abbreviated, with or without dots; day or month first; numeric; ISO 8601. Ambiguous forms are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from runcoach.sources.localized_sports import without_accents

#: A month each: en, de, fr, es, it, nl, pt; abbreviated and full, without dots and accents.
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

#: Words between the parts of a date: "5 de ago. de 2026 às 20:45", "20. Juli 2026 um 12:14 Uhr".
_CONNECTING_WORDS = {"de", "del", "a", "as", "las", "at", "um", "om", "op", "alle", "ore", "il", "le", "t"}

#: Words after the time.
_TRAILING_WORDS = {"utc", "gmt", "uhr", "z"}

_PART = re.compile(r"\d+|[^\W\d_]+")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ?(?:UTC|Z|\+00:?00))?")

#: Years of recorded activities.
_FIRST_YEAR, _LAST_YEAR = 1950, 2099

_MAX_CHARS = 80

#: Larger than any number of an activity.
_MAX_NUMBER = 1e12

_GROUP_MARKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*")


def parse_date(text: str) -> int | None:
    """Seconds since 1970 of a date with a time; None where the form is unknown or there is no such date."""
    if len(text) > _MAX_CHARS:
        return None
    if iso := _ISO.fullmatch(text):
        year, month, day_of_month, hour, minute, second = map(int, iso.groups())
        return _seconds((year, month, day_of_month), (hour, minute, second))
    words: list[str] = []
    numbers: list[str] = []
    for part in _PART.findall(without_accents(text)):
        (numbers if part.isdecimal() else words).append(part)
    half_day = _pop_half_day(words)
    month_names = [word for word in words if word not in _CONNECTING_WORDS]
    if month_names:
        day, clock = _date_with_month_name(month_names, numbers[:2]), _clock(numbers[2:], half_day)
    else:
        day, clock = _numeric_date(numbers[:3], has_half_day=half_day is not None), _clock(numbers[3:], half_day)
    return None if day is None or clock is None else _seconds(day, clock)


def _pop_half_day(words: list[str]) -> str | None:
    """Remove "a.m." or "PM" from the end of the words; ``a`` or ``p``, None where there is neither."""
    while words and words[-1] in _TRAILING_WORDS:
        words.pop()
    if words and words[-1] in {"am", "pm"}:
        return words.pop()[0]
    if len(words) > 1 and words[-1] == "m" and words[-2] in {"a", "p"}:
        words.pop()
        return words.pop()
    return None


def _clock(numbers: list[str], half_day: str | None) -> tuple[int, int, int] | None:
    """Hour, minute and second; the second may be missing."""
    if len(numbers) not in {2, 3}:
        return None
    hour, minute, second = (*map(int, numbers), 0)[:3]
    if half_day is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half_day == "p" else 0)
    return hour, minute, second


def _date_with_month_name(words: list[str], numbers: list[str]) -> tuple[int, int, int] | None:
    """Year, month and day of "4 Jun 2024", "Jun 4, 2024" or "2024 Jun 4"."""
    if len(words) != 1 or words[0] not in _MONTHS or len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[1]) == 4 else reversed(numbers)
    return (int(year), _MONTHS[words[0]], int(day)) if len(year) == 4 else None


def _numeric_date(numbers: list[str], *, has_half_day: bool) -> tuple[int, int, int] | None:
    """Year, month and day of "04.06.2024", "04/06/2024" or "2024-06-04"; None with AM or PM (ambiguous)."""
    if len(numbers) != 3:
        return None
    if len(numbers[0]) == 4:
        return int(numbers[0]), int(numbers[1]), int(numbers[2])
    return None if len(numbers[2]) != 4 or has_half_day else (int(numbers[2]), int(numbers[1]), int(numbers[0]))


def _seconds(day: tuple[int, int, int], clock: tuple[int, int, int]) -> int | None:
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR:
        return None
    try:
        return int(datetime(*day, *clock, tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None


def machine_number(text: str) -> float | None:
    """A number of the second part, like ``5642.60009765625`` or ``1.0e-05``; None if it is empty or not a number.

    A comma is a decimal mark, as spreadsheets of many countries save it.
    """
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        whole, comma, fraction = text.partition(",")
        return machine_number(f"{whole}.{fraction}") if comma and "," not in fraction and "." not in text else None
    return value if abs(value) < _MAX_NUMBER and "_" not in text else None


def localized_number(text: str, decimal_mark: str | None) -> float | None:
    """A number of the first part, like ``1.234,5``, ``1 234,5`` or ``1,234.5``; None if not a number, or ambiguous.

    ``decimal_mark`` is that of the language, None where it is unknown: then a single mark before exactly three digits
    ("1.234") is ambiguous.
    """
    digits = _GROUP_MARKS.sub("", text).replace("−", "-")
    if not _NUMBER.fullmatch(digits):
        return None
    mark = _decimal_mark(digits, decimal_mark)
    if mark is None:
        return None
    whole, _, fraction = digits.rpartition(mark) if mark else (digits, "", "")
    first, *groups = re.split(r"[.,]", whole)
    if groups and (len(first.lstrip("+-")) > 3 or any(len(group) != 3 for group in groups)):
        return None
    value = float(f"{first}{''.join(groups)}.{fraction or '0'}")
    return value if abs(value) < _MAX_NUMBER else None


def decimal_mark_of(texts: Iterable[str]) -> str | None:
    """The decimal mark in numbers of one language; None if it is ambiguous in all of them, or they differ."""
    marks = set()
    for text in texts:
        digits = _GROUP_MARKS.sub("", text)
        if _NUMBER.fullmatch(digits):
            marks.add(_decimal_mark(digits, None))
    marks -= {"", None}
    return marks.pop() if len(marks) == 1 else None


def _decimal_mark(digits: str, language_mark: str | None) -> str | None:
    """The decimal mark of a number; empty if it has no decimals, None if that is ambiguous."""
    used = [mark for mark in ".," if mark in digits]
    if not used:
        return ""
    if len(used) == 2:
        last = max(used, key=digits.rindex)
        return last if digits.count(last) == 1 else None
    mark = used[0]
    if digits.count(mark) > 1:
        return ""
    if len(digits.rpartition(mark)[2]) != 3:
        return mark
    if language_mark is None:
        return None
    return mark if mark == language_mark else ""
