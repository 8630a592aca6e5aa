"""World records over any distance, and the limit below which an effort should be checked."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache

from runcoach.analysis.forecasts.riegel import equivalent_s

#: Men's world records, metres → seconds, the track's where there is one, else the road's. The table is of 2026.
WORLD_RECORDS: dict[float, float] = {
    100.0: 9.58,  # Usain Bolt, 16 August 2009
    200.0: 19.19,  # Usain Bolt, 20 August 2009
    400.0: 43.03,  # Wayde van Niekerk, 14 August 2016
    800.0: 100.91,  # David Rudisha, 9 August 2012
    1000.0: 131.96,  # Noah Ngeny, 5 September 1999
    1500.0: 206.00,  # Hicham El Guerrouj, 14 July 1998
    1609.344: 223.13,  # Hicham El Guerrouj, 7 July 1999
    3000.0: 437.55,  # Jakob Ingebrigtsen, 25 August 2024
    5000.0: 755.36,  # Joshua Cheptegei, 14 August 2020
    10000.0: 1571.00,  # Joshua Cheptegei, 7 October 2020
    21097.5: 3440.0,  # Jacob Kiplimo, 8 March 2026
    42195.0: 7170.0,  # Sabastian Sawe, 26 April 2026
    50000.0: 9523.0,  # CJ Albertson, 8 October 2022
    100000.0: 21935.0,  # Aleksandr Sorokin, 14 May 2023
    160934.0: 39099.0,  # Aleksandr Sorokin, 6 January 2022
    319614.0: 86400.0,  # Aleksandr Sorokin, 18 September 2022
}

#: An effort may be faster than the runner's neighbouring bests imply by this share.
CHECK_FASTER = 0.15


@lru_cache(maxsize=256)
def world_record_s(length_m: float) -> float:
    """Seconds of the world record over any distance.

    Between and beyond the distances of :data:`WORLD_RECORDS` time is a power of distance, a straight line through the
    two nearest in log–log.
    """
    metres = list(WORLD_RECORDS)
    right = min(max(bisect_left(metres, length_m), 1), len(metres) - 1)
    near, far = metres[right - 1], metres[right]
    exponent = math.log(WORLD_RECORDS[far] / WORLD_RECORDS[near]) / math.log(far / near)
    return float(WORLD_RECORDS[far] * (length_m / far) ** exponent)


def check_limit_s(length_m: float, bests: Mapping[float, float]) -> float | None:
    """The time over ``length_m`` below which an effort should be checked (:data:`CHECK_FASTER`).

    ``bests`` maps the lengths of the ranked distances to the runner's best time over each. The neighbours are the
    nearest shorter and the nearest longer one; an effort is to be checked where it is too fast for both, or for the
    only one. None without any neighbour.
    """
    shorter = max((metres for metres in bests if metres < length_m), default=None)
    longer = min((metres for metres in bests if metres > length_m), default=None)
    implied = [equivalent_s(metres, bests[metres], length_m) for metres in (shorter, longer) if metres is not None]
    return min(implied) / (1.0 + CHECK_FASTER) if implied else None
