"""When a backfill will be home: against fetching activities one by one, minute by minute."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.services.sync.backfill_estimate import (
    BackfillEstimate,
    Day,
    EstimateWindow,
    PendingFetch,
    estimate_backfill,
)
from runcoach.sources.strava.rate_limit import MARGIN_S, RateLimitBudget

MIDNIGHT = 1_790_035_200.0
assert MIDNIGHT % 86_400 == 0

TODAY, TOMORROW = date(2026, 9, 22), date(2026, 9, 23)


def budget(
    quarter_used: int, day_used: int, quarter: int = 100, day: int = 1000, seen_at: float = MIDNIGHT
) -> RateLimitBudget:
    return RateLimitBudget(
        seen_at, read_quarter_limit=quarter, read_quarter_used=quarter_used, read_day_limit=day, read_day_used=day_used
    )


def runs(count: int, reads: int = 2) -> list[PendingFetch]:
    """So many runs, the newest first, a second apart."""
    return [PendingFetch(2_000_000_000 - number, reads) for number in range(count)]


def by_hand(costs: list[int], quarter: int, day: int, quarter_used: int, day_used: int, now: float) -> list[float]:
    """When each is fetched: one after the other, waiting for the next window whenever two reads are not left."""
    at, moments = now, []
    for cost in costs:
        while quarter - quarter_used < 2 or day - day_used < 2:
            following = (at // 900 + 1) * 900
            if following // 86_400 != at // 86_400:
                day_used = 0
            at, quarter_used = following, 0
        quarter_used, day_used = quarter_used + cost, day_used + cost
        moments.append(at)
    return moments


@given(
    st.lists(st.integers(1, 2), max_size=1500),
    st.integers(2, 100),
    st.integers(2, 500),
    st.integers(0, 120),
    st.integers(0, 600),
    st.integers(0, 86_399),
)
def test_it_equals_fetching_one_by_one(
    costs: list[int], quarter: int, day: int, quarter_used: int, day_used: int, second: int
) -> None:
    now = MIDNIGHT + second
    moments = by_hand(costs, quarter, day, quarter_used, day_used, now)
    told = estimate_backfill(
        [PendingFetch(0, cost) for cost in costs], budget(quarter_used, day_used, quarter, day, now), now
    )
    last = moments[-1] if moments else now
    assert told.done_at == (last if last == now else last + MARGIN_S)
    assert told.this_quarter.activities == moments.count(now)
    assert {window.opens_at: window.activities for window in told.windows} == {
        moment // 900 * 900: moments.count(moment) for moment in set(moments)
    }
    assert all(window.reads <= quarter for window in told.windows)
    assert all(window.reads <= day for window in told.days)
    assert sum(window.reads for window in told.windows) == sum(one.reads for one in told.days) == told.reads
    assert sum(window.activities for window in told.windows) == told.activities == len(costs)


def test_what_is_left_now_is_used_first_and_the_newest_come_home_first() -> None:
    now = MIDNIGHT + 10
    first, second = (
        EstimateWindow(MIDNIGHT, 20, 40, 1_999_999_981),
        EstimateWindow(MIDNIGHT + 900, 30, 60, 1_999_999_951),
    )
    today = Day(TODAY, 50, 100, 1_999_999_951)
    rest = EstimateWindow(MIDNIGHT + 86_400, 25, 50, 1_999_999_926)
    assert estimate_backfill(runs(75), budget(60, 900), now) == BackfillEstimate(
        activities=75,
        reads=150,
        this_quarter=first,
        today=today,
        windows=(first, second, rest),
        days=(today, Day(TOMORROW, 25, 50, 1_999_999_926)),
        done_at=MIDNIGHT + 86_400 + MARGIN_S,
    )


def test_where_today_is_used_up_it_says_so() -> None:
    told = estimate_backfill(runs(1), budget(0, 1000), MIDNIGHT + 10)
    assert told.this_quarter == EstimateWindow(MIDNIGHT)
    assert told.today == Day(TODAY)
    assert [day.day for day in told.days] == [TOMORROW]


def test_one_read_alone_is_not_enough_to_begin_with_an_activity() -> None:
    assert estimate_backfill(runs(2), budget(97, 97), MIDNIGHT).this_quarter.activities == 1


def test_the_list_is_read_before_anything_else() -> None:
    told = estimate_backfill(runs(50), budget(0, 0), MIDNIGHT, first_reads=26)
    assert [window.activities for window in told.windows] == [37, 13]
    assert told.reads == 100


def test_the_tighter_limit_counts() -> None:
    both = RateLimitBudget(MIDNIGHT, 200, 190, 2000, 190, 100, 0, 1000, 0)
    assert [window.activities for window in estimate_backfill(runs(60), both, MIDNIGHT).windows] == [5, 50, 5]


def test_a_budget_of_an_earlier_window_counts_for_nothing() -> None:
    assert estimate_backfill(runs(50), budget(100, 1000), MIDNIGHT + 86_400).done_at == MIDNIGHT + 86_400


@pytest.mark.parametrize(("activities", "quarters"), [(0, 0), (50, 0), (51, 1), (225, 4)])
def test_the_unknown_is_taken_for_what_strava_usually_grants(activities: int, quarters: int) -> None:
    told = estimate_backfill(runs(activities), None, MIDNIGHT)
    assert told.done_at == MIDNIGHT + quarters * 900 + (MARGIN_S if quarters else 0)


def test_a_limit_that_no_activity_fits_into_does_not_go_on_forever() -> None:
    assert estimate_backfill(runs(3), budget(0, 0, quarter=1, day=1), MIDNIGHT).days[-1].day == date(2026, 9, 25)


def test_an_activity_whose_start_nobody_knows() -> None:
    assert estimate_backfill([PendingFetch(None)], None, MIDNIGHT).windows[0].back_to is None
