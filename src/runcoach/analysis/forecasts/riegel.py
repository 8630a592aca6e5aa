"""Riegel's formula: time is a power of distance, with one exponent for all runners."""

from __future__ import annotations

#: P. S. Riegel, Athletic Records and Human Endurance, American Scientist 69(3):285–290, 1981; for 3.5 to 230 minutes.
EXPONENT = 1.06


def equivalent_s(distance_m: float, duration_s: float, target_m: float, exponent: float = EXPONENT) -> float:
    """Seconds over ``target_m`` equivalent to ``duration_s`` over ``distance_m``: T2 = T1 · (D2 / D1) ** exponent."""
    return float(duration_s * (target_m / distance_m) ** exponent)
