"""Many ``<Record>`` tags at once: the dates and values of tags written the way Apple writes them, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from runcoach.domain.streams import FloatArray

    IntArray = npt.NDArray[np.int64]
    Bytes = npt.NDArray[np.uint8]

#: What follows ``creationDate="`` in such a tag; 0 stands for any digit, + for either sign.
_DATE = "0000-00-00 00:00:00 +0000"
_LAYOUT = f'{_DATE}" startDate="{_DATE}" endDate="{_DATE}" value="'
_START_AT = _LAYOUT.index("startDate") + len('startDate="')
_END_AT = _LAYOUT.index("endDate") + len('endDate="')
_VALUE_BYTES = 24

#: Bytes after ``creationDate="`` that are looked at.
ROW_BYTES = len(_LAYOUT) + _VALUE_BYTES

_TEXT = np.frombuffer(_LAYOUT.encode(), dtype=np.uint8)
_DIGITS, _SIGNS = np.flatnonzero(ord("0") == _TEXT), np.flatnonzero(ord("+") == _TEXT)
_FIXED = np.flatnonzero((ord("0") != _TEXT) & (ord("+") != _TEXT))
_QUOTE, _MINUS, _PLUS = ord('"'), ord("-"), ord("+")


@dataclass(frozen=True, slots=True)
class Columns:
    """``(n,)`` each: seconds since 1970 of start and end, the start's UTC offset in seconds, and the values."""

    start_s: IntArray
    end_s: IntArray
    offset_s: IntArray
    values: FloatArray


def read_columns(rows: list[bytes]) -> tuple[Columns, list[int]]:
    """The rows laid out as Apple writes them, each from after ``creationDate="`` on, and the indices of the others."""
    matrix = np.array(rows, dtype=f"S{ROW_BYTES}").view(np.uint8).reshape(len(rows), ROW_BYTES)
    is_plain = _is_plain(matrix)
    values, is_number = _numbers(matrix[:, _TEXT.size :])
    is_plain &= is_number
    other = np.flatnonzero(~is_plain).tolist()
    if other:
        matrix, values = matrix[is_plain], values[is_plain]
    start_s, offset_s = _seconds(matrix[:, _START_AT : _START_AT + len(_DATE)])
    end_s, _ = _seconds(matrix[:, _END_AT : _END_AT + len(_DATE)])
    return Columns(start_s, end_s, offset_s, values), other


def _is_plain(matrix: Bytes) -> npt.NDArray[np.bool_]:
    fixed = (matrix[:, _FIXED] == _TEXT[_FIXED]).all(axis=1)
    digits = (matrix[:, _DIGITS] - ord("0") <= 9).all(axis=1)  # unsigned: what is below 0 wraps around
    signs = ((matrix[:, _SIGNS] == _PLUS) | (matrix[:, _SIGNS] == _MINUS)).all(axis=1)
    months, days = (_number(matrix[:, _START_AT + at : _START_AT + at + 2]) for at in (5, 8))
    is_date = (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)
    plain: npt.NDArray[np.bool_] = fixed & digits & signs & is_date
    return plain


def _numbers(text: Bytes) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """The numbers before the first quote of each row, and which rows have one; NaN elsewhere."""
    after = np.logical_or.accumulate(text == _QUOTE, axis=1)
    is_number = after[:, -1] & ~after[:, 0]
    digits = np.where(after, 0, text).astype(np.uint8)
    is_number &= (after | ((text - ord("0")) <= 9) | (text == ord("."))).all(axis=1)
    digits[~is_number] = 0
    digits[~is_number, 0] = ord("0")
    try:
        values = np.ascontiguousarray(digits).view(f"S{_VALUE_BYTES}").ravel().astype(np.float64)
    except ValueError:  # "1.2.3"
        return np.full(len(text), np.nan), np.zeros(len(text), dtype=np.bool_)
    return values, is_number


def _number(digits: Bytes) -> IntArray:
    value = np.zeros(len(digits), dtype=np.int64)
    for column in range(digits.shape[1]):
        value = value * 10 + digits[:, column] - ord("0")
    return value


def _seconds(text: Bytes) -> tuple[IntArray, IntArray]:
    """Seconds since 1970 and UTC offsets of dates like ``2026-08-24 07:12:33 +0200``, one a row."""
    year, month, day, hour, minute, second = (
        _number(text[:, begin:end]) for begin, end in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
    )
    offset = _number(text[:, 21:23]) * 3600 + _number(text[:, 23:25]) * 60
    offset = np.where(text[:, 20] == _MINUS, -offset, offset)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    return days * 86_400 + hour * 3600 + minute * 60 + second - offset, offset
