"""What one file gave: the form in which every reader of bytes answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.recording import Recording


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The recordings of one file, never none of them: one a session, track or activity.

    ``notes`` warn of the file as a whole (a bad checksum, bytes that could not be read), one clause each; what
    concerns one recording alone stands in its own notes.
    """

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...] = ()


def counted(number: int, thing: str) -> str:
    """``1 sample``, ``3,120 samples``: a number and what it counts."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
