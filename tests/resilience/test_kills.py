"""Killed at any point, and run again: the file holds exactly what it would hold if nothing had happened.

These are a sample, one point of each kind; ``python tests/resilience`` kills anywhere, hundreds of times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from killing import KILLED, Mother, point
from scenarios import (
    Backup,
    FirstSync,
    Forget,
    GarminSync,
    Import,
    ImportOfArchive,
    LaterSync,
    Migration,
    Restore,
    Rotation,
    Scenario,
    make_scenarios,
)
from stand_in import standing_in

from runcoach.store.sqlite.migrations import MIGRATIONS

pytestmark = pytest.mark.slow


def sample(points: Sequence[str]) -> list[int]:
    """One point of each kind, the last: it is the one after which nothing of the same kind can mend anything.

    What is before one point is behind another, so those behind, the first of all, and those before a backup gets its
    name are enough.
    """
    last = {name: number for number, name in enumerate(points) if name.startswith(("after", "before replace .default"))}
    return [0, *sorted(last.values())]


def die_everywhere(scenario: Scenario) -> None:
    numbers = sample(scenario.points)
    deaths = sum(dies_and_goes_on(scenario, number) for number in numbers)
    assert deaths >= len(numbers) - 2


def dies_and_goes_on(scenario: Scenario, number: int) -> bool:
    scenario.start()
    ended = scenario.live(watched=True, dies_at=point(scenario.points, number))
    # Four threads travel in another order every time: there may be a point less of a kind, and then it is at its end.
    assert ended.code in {KILLED, 0}, (scenario.points[number], ended)
    scenario.check_remains(ended.points)
    scenario.go_on()
    assert scenario.ending() == scenario.expected, scenario.points[number]
    return ended.code == KILLED


@pytest.mark.parametrize("kind", [FirstSync, LaterSync, GarminSync, Rotation, Backup, Restore, Forget])
def test_with_strava(kind: type[FirstSync], mother: Mother, fresh: Path) -> None:
    with standing_in(activities=kind.activities) as strava:
        die_everywhere(kind(mother, fresh, strava))


@pytest.mark.parametrize("kind", [Import, ImportOfArchive])
def test_an_import(kind: Callable[[Mother, Path], Scenario], mother: Mother, fresh: Path) -> None:
    die_everywhere(kind(mother, fresh))


@pytest.mark.parametrize("version", [1, 2])
def test_a_migration(version: int, mother: Mother, fresh: Path) -> None:
    die_everywhere(Migration(mother, fresh, version))


def test_a_file_of_every_version_can_be_made(mother: Mother, fresh: Path) -> None:
    with make_scenarios(mother, fresh, ["migration"]) as made:
        assert [one.name for one in made] == [f"migration from {version}" for version in range(1, len(MIGRATIONS))]
