"""The distances at which durability is measured."""

from __future__ import annotations

#: An effort that begins within the first 10 km of a run.
FRESH = 0

#: Metres of a run after which a tired effort begins.
AFTER_M = (10_000, 15_000, 20_000, 30_000)

#: Lengths of the efforts in metres.
LENGTHS_M = (1000, 3000, 5000)
