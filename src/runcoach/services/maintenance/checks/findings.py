"""Findings of ``doctor``: level, message, remedy, and a repair where runcoach can do it safely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    NOTE = "note"  # for information
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: a sentence, and a ``remedy``; ``done`` is what a repair did."""

    check: str
    level: Level
    message: str
    remedy: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A finding, and a safe ``repair``, which returns what it did or raises RuncoachError or OSError."""

    finding: Finding
    repair: Callable[[], str] | None = None


def ok(check: str, message: str, repair: Callable[[], str] | None = None) -> CheckResult:
    """Nothing is wrong; ``repair`` is routine maintenance."""
    return CheckResult(Finding(check, Level.OK, message), repair)


def note(check: str, message: str, remedy: str | None = None, repair: Callable[[], str] | None = None) -> CheckResult:
    """Something to know."""
    return CheckResult(Finding(check, Level.NOTE, message, _remedy(remedy, repair)), repair)


def problem(
    check: str, message: str, remedy: str | None = None, repair: Callable[[], str] | None = None
) -> CheckResult:
    """Something to do."""
    return CheckResult(Finding(check, Level.PROBLEM, message, _remedy(remedy, repair)), repair)


def _remedy(remedy: str | None, repair: Callable[[], str] | None) -> str | None:
    return "runcoach doctor --fix" if remedy is None and repair is not None else remedy
