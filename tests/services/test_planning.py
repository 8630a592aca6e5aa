"""When a backfill will be home: against spending reads one by one, minute by minute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.services.planning import Plan, plan
from runcoach.sources.strava.budget import MARGIN_S, Budget

MIDNIGHT = 1_790_035_200.0
assert MIDNIGHT % 86_400 == 0


def budget(quarter_used: int, day_used: int, quarter: int = 100, day: int = 1000, seen_at: float = MIDNIGHT) -> Budget:
    return Budget(
        seen_at, read_quarter_limit=quarter, read_quarter_used=quarter_used, read_day_limit=day, read_day_used=day_used
    )


def by_hand(reads: int, quarter: int, day: int, quarter_used: int, day_used: int, now: float) -> float:
    """One read at a time, waiting for the next window whenever one is full."""
    at = now
    while True:
        while reads and quarter_used < quarter and day_used < day:
            reads, quarter_used, day_used = reads - 1, quarter_used + 1, day_used + 1
        if not reads:
            return at
        following = (at // 900 + 1) * 900
        if following // 86_400 != at // 86_400:
            day_used = 0
        at, quarter_used = following, 0


@given(
    st.integers(0, 3000),
    st.integers(2, 100),
    st.integers(2, 500),
    st.integers(0, 120),
    st.integers(0, 600),
    st.integers(0, 86_399),
)
def test_it_equals_spending_reads_one_by_one(
    reads: int, quarter: int, day: int, quarter_used: int, day_used: int, second: int
) -> None:
    now = MIDNIGHT + second
    expected = by_hand(reads, quarter, day, quarter_used, day_used, now)
    told = plan(reads, budget(quarter_used, day_used, quarter, day, now), now)
    assert told.done_at == (expected if expected == now else expected + MARGIN_S)


def test_what_is_left_now_is_used_first() -> None:
    told = plan(150, budget(60, 900), MIDNIGHT + 10)
    assert told == Plan(150, this_quarter=40, this_day=100, done_at=MIDNIGHT + 86_400 + MARGIN_S)


def test_a_budget_of_an_earlier_window_counts_for_nothing() -> None:
    assert plan(100, budget(100, 1000), MIDNIGHT + 86_400).done_at == MIDNIGHT + 86_400


@pytest.mark.parametrize(("reads", "quarters"), [(0, 0), (100, 0), (101, 1), (450, 4)])
def test_the_unknown_is_taken_for_what_strava_usually_grants(reads: int, quarters: int) -> None:
    told = plan(reads, None, MIDNIGHT)
    assert told.done_at == MIDNIGHT + quarters * 900 + (MARGIN_S if quarters else 0)
