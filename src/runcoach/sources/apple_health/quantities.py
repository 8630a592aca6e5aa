"""Numbers with units and dates as Apple Health writes them."""

from __future__ import annotations

import math
from datetime import datetime

from runcoach.sources.track_points import number

#: Unit as written, in lower case → factor to the unit of the quantity.
METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "yd": 0.9144, "in": 0.0254, "cm": 0.01, "mm": 0.001}
SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "hr": 3600.0, "h": 3600.0, "ms": 0.001, "d": 86_400.0}
PER_MINUTE = {"count/min": 1.0, "bpm": 1.0, "count/s": 60.0, "hz": 60.0}
KILOCALORIES = {"kcal": 1.0, "cal": 0.001, "kj": 1 / 4.184, "j": 1 / 4184.0}
KILOGRAMS = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "st": 6.35029318, "oz": 0.028349523125}
WATTS = {"w": 1.0, "kw": 1000.0}
COUNT = {"count": 1.0}
MILLISECONDS = {"ms": 1.0, "s": 1000.0}
OXYGEN = {
    **dict.fromkeys(("ml/min·kg", "ml/kg·min", "ml/(kg·min)", "ml/min/kg", "ml/kg/min", "ml/(min·kg)"), 1.0),
    **dict.fromkeys(("l/min·kg", "l/kg·min"), 1000.0),
}


def factor(unit: str | None, units: dict[str, float]) -> float | None:
    """The factor of a unit; None for one that is not known or missing. ``Cal`` is a kilocalorie, ``cal`` is not."""
    if unit is None:
        return None
    if units is KILOCALORIES and unit == "Cal":
        return 1.0
    return units.get(unit.strip().casefold())


def quantity(value: str | None, unit: str | None, units: dict[str, float]) -> float | None:
    """A number in the unit of ``units``; None where it is no finite number or the unit is not known."""
    scale, plain = factor(unit, units), plain_number(value)
    return None if scale is None or plain is None else plain * scale


def quantity_with_unit(text: str | None, units: dict[str, float]) -> float | None:
    """A quantity written as one text, like ``4519 cm``."""
    value, _, unit = (text or "").strip().partition(" ")
    return quantity(value, unit, units)


def celsius(text: str | None) -> float | None:
    """A temperature like ``64.4 degF`` or ``18 degC`` in degrees Celsius."""
    value, _, unit = (text or "").strip().partition(" ")
    plain = plain_number(value)
    if plain is None:
        return None
    return {"degc": plain, "degf": (plain - 32.0) / 1.8, "k": plain - 273.15}.get(unit.casefold())


def plain_number(text: str | None) -> float | None:
    """A finite number with a decimal point or comma; None for anything else."""
    value = number(text)
    return None if math.isnan(value) else value


def moment(text: str | None) -> tuple[float, int] | None:
    """``(seconds since 1970, UTC offset in seconds)`` of ``2026-08-24 07:12:33 +0200``; None where it is no date."""
    words = (text or "").split()
    try:
        parsed = datetime.fromisoformat(f"{words[0]} {words[1]}{''.join(words[2:])}")
        offset = parsed.utcoffset()
        return None if offset is None else (parsed.timestamp(), round(offset.total_seconds()))
    except (ValueError, IndexError, OverflowError):
        return None
