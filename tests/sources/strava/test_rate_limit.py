"""Strava's limits: what the headers say, when a window turns, and how long to wait; all by table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sources.strava.rate_limit import (
    MARGIN_S,
    RateLimitBudget,
    end_of,
    from_headers,
    merged,
    reads_left,
    used_up,
)

#: 23 November 2026, 14:00:00 UTC: a quarter begins.
TWO_PM = 1_795_442_400.0
MIDNIGHT = 1_795_478_400.0


def budget(quarter: int, day: int, *, seen_at: float = TWO_PM + 300) -> RateLimitBudget:
    return RateLimitBudget(seen_at, 200, quarter, 2000, day, 100, quarter, 1000, day)


def test_the_constants_of_this_table_are_what_they_say() -> None:
    assert TWO_PM % 900 == 0
    assert MIDNIGHT % 86_400 == 0
    assert MIDNIGHT - TWO_PM == 10 * 3600


def test_both_pairs_of_headers_are_read() -> None:
    headers = {
        "x-ratelimit-limit": "200,2000",
        "x-ratelimit-usage": "6,148",
        "x-readratelimit-limit": "100,1000",
        "x-readratelimit-usage": "5,147",
    }
    assert from_headers(headers, 7.0) == RateLimitBudget(7.0, 200, 6, 2000, 148, 100, 5, 1000, 147)


@pytest.mark.parametrize(
    "usage", [",", "", "5", "5,", "5;148", "-1,2", "5,148,3", "five,148", "1e3,5", "٥,٦", "9" * 5000 + ",1"]
)
def test_a_malformed_header_is_as_good_as_missing(usage: str) -> None:
    headers = {"x-ratelimit-limit": "200,2000", "x-ratelimit-usage": "6,148", "x-readratelimit-usage": usage}
    assert from_headers(headers, 7.0) == RateLimitBudget(7.0, 200, 6, 2000, 148)


def test_no_headers_no_budget() -> None:
    assert from_headers({"content-type": "application/json"}, 7.0) is None


@pytest.mark.parametrize(
    ("seen", "now", "in_flight", "expected"),
    [
        # room
        (budget(0, 0), TWO_PM + 301, 0, None),
        (budget(99, 500), TWO_PM + 301, 0, None),
        # the quarter is full: until a quarter past, and a margin
        (budget(100, 500), TWO_PM + 301, 0, ("quarter", TWO_PM + 900 + MARGIN_S)),
        (budget(130, 500), TWO_PM + 899, 0, ("quarter", TWO_PM + 900 + MARGIN_S)),
        # reads on their way take the rest
        (budget(96, 500), TWO_PM + 301, 3, None),
        (budget(96, 500), TWO_PM + 301, 4, ("quarter", TWO_PM + 900 + MARGIN_S)),
        # the next quarter has begun: its use is unknown, its limit is not
        (budget(100, 500), TWO_PM + 900, 0, None),
        (budget(100, 500), TWO_PM + 900, 99, None),
        (budget(100, 500), TWO_PM + 900, 100, ("quarter", TWO_PM + 1800 + MARGIN_S)),
        # the day is full: until midnight UTC, whatever the quarter says
        (budget(3, 1000), TWO_PM + 301, 0, ("day", MIDNIGHT + MARGIN_S)),
        (budget(100, 1000), TWO_PM + 301, 0, ("day", MIDNIGHT + MARGIN_S)),
        (budget(3, 1000), TWO_PM + 5000, 0, ("day", MIDNIGHT + MARGIN_S)),
        (budget(3, 998), TWO_PM + 5000, 2, ("day", MIDNIGHT + MARGIN_S)),
        # midnight has passed
        (budget(100, 1000), MIDNIGHT, 0, None),
        # the last second of a day belongs to it
        (budget(100, 1000), MIDNIGHT - 1, 0, ("day", MIDNIGHT + MARGIN_S)),
        # nobody knows, so reads go out
        (None, TWO_PM, 50, None),
        (RateLimitBudget(TWO_PM), TWO_PM, 50, None),
        (RateLimitBudget(TWO_PM, quarter_used=500, day_used=5000), TWO_PM, 0, None),
        (RateLimitBudget(TWO_PM, 0, 0, 0, 0), TWO_PM, 0, None),
        # seen in the future: this machine's clock is slow by hours, so nothing is known
        (budget(100, 1000, seen_at=TWO_PM + 3600), TWO_PM, 0, None),
        # seen a moment in the future: two clocks are never quite alike
        (
            budget(100, 10, seen_at=TWO_PM + 320),
            TWO_PM + 300,
            0,
            ("quarter", TWO_PM + 900 + MARGIN_S),
        ),
    ],
)
def test_how_long_to_wait(
    seen: RateLimitBudget | None, now: float, in_flight: int, expected: tuple[str, float] | None
) -> None:
    window = used_up(seen, now, in_flight)
    assert (window and (window, end_of(window, now))) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        # all calls together are the tighter limit, for others have been writing
        (RateLimitBudget(TWO_PM, 200, 195, 2000, 300, 100, 20, 1000, 300), 5),
        # reads are
        (RateLimitBudget(TWO_PM, 200, 60, 2000, 300, 100, 60, 1000, 300), 40),
        # the day is
        (RateLimitBudget(TWO_PM, 200, 60, 2000, 300, 100, 60, 1000, 990), 10),
        # only the old pair of headers
        (RateLimitBudget(TWO_PM, 600, 1, 30_000, 7224), 599),
        (None, None),
        (RateLimitBudget(TWO_PM, 200, 250, 2000, 300), 0),
    ],
)
def test_reads_left_is_the_tightest_of_the_limits(seen: RateLimitBudget | None, expected: int | None) -> None:
    assert reads_left(seen, TWO_PM + 1) == expected


def test_answers_that_overtake_each_other_never_give_back_what_was_used() -> None:
    first, late = budget(51, 300, seen_at=TWO_PM + 10), budget(50, 299, seen_at=TWO_PM + 11)
    assert merged(first, late) == budget(51, 300, seen_at=TWO_PM + 11)
    assert merged(late, first) == budget(51, 300, seen_at=TWO_PM + 11)


def test_use_of_an_older_quarter_is_forgotten_and_of_the_same_day_kept() -> None:
    old, new = budget(100, 300, seen_at=TWO_PM - 1), budget(1, 299, seen_at=TWO_PM)
    assert merged(old, new) == budget(1, 300, seen_at=TWO_PM)


def test_what_the_later_answer_leaves_out_is_kept() -> None:
    old, new = budget(50, 300), RateLimitBudget(TWO_PM + 301, 200, 51, 2000, 301)
    assert merged(old, new) == RateLimitBudget(TWO_PM + 301, 200, 51, 2000, 301, 100, 50, 1000, 300)
    assert merged(None, new) == new
    assert merged(old, None) == old
    assert merged(None, None) is None


def test_a_raised_limit_counts_at_once() -> None:
    new = RateLimitBudget(TWO_PM + 301, 600, 50, 6000, 300, 300, 50, 3000, 300)
    assert reads_left(merged(budget(100, 300), new), TWO_PM + 302) == 200


names = st.sampled_from(["x-ratelimit-limit", "x-ratelimit-usage", "x-readratelimit-limit", "x-readratelimit-usage"])
pairs = st.builds(
    "{}{},{}{}".format,
    st.sampled_from(["", " ", "-"]),
    st.integers(0, 2000),
    st.sampled_from(["", " "]),
    st.integers(0, 20_000),
)
values = st.text("0123456789, -;e٥", max_size=12) | pairs
moments = st.floats(0, 4e9)


@pytest.mark.slow
@given(st.dictionaries(names, values), moments, moments, st.integers(0, 8))
def test_whatever_the_headers_hold_a_wait_ends_with_its_window(
    headers: dict[str, str], seen_at: float, now: float, in_flight: int
) -> None:
    seen = from_headers(headers, seen_at)
    window = used_up(seen, now, in_flight)
    left = reads_left(seen, now, in_flight)
    assert (window is None) == (left is None or left > 0)
    if window is not None:
        end = end_of(window, now)
        assert 0 < end - now <= (86_400 if window == "day" else 900) + MARGIN_S
        assert used_up(seen, end) in (None, "day")


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 300), st.floats(TWO_PM, TWO_PM + 899)), min_size=1, max_size=6), st.randoms())
def test_within_a_quarter_the_order_of_the_answers_does_not_matter(
    seen: list[tuple[int, float]], random: object
) -> None:
    result: RateLimitBudget | None = None
    for used, seen_at in seen:
        result = merged(result, budget(used, 300, seen_at=seen_at))
    assert result is not None
    assert result.quarter_used == max(used for used, _ in seen)
    assert result.seen_at == max(seen_at for _, seen_at in seen)


@pytest.mark.corpus
def test_the_headers_of_every_recorded_answer(corpus: Path) -> None:
    recorded = json.loads((corpus / "api/derived_json/_response_headers.json").read_text())
    budgets = [from_headers(answer["headers"], TWO_PM) for answer in recorded]
    assert len(budgets) == 49
    assert sum(seen is None for seen in budgets) == 7  # OAuth and two refusals carry none, and one list of streams
    assert budgets[0] == RateLimitBudget(TWO_PM, 200, 5, 2000, 148, 100, 5, 1000, 148)
    limited = [seen for seen, answer in zip(budgets, recorded, strict=True) if answer["status"] == 429]
    assert [used_up(seen, TWO_PM + 1) for seen in limited] == ["day"]
