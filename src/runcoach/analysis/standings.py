"""Ranks of all efforts in several windows at once, and what has changed since the last time; no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.standings import Changes, Entrants, Standings

if TYPE_CHECKING:
    from collections.abc import Sequence


def standings(entrants: Entrants, after: Sequence[int]) -> Standings:
    """Rank by time over each distance, ties by the earlier run, in each window: of the days later than ``after``."""
    order = np.lexsort((entrants.place, entrants.duration_s, entrants.distance_m))
    sorted_out = Entrants(*(column[order] for column in entrants))
    return Standings(
        *(
            np.concatenate(columns)
            for columns in zip(*(_window(number, sorted_out, first) for number, first in enumerate(after)), strict=True)
        )
    )


def _window(number: int, entrants: Entrants, after: int) -> Standings:
    inside = entrants.day > after
    distance_m, duration_s, activity_id = entrants.distance_m[inside], entrants.duration_s[inside], entrants.activity_id
    place = np.arange(distance_m.size)
    begins = np.append(True, distance_m[1:] != distance_m[:-1])[: place.size]
    rank = place - np.maximum.accumulate(np.where(begins, place, 0)) + 1
    return Standings(np.full_like(place, number), distance_m, activity_id[inside], duration_s, rank)


def changes(old: Standings, new: Standings) -> Changes:
    """What makes the ``new`` standings of the ``old`` ones; an effort whose time is another goes and comes."""
    old_order, new_order = old.key.argsort(), new.key.argsort()
    old_key, new_key = old.key[old_order], new.key[new_order]
    at = np.minimum(new_key.searchsorted(old_key), max(new_key.size - 1, 0))
    stays = np.zeros(old_key.size, dtype=bool)
    if new_key.size:
        stays = (new_key[at] == old_key) & (new.duration_s[new_order[at]] == old.duration_s[old_order])
    kept, kept_as = old_order[stays], new_order[at[stays]]
    is_new = np.ones(new_key.size, dtype=bool)
    is_new[kept_as] = False
    rank = new.rank[kept_as]
    moves = old.rank[kept] != rank
    return Changes(old_order[~stays], kept[moves], rank[moves], new.only(is_new))
