"""The result of reading one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.recording import Recording


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The recordings of one file, at least one: one a session, track or activity.

    ``notes`` are warnings about the file as a whole (a bad checksum, unreadable bytes), one clause each; warnings about
    one recording are in its own notes.
    """

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...] = ()


def counted(number: int, thing: str) -> str:
    """A number and what it counts: ``1 sample``, ``3,120 samples``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
