"""Numbers of both halves of the table, in every language's form."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sources.strava_export.numbers import plain_number, written_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6325.60009765625", 6325.60009765625),
        ("3378", 3378.0),
        ("0.0", 0.0),
        ("-0.12", -0.12),
        ("1.0e-05", 1.0e-05),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("1_000", None),
        ("6325,6", 6325.6),
        ("1,234", 1.234),
        ("1,234.5", None),
        ("1,2,3", None),
        (",", None),
        ("12:30", None),
        ("0x10", None),
    ],
)
def test_a_machine_number_is_plain(text: str, value: float | None) -> None:
    assert plain_number(text) == value


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("12,34", ",", 12.34),
        ("12,34", None, 12.34),
        ("12.34", ".", 12.34),
        ("1.234,5", ",", 1234.5),
        ("1.234,5", None, 1234.5),
        ("1 234,5", ",", 1234.5),
        ("1\u202f234,5", ",", 1234.5),
        ("1\u00a0234,5", None, 1234.5),
        ("1'234.5", ".", 1234.5),
        ("1,234.5", ".", 1234.5),
        ("1,234.5", None, 1234.5),
        ("1.234.567", None, 1234567.0),
        ("1,234,567.25", None, 1234567.25),
        ("1,234", ".", 1234.0),
        ("1,234", ",", 1.234),
        ("1.234", ",", 1234.0),
        ("1.234", ".", 1.234),
        ("1.234", None, None),
        ("1,234", None, None),
        ("1.500", ",", 1500.0),
        ("0", None, 0.0),
        ("−3,5", ",", -3.5),
        ("-3,5", None, -3.5),
        ("", None, None),
        ("abc", None, None),
        ("1.2.3,4", None, None),
        ("1234.567,8", None, None),
        ("1,2,3", None, None),
        ("12 km", None, None),
        ("9" * 40, None, None),
    ],
)
def test_a_written_number_is_read_in_its_language(text: str, decimal: str | None, value: float | None) -> None:
    assert written_number(text, decimal) == value


@given(
    st.floats(min_value=0, max_value=999_999.99).map(lambda value: round(value, 2)),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (",", "\u202f"), (".", "'"), (",", "\u00a0")]),
    st.booleans(),
)
def test_two_decimals_come_back_whether_the_language_is_known_or_not(
    value: float, signs: tuple[str, str], known: bool
) -> None:
    decimal, thousands = signs
    text = f"{value:,.2f}".translate({ord(","): thousands, ord("."): decimal})
    read = written_number(text, decimal if known else None)
    assert read is not None
    assert math.isclose(read, value)


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    for value in (plain_number(text), written_number(text, ","), written_number(text, "."), written_number(text, None)):
        assert value is None or math.isfinite(value)
