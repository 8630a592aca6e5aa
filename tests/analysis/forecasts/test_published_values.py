"""The printed and computed values of each published method."""

from __future__ import annotations

import itertools

import pytest

from runcoach.analysis.forecasts import critical_speed, riegel, tanda, vdot, vickers
from runcoach.domain.units import parse_duration

HALF_M, MARATHON_M = 21097.5, 42195.0

#: Daniels' Running Formula, VDOT 30, 35, … 85.
PRINTED = {
    5000.0: "30:40 27:00 24:08 21:50 19:57 18:22 17:03 15:54 14:55 14:03 13:18 12:37",
    10000.0: "63:46 56:03 50:03 45:16 41:21 38:06 35:22 33:01 31:00 29:14 27:41 26:19",
    HALF_M: "2:21:04 2:04:13 1:50:59 1:40:20 1:31:35 1:24:18 1:18:09 1:12:53 1:08:21 1:04:23 1:00:54 57:50",
    MARATHON_M: "4:49:17 4:16:03 3:49:45 3:28:26 3:10:49 2:56:01 2:43:25 2:32:35 2:23:10 2:14:55 2:07:38 2:01:10",
}
TABLE = [
    (index, metres, parse_duration(time))
    for metres, times in PRINTED.items()
    for index, time in zip(range(30, 90, 5), times.split(), strict=True)
]


@pytest.mark.parametrize(
    ("distance_m", "time", "target_m", "expected"),
    [
        (5000.0, "20:00", 10000.0, "41:42"),
        (5000.0, "20:00", HALF_M, "1:32:00"),
        (5000.0, "20:00", MARATHON_M, "3:11:49"),
        (10000.0, "40:00", HALF_M, "1:28:15"),
        (10000.0, "40:00", MARATHON_M, "3:04:00"),
    ],
)
def test_riegel(distance_m: float, time: str, target_m: float, expected: str) -> None:
    seconds = riegel.equivalent_s(distance_m, parse_duration(time), target_m)
    assert seconds == pytest.approx(parse_duration(expected), abs=0.6)


def test_vdot_of_all_48_printed_times() -> None:
    assert len(TABLE) == 48
    for index, metres, seconds in TABLE:
        assert vdot.vdot(metres, seconds) == pytest.approx(index, abs=0.1)
        assert vdot.race_time_s(index, metres) == pytest.approx(seconds, rel=0.002)


@pytest.mark.parametrize(
    ("distance_m", "time", "expected"),
    [
        (5000.0, "20:00", 49.81),
        (10000.0, "40:00", 51.94),
        (HALF_M, "1:30:00", 50.98),
        (MARATHON_M, "3:00:00", 53.53),
    ],
)
def test_vdot_of_a_time_and_back(distance_m: float, time: str, expected: float) -> None:
    seconds = parse_duration(time)
    index = vdot.vdot(distance_m, seconds)
    assert index == pytest.approx(expected, abs=0.005)
    assert vdot.race_time_s(index, distance_m) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(("index", "pace"), [(40, "5:06"), (50, "4:15"), (60, "3:40"), (70, "3:14")])
def test_threshold_pace(index: int, pace: str) -> None:
    assert vdot.pace_sec_per_km(index, 0.88) == pytest.approx(parse_duration(pace), abs=0.6)
    threshold = next(one for one in vdot.training_paces(index) if one.name == "threshold")
    assert threshold.fast_sec_per_km == pytest.approx(vdot.pace_sec_per_km(index, 0.88), abs=0.05)


def test_training_paces_get_faster_and_are_ranges() -> None:
    paces = vdot.training_paces(50.0)
    assert [one.name for one in paces] == ["easy", "marathon", "threshold", "interval", "repetition"]
    assert all(one.slow_sec_per_km > one.fast_sec_per_km for one in paces)
    assert all(a.fast_sec_per_km > b.fast_sec_per_km for a, b in itertools.pairwise(paces))


def miles(number: float) -> float:
    return number * 1609.344


def test_vickers_model_1() -> None:
    first = vickers.model_1_s(HALF_M, parse_duration("1:35:00"), miles(30))
    assert first == pytest.approx(parse_duration("3:34:16"), abs=0.6)
    second = vickers.model_1_s(10000.0, parse_duration("42:00"), miles(25))
    assert second == pytest.approx(parse_duration("3:33:01"), abs=0.6)


def test_vickers_model_2() -> None:
    seconds = vickers.model_2_s(10000.0, 2520.0, HALF_M, parse_duration("1:35:00"), miles(30))
    assert seconds == pytest.approx(parse_duration("3:30:37"), abs=0.6)


@pytest.mark.parametrize(
    ("weekly_km", "pace", "expected"),
    [(80, "5:00", "3:12:30"), (60, "5:30", "3:31:18"), (40, "6:00", "3:50:55")],
)
def test_tanda(weekly_km: float, pace: str, expected: str) -> None:
    assert tanda.marathon_s(weekly_km, parse_duration(pace)) == pytest.approx(parse_duration(expected), abs=0.6)


@pytest.mark.parametrize(("speed_ms", "d_prime_m"), [(3.1, 90.0), (4.2, 180.0), (5.6, 310.0)])
def test_critical_speed_is_recovered(speed_ms: float, d_prime_m: float) -> None:
    efforts = [(d_prime_m + speed_ms * seconds, seconds) for seconds in (130.0, 260.0, 555.5, 1190.0)]
    found = critical_speed.fit(efforts)
    assert found is not None
    assert found.speed_ms == pytest.approx(speed_ms, abs=1e-9)
    assert found.d_prime_m == pytest.approx(d_prime_m, abs=1e-9)
    assert found.time_s(efforts[2][0]) == pytest.approx(555.5, abs=1e-6)


def test_critical_speed_leaves_efforts_of_other_durations_out() -> None:
    within = [(90.0 + 4.0 * seconds, seconds) for seconds in (150.0, 400.0, 1100.0)]
    assert critical_speed.fit([*within, (400.0, 80.0), (10000.0, 2700.0)]) == critical_speed.fit(within)
    assert critical_speed.fit([*within[:2], (10000.0, 2700.0)]) is None


def test_no_critical_speed_of_efforts_that_were_not_hard() -> None:
    # The shorter efforts are slower than the longer one.
    assert critical_speed.fit([(400.0, 150.0), (1000.0, 300.0), (5000.0, 1100.0)]) is None
    assert critical_speed.fit([(400.0, 150.0)] * 3) is None
