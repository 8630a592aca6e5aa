"""Numbers as the two halves of ``activities.csv`` write them: plain for machines, or in the language of the account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Beyond it nothing in a run can be counted or measured.
_LARGEST = 1e12

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’]")
_WRITTEN = re.compile(r"[+-]?\d[\d.,]*")


def plain_number(text: str) -> float | None:
    """``5642.60009765625``, ``1.0e-05``; None for an empty cell and for what is no number.

    Spreadsheets of many countries save it again with a comma, which here is never between thousands.
    """
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        whole, comma, fraction = text.partition(",")
        return plain_number(f"{whole}.{fraction}") if comma and "," not in fraction and "." not in text else None
    return value if abs(value) < _LARGEST and "_" not in text else None


def written_number(text: str, decimal: str | None) -> float | None:
    """``1.234,5``, ``1 234,5``, ``1,234.5``, ``12,34``; None for what is no number, or not certainly which one.

    ``decimal`` is the language's sign before the decimals, None where it is unknown: then a single sign before exactly
    three digits could be either ("1.234") and gives None.
    """
    digits = _BLANKS.sub("", text).replace("−", "-")
    if not _WRITTEN.fullmatch(digits):
        return None
    mark = _decimal_mark(digits, decimal)
    if mark is None:
        return None
    whole, _, fraction = digits.rpartition(mark) if mark else (digits, "", "")
    first, *groups = re.split(r"[.,]", whole)
    if groups and (len(first.lstrip("+-")) > 3 or any(len(group) != 3 for group in groups)):
        return None
    value = float(f"{first}{''.join(groups)}.{fraction or '0'}")
    return value if abs(value) < _LARGEST else None


def decimal_of(texts: Iterable[str]) -> str | None:
    """The sign before the decimals in numbers of one language; None where none of them or not all leave no doubt."""
    marks = set()
    for text in texts:
        digits = _BLANKS.sub("", text)
        if _WRITTEN.fullmatch(digits):
            marks.add(_decimal_mark(digits, None))
    marks -= {"", None}
    return marks.pop() if len(marks) == 1 else None


def _decimal_mark(digits: str, decimal: str | None) -> str | None:
    """The sign before the decimals; empty where there are none, None where that is not certain."""
    used = [sign for sign in ".," if sign in digits]
    if not used:
        return ""
    if len(used) == 2:
        last = max(used, key=digits.rindex)
        return last if digits.count(last) == 1 else None
    sign = used[0]
    if digits.count(sign) > 1:
        return ""
    if len(digits.rpartition(sign)[2]) != 3:
        return sign
    if decimal is None:
        return None
    return sign if sign == decimal else ""
