"""The published methods on one runner's evidence, for comparison with the combination."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING

from runcoach.analysis.forecasts import critical_speed, power_law, riegel, tanda, vdot, vickers
from runcoach.analysis.forecasts.constants import POPULATION

if TYPE_CHECKING:
    from runcoach.analysis.forecasts.evidence import Evidence
    from runcoach.analysis.forecasts.history import Effort

RIEGEL, VDOT, VICKERS_1, VICKERS_2 = "Riegel", "VDOT", "Vickers 1", "Vickers 2"
TANDA, CRITICAL_SPEED, POWER_LAW = "Tanda", "critical speed", "power law"

#: All methods, in the order of tables.
NAMES = (RIEGEL, VDOT, VICKERS_1, VICKERS_2, TANDA, CRITICAL_SPEED, POWER_LAW)

#: An effort counts for distances up to this many times its own: 8 km for a marathon.
_REACH = 5.3

#: Vickers' model 2 takes the best effort of each of these ranges.
_SHORTER_M, _LONGER_M = (4000.0, 12_500.0), (15_000.0, 32_000.0)

#: Over this distance and longer ones nobody stays on the line of critical speed, which is valid up to 20 minutes.
_ON_LINE_M = 8000.0

#: Share of critical speed in the marathon: B. Smyth and D. Muniz-Pumares, MSSE 52:2637, 2020 (84.8 ± 13.6 %).
_MARATHON_SHARE = 0.848


def published(evidence: Evidence, distance_m: float) -> dict[str, float]:
    """Method → seconds over a distance; methods that cannot say anything are left out.

    Each takes the effort of the highest VDOT, as recorded. Vickers and Tanda are of the marathon only.
    """
    found: dict[str, float] = {}
    is_marathon = abs(distance_m / vickers.MARATHON_M - 1.0) < 0.01
    if (best := _best(evidence.recent, distance_m / _REACH, math.inf)) is not None:
        found[RIEGEL] = riegel.equivalent_s(best.distance_m, best.duration_s, distance_m)
        found[VDOT] = vdot.race_time_s(best.vdot, distance_m)
        found[POWER_LAW] = _power_law_s(evidence.recent, distance_m)
        if is_marathon:
            weekly_m = evidence.training.weekly_m
            found[VICKERS_1] = vickers.model_1_s(best.distance_m, best.duration_s, weekly_m)
            found |= _vickers_2(evidence.recent, weekly_m)
    if is_marathon and evidence.training.pace_sec_per_km is not None:
        found[TANDA] = tanda.marathon_s(evidence.training.weekly_m / 1000.0, evidence.training.pace_sec_per_km)
    if is_marathon or distance_m < _ON_LINE_M:
        found |= _critical_speed(evidence, distance_m, is_marathon=is_marathon)
    return {name: found[name] for name in NAMES if name in found}


def _best(efforts: Iterable[Effort], least_m: float, most_m: float) -> Effort | None:
    within = [one for one in efforts if least_m <= one.distance_m <= most_m]
    return max(within, key=attrgetter("vdot"), default=None)


def _vickers_2(efforts: Iterable[Effort], weekly_m: float) -> dict[str, float]:
    shorter, longer = (_best(efforts, *span) for span in (_SHORTER_M, _LONGER_M))
    if shorter is None or longer is None:
        return {}
    seconds = vickers.model_2_s(shorter.distance_m, shorter.duration_s, longer.distance_m, longer.duration_s, weekly_m)
    return {VICKERS_2: seconds}


def _power_law_s(efforts: Iterable[Effort], distance_m: float) -> float:
    """By the shrunk law through the best efforts of each length, of those at 95 % of the best VDOT or more."""
    within = [one for one in efforts if one.distance_m * _REACH >= distance_m]
    least = 0.95 * max([one.vdot for one in within])
    best: dict[int, Effort] = {}
    for one in sorted((one for one in within if one.vdot >= least), key=lambda one: one.vdot):
        best[round(math.log(one.distance_m) / 0.04)] = one
    return power_law.fit(POPULATION, [(one.distance_m, one.log_s) for one in best.values()]).time_s(distance_m)


def _critical_speed(evidence: Evidence, distance_m: float, *, is_marathon: bool) -> dict[str, float]:
    best: dict[float, float] = {}
    for one in evidence.short:
        if one.duration_s < best.get(one.distance_m, math.inf):
            best[one.distance_m] = one.duration_s
    line = critical_speed.fit(best.items())
    if line is None:
        return {}
    seconds = distance_m / (_MARATHON_SHARE * line.speed_ms) if is_marathon else line.time_s(distance_m)
    is_valid = is_marathon or critical_speed.SHORTEST_S <= seconds <= critical_speed.LONGEST_S
    return {CRITICAL_SPEED: seconds} if is_valid else {}
