"""Many at once on one file: two syncs, an import and ten readers, as processes of their own, round after round."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import export_maker
from killing import Ended, Mother
from stand_in import StandIn

#: What ten people might look at.
READERS: tuple[tuple[str, ...], ...] = (
    *(("best", "--json"), ("best", "--distance", "3000", "--json"), ("activities", "--json"), ("totals", "--json")),
    *(("status", "--json"), ("jobs", "--json"), ("audit", "--json"), ("imports", "--json"), ("duplicates", "--json")),
    ("best", "--window", "90d"),
)


def make_files(folder: Path, number: int, count: int) -> Path:
    """A folder with so many runs that no other number has."""
    place = folder / f"files {number}"
    place.mkdir(parents=True)
    for nth in range(count):
        run = export_maker.Run(0, 1_600_000_000 + (number * count + nth) * 90_000)
        (place / f"{nth}.fit").write_bytes(export_maker.fit(run))
    return place


def crowd(mother: Mother, home: Path, files: Path, strava: StandIn) -> list[Ended]:
    """One round: everybody begins at the same moment."""
    argvs: list[Sequence[str]] = [("sync", "--no-wait"), ("sync", "--no-wait"), ("import", str(files)), *READERS]
    env = strava.environment(home)
    return mother.run_at_once([(argv, env) for argv in argvs], now=strava.clock.now)


def complaints(ended: Sequence[Ended]) -> list[Ended]:
    """Who was disturbed by the others: only the later one of two syncs may be told so, with exit code 6."""
    one, other, *rest = ended
    wrong = [each for each in rest if each.code != 0 or "did not expect" in each.err]
    if sorted((one.code, other.code)) not in ([0, 0], [0, 6]):
        wrong += [one, other]
    return wrong
