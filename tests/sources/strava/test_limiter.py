"""What a process knows of limits and time while several threads read."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest

from runcoach.errors import ExitCode, RateLimitError
from runcoach.sources.strava.limiter import RateLimiter
from runcoach.sources.strava.rate_limit import RateLimitBudget


def headers(quarter_used: int, day_used: int = 300, *, date: float | None = None) -> dict[str, str]:
    told = {"x-readratelimit-limit": "100,1000", "x-readratelimit-usage": f"{quarter_used},{day_used}"}
    return told if date is None else {**told, "date": formatdate(date, usegmt=True)}


def test_unknown_limits_let_reads_through(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    for _ in range(50):
        meter.reserve()
    assert meter.reads_left is None
    assert meter.budget is None


def test_reads_on_their_way_are_counted_until_they_are_back(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn(headers(97))
    meter.reserve()
    meter.reserve()
    assert meter.reads_left == 1
    meter.release()
    assert meter.reads_left == 2


def test_where_those_on_their_way_may_be_the_last_it_waits_for_one_to_come_back(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn(headers(97))
    for _ in range(3):
        meter.reserve()
    with ThreadPoolExecutor(1) as threads:
        fourth = threads.submit(meter.reserve)
        meter.learn(headers(98))  # one has been counted, and comes back
        meter.release()
        meter.release()  # another comes back without having been counted
        fourth.result(10)
    assert meter.reads_left == 0


def test_where_those_on_their_way_were_the_last_it_says_so(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn(headers(97))
    for _ in range(3):
        meter.reserve()
    with ThreadPoolExecutor(1) as threads:
        fourth = threads.submit(meter.reserve)
        meter.learn(headers(100))
        for _ in range(3):
            meter.release()
        with pytest.raises(RateLimitError):
            fourth.result(10)


def test_what_another_process_has_seen_counts(clock: Any) -> None:
    meter = RateLimiter(RateLimitBudget(clock.now - 60, read_quarter_limit=100, read_quarter_used=100), clock)
    with pytest.raises(RateLimitError) as caught:
        meter.reserve()
    assert caught.value.exit_code is ExitCode.LIMIT
    assert caught.value.until == pytest.approx(clock.now + 600 + 2)
    clock.now += 600
    meter.reserve()


def test_many_threads_never_take_more_than_there_is(clock: Any) -> None:
    meter = RateLimiter(RateLimitBudget(clock.now, read_quarter_limit=100, read_quarter_used=63), clock)
    used, lock = 63, threading.Lock()

    def take(_: int) -> bool:
        nonlocal used
        try:
            meter.reserve()
        except RateLimitError:
            return False
        with lock:
            used += 1
            told = headers(used)
        meter.learn(told)
        meter.release()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(200))) == 37


@pytest.mark.parametrize("off_s", [-3600, 3600, -86_400, 7200.25])
def test_a_clock_that_is_off_is_found_out_and_allowed_for(clock: Any, off_s: float) -> None:
    right = clock.now
    clock.now += off_s
    meter = RateLimiter(clock=clock)
    meter.learn(headers(100, date=right))
    assert meter.skew_s == pytest.approx(-off_s, abs=1)
    assert meter.server_time == pytest.approx(right, abs=1)
    with pytest.raises(RateLimitError) as caught:
        meter.reserve()
    assert caught.value.until == pytest.approx(clock.now + 600 + 2, abs=1)  # ten minutes from now, by the wrong clock
    clock.now += 601
    meter.reserve()


@pytest.mark.parametrize("date", ["", "now", "Mon, 99 Nov 2026 14:05:00 GMT", "Mon, 23 Nov 99999 14:05:00 GMT", "\x00"])
def test_a_date_that_is_none_teaches_nothing(clock: Any, date: str) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn({"date": date})
    assert meter.skew_s == 0


def test_a_right_clock_has_no_error_for_the_seconds_a_date_rounds_away(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn(headers(1, date=clock.now - 2))
    assert meter.skew_s == 0


def test_answers_to_calls_that_do_not_count_teach_the_time_only(clock: Any) -> None:
    meter = RateLimiter(clock=clock)
    meter.learn(headers(100, date=clock.now + 3600), counted=False)
    assert meter.budget is None
    assert meter.skew_s == pytest.approx(3600, abs=1)
