"""Dates and numbers of activities.csv in every language; ambiguous forms are not read."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sources.strava_export.localized_values import localized_number, machine_number, parse_date

LANGUAGES = ["en", "en-GB", "de", "fr", "es", "es-MX", "it", "nl", "pt"]
BLANKS = [" ", "\u00a0", "\u202f"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Jun 4, 2024, 6:13:47 AM", "2024-06-04T06:13:47"),
        ("Sept 12, 2018, 12:02:23 PM", "2018-09-12T12:02:23"),
        ("4 Jun 2024, 18:13:47", "2024-06-04T18:13:47"),
        ("Jun 4, 2024 at 6:13:47 p.m.", "2024-06-04T18:13:47"),
        ("3 oct. 2026, 13:44:39", "2026-10-03T13:44:39"),
        ("3 oct. 2026 à 13:44:39", "2026-10-03T13:44:39"),
        ("1er août 2019, 00:00:00", None),
        ("20 jul 2026, 12:14:28 p.m.", "2026-07-20T12:14:28"),
        ("20 jul 2026, 12:14:28\u202fp.\u00a0m.", "2026-07-20T12:14:28"),
        ("20 jul 2026, 12:14:28 a. m.", "2026-07-20T00:14:28"),
        ("11 ago 2014, 16:27:28", "2014-08-11T16:27:28"),
        ("9 de septiembre de 2019 a las 7:05:01", "2019-09-09T07:05:01"),
        ("2015-05-24 18:18:26", "2015-05-24T18:18:26"),
        ("2015-05-24\u00a018:18:26", "2015-05-24T18:18:26"),
        ("2015-05-24T18:18:26Z", "2015-05-24T18:18:26"),
        ("2015-05-24 18:18:26 UTC", "2015-05-24T18:18:26"),
        ("2015-05-24T18:18:26.250+00:00", "2015-05-24T18:18:26"),
        ("09.12.2022, 15:24:49", "2022-12-09T15:24:49"),
        ("9. Dez. 2022, 15:24:49", "2022-12-09T15:24:49"),
        ("9. März 2022 um 15:24:49 Uhr", "2022-03-09T15:24:49"),
        ("9. Mär. 2022, 15:24", "2022-03-09T15:24:00"),
        ("12 giu 2019, 5:06:07", "2019-06-12T05:06:07"),
        ("6 mrt. 2024 14:23:15", "2024-03-06T14:23:15"),
        ("9 mei 2026, 19:00:00", "2026-05-09T19:00:00"),
        ("5 de ago. de 2026, 20:45:59", "2026-08-05T20:45:59"),
        ("1 de março de 2018 às 07:03:00", "2018-03-01T07:03:00"),
        ("05/08/2026, 20:45:59", "2026-08-05T20:45:59"),
        ("2024/06/04 6:13:47", "2024-06-04T06:13:47"),
        ("2024 Jun 4, 6:13:47", "2024-06-04T06:13:47"),
    ],
)
def test_parse_date(text: str, iso: str | None) -> None:
    expected = int(datetime.fromisoformat(f"{iso}+00:00").timestamp()) if iso else None
    assert parse_date(text) == expected


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_and_hour_in_every_language(export_maker: ModuleType, language: str, blank: str) -> None:
    at = datetime(2019, 1, 1, 0, 0, 7, tzinfo=UTC)
    while at.year < 2021:
        written = export_maker.LANGUAGES[language].date(at).replace(" ", blank)
        assert parse_date(written) == int(at.timestamp()), written
        at += timedelta(hours=13, minutes=7, seconds=11)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Jun 4, 2024",
        "6:13:47 AM",
        "Jun 31, 2024, 6:13:47 AM",
        "Jun 4, 2024, 25:13:47",
        "Jun 4, 2024, 13:13:47 PM",
        "Jun 4, 2024, 0:13:47 AM",
        "Jun 4, 24, 6:13:47 AM",
        "Jun 4, 1824, 6:13:47 AM",
        "Jun May 4, 2024, 6:13:47 AM",
        "4 czerwca 2024, 06:13:47",
        "6/4/2024, 6:13:47 AM",
        "31.31.2024, 06:13:47",
        "2015-05-24T18:18:26+02:00",
        "12345678901234567890",
        "Ⅷ 4 2024, 6:13:47",
        "9" * 30 + " Jun 2024, 6:13:47",
        "Jun 4, 2024, " + "9" * 40 + ":13:47",
        "Jun 4, 2024, 6:13:47 AM" + " " * 100,
    ],
)
def test_ambiguous_and_invalid_dates_are_none(text: str) -> None:
    assert parse_date(text) is None


@given(st.text(alphabet=st.characters(), max_size=90))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or -631_152_000 <= moment < 4_102_444_800


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
def test_machine_number(text: str, value: float | None) -> None:
    assert machine_number(text) == value


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
def test_a_localized_number_is_read_in_its_language(text: str, decimal: str | None, value: float | None) -> None:
    assert localized_number(text, decimal) == value


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
    read = localized_number(text, decimal if known else None)
    assert read is not None
    assert math.isclose(read, value)


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    for value in (
        machine_number(text),
        localized_number(text, ","),
        localized_number(text, "."),
        localized_number(text, None),
    ):
        assert value is None or math.isfinite(value)
