"""Which activities a person asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities a list holds; None lets everything through. ``sports`` are sport types, any case."""

    since: date | None = None
    until: date | None = None
    sports: tuple[str, ...] = ()
    min_distance_m: float | None = None
    max_distance_m: float | None = None
    text: str | None = None
    deleted: bool = False
