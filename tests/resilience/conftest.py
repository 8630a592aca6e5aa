"""Processes that can be killed, a Strava to sync with, and the scenarios that both are for; made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import Mother
from stand_in import StandIn, standing_in


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    """Forks for every command."""
    with Mother() as running:
        yield running


@pytest.fixture
def strava() -> Iterator[StandIn]:
    """A stand-in for Strava with a small history."""
    with standing_in(activities=5) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A folder for homes."""
    return tmp_path / "homes"
