"""Windows of calendar time and the days they hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.domain.windows import age, is_new, parse_date, parse_last_date, parse_window
from runcoach.errors import UsageError


@pytest.mark.parametrize(
    ("window", "as_of", "after"),
    [
        ("all", "2026-11-23", None),
        ("1y", "2026-11-23", "2025-11-23"),
        ("1y", "2024-02-29", "2023-02-28"),
        ("4y", "2024-02-29", "2020-02-29"),
        ("1m", "2026-03-31", "2026-02-28"),
        ("3m", "2026-01-15", "2025-10-15"),
        ("90d", "2026-11-23", "2026-08-25"),
        ("12m", "2026-11-23", "2025-11-23"),
        ("99999y", "2026-11-23", None),
        ("99999d", "0005-01-01", None),
    ],
)
def test_windows_end_on_a_day_and_begin_after_one(window: str, as_of: str, after: str | None) -> None:
    expected = None if after is None else date.fromisoformat(after)
    assert parse_window(window).after(date.fromisoformat(as_of)) == expected


@pytest.mark.parametrize("text", ["", "0d", "1", "y", "1w", "-1y", "1 y", "1.5y", "100000d", "١y", "allall"])
def test_what_is_no_window_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_window(text)
    assert refused.value.hint


@pytest.mark.slow
@given(st.integers(1, 5000), st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_n_days_are_n_days(days: int, as_of: date) -> None:
    assert parse_window(f"{days}d").after(as_of) == as_of - timedelta(days=days)


@given(st.integers(1, 200), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_longer_window_never_begins_later(months: int, as_of: date) -> None:
    shorter, longer = (parse_window(f"{n}m").after(as_of) for n in (months, months + 1))
    assert longer is not None
    assert shorter is not None
    assert longer < shorter < as_of


@given(st.text(max_size=12))
def test_any_text_is_a_window_and_a_date_or_a_usage_error(text: str) -> None:
    for parse in (parse_window, parse_date, parse_last_date):
        try:
            parse(text)
        except UsageError:
            continue


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
    ],
)
def test_a_year_and_a_month_have_a_first_and_a_last_day(text: str, first: str, last: str) -> None:
    assert (parse_date(text).isoformat(), parse_last_date(text).isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-30", (0, "day")),
        ("2026-11-23", (0, "day")),
        ("2026-11-22", (1, "day")),
        ("2026-11-10", (13, "day")),
        ("2026-11-09", (2, "week")),
        ("2026-10-20", (4, "week")),
        ("2026-06-01", (5, "month")),
        ("2024-11-23", (2, "year")),
    ],
)
def test_age_is_in_days_weeks_months_or_years(day: str, expected: tuple[int, str]) -> None:
    assert age(day, date(2026, 11, 23)) == expected


def test_an_effort_is_new_for_four_weeks() -> None:
    assert [is_new(day, date(2026, 11, 29)) for day in ("2026-11-02", "2026-11-01")] == [True, False]
