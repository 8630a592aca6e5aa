"""The runner's figures that stored loads were computed with; what they follow from is in ``estimates``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcoach.domain.training.physiology import Figure, Origin, Physiology, Sex, Zones
from runcoach.store.remote import sync_state

if TYPE_CHECKING:
    import sqlite3

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
    figures = {name: _figure(content[name]) for name in FIGURES}
    rest_bpm = figures.pop("rest_bpm")
    if rest_bpm is None:
        raise ValueError("the stored figures have no resting heart rate")
    zones = content["zones"]
    return Physiology(
        rest_bpm,
        sex=Sex(content["sex"]),
        zones=None if zones is None else Zones(tuple(zones[0]), Origin(zones[1]), zones[2]),
        **figures,
    )


def _figure(content: list[Any] | None) -> Figure | None:
    return None if content is None else Figure(content[0], Origin(content[1]), content[2])
