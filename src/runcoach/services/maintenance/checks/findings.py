"""What a checkup finds: how bad it is, what it is, what helps; and, where runcoach can help itself, how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing is wrong
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: a sentence, and what to do about it; ``done`` says what has been done already."""

    check: str
    level: Level
    message: str
    remedy: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding, and what would mend it without a risk: it says what it did, or raises what kept it from doing so."""

    finding: Finding
    mend: Callable[[], str] | None = None


def fine(check: str, message: str, mend: Callable[[], str] | None = None) -> Observation:
    """All is well; ``mend`` is upkeep."""
    return Observation(Finding(check, Level.OK, message), mend)


def note(check: str, message: str, remedy: str | None = None, mend: Callable[[], str] | None = None) -> Observation:
    """Something to know."""
    return Observation(Finding(check, Level.NOTE, message, _remedy(remedy, mend)), mend)


def problem(check: str, message: str, remedy: str | None = None, mend: Callable[[], str] | None = None) -> Observation:
    """Something to do."""
    return Observation(Finding(check, Level.PROBLEM, message, _remedy(remedy, mend)), mend)


def _remedy(remedy: str | None, mend: Callable[[], str] | None) -> str | None:
    return "runcoach doctor --fix" if remedy is None and mend is not None else remedy
