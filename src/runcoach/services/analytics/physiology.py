"""The runner's figures that stored loads were computed with; what they follow from is in ``estimates``."""

from __future__ import annotations

import sqlite3
from typing import Any

from runcoach.domain.training.physiology import Figure, Origin, Physiology, Sex, Zones
from runcoach.store.remote import sync_state

#: Key of ``sync_state``.
_STORED = "physiology"

#: The fields of :class:`Physiology` that are figures.
FIGURES = ("rest_bpm", "max_bpm", "threshold_bpm", "threshold_sec_per_km")


def store(connection: sqlite3.Connection, physiology: Physiology) -> None:
    """Keep the figures that loads were computed with; the caller holds the transaction."""
    figures = {name: getattr(physiology, name) for name in FIGURES}
    zones = physiology.zones
    content = {
        **{name: each and [each.value, each.origin.value, each.note] for name, each in figures.items()},
        "sex": physiology.sex.value,
        "zones": zones and [list(zones.lower_bpm), zones.origin.value, zones.note],
    }
    sync_state.put_json(connection, _STORED, content)


def remove_stored(connection: sqlite3.Connection) -> None:
    """Delete the figures that :func:`store` has kept; they may come from activities that are removed."""
    sync_state.put(connection, _STORED, None)


def stored(connection: sqlite3.Connection) -> Physiology | None:
    """The figures that the stored loads were computed with; None before the first."""
    content: dict[str, Any] | None = sync_state.get_json(connection, _STORED)
    if content is None:
        return None
    figures: dict[str, Any] = {
        name: each and Figure(each[0], Origin(each[1]), each[2]) for name in FIGURES for each in (content[name],)
    }
    zones = content["zones"]
    return Physiology(
        sex=Sex(content["sex"]),
        zones=zones and Zones(tuple(zones[0]), Origin(zones[1]), zones[2]),
        **figures,
    )
