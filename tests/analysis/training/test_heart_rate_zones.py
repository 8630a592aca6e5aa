"""Zones and time in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runcoach.analysis.training.heart_rate_zones import polarization, time_in_zones, zones_of_maximum


def test_zones_are_shares_of_the_maximum() -> None:
    zones = zones_of_maximum(190.0)
    assert zones.lower_bpm == (114, 133, 152, 171)
    assert [zones.number(bpm) for bpm in (80, 113, 114, 133, 171, 210)] == [1, 1, 2, 3, 5, 5]


@given(st.dictionaries(st.integers(60, 210), st.integers(0, 10_000_000), max_size=60))
def test_zones_sum_to_the_second(heart_rate_ms: dict[int, int]) -> None:
    seconds = time_in_zones(heart_rate_ms, zones_of_maximum(187.0))
    assert sum(seconds) == (sum(heart_rate_ms.values()) + 500) // 1000
    assert min(seconds) >= 0


def test_easy_shares_by_sessions_and_by_time() -> None:
    easy, hard = (1200, 2400, 0, 0, 0), (600, 1200, 600, 900, 300)
    found = polarization([easy, easy, easy, easy, hard, (0, 0, 0, 0, 0)])
    assert (found.sessions, found.hard) == (5, 1)
    assert found.easy_share_of_sessions == 0.8
    assert found.easy_share_of_time == (4 * 3600 + 1800) / (5 * 3600)
    assert found.hard_share_of_time == 1200 / (5 * 3600)
    assert polarization([]).easy_share_of_time is None
