"""The long form of what the tests here take samples of: ``python tests/resilience --kills 200 --seed 1``.

It kills each scenario at random, at points where something becomes lasting and at any moment, a few times in a row,
runs it again and compares what is left with an undisturbed run; then a crowd works on one file for a minute, files are
torn, and a history of 20,000 activities is read. ``--scenario garmin`` kills that one alone and does nothing else. It
prints its figures, and ends with 1 where anything differed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import long_history
from crowd import complaints, crowd, make_files
from killing import KILLED, Mother, content, differences, point
from scenarios import SCENARIOS, Scenario, make_scenarios
from stand_in import standing_in
from tearing import check_torn

#: So many deaths in a row, at most, before a command is allowed to come to its end.
MOST_IN_A_ROW = 3


def main() -> int:
    """Do all of it; the exit code."""
    wish = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    wish.add_argument("--kills", type=int, default=200, help="deaths in all (200)")
    wish.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="only this one; can be repeated (all of them)"
    )
    wish.add_argument("--seed", type=int, default=1)
    wish.add_argument("--crowd", type=float, default=60.0, help="seconds that the crowd works (60)")
    wish.add_argument("--torn", type=int, default=40, help="torn files (40)")
    wish.add_argument("--activities", type=int, default=20_000, help="length of the long history (20,000)")
    given = wish.parse_args()
    os.environ["NO_COLOR"] = "1"
    wrong = 0
    with Mother() as mother, tempfile.TemporaryDirectory(prefix="runcoach-resilience-") as folder:
        scenarios = given.scenario or SCENARIOS
        wrong += kills(mother, Path(folder), given.kills, random.Random(given.seed), scenarios)
        if given.scenario:
            return _say_end(wrong)
        if given.crowd:
            wrong += whole_crowd(mother, Path(folder), given.crowd)
        if given.torn:
            wrong += torn_files(mother, Path(folder), given.torn, given.seed)
        if given.activities:
            long_history.measure(mother, Path(folder), given.activities, print)
    return _say_end(wrong)


def _say_end(wrong: int) -> int:
    print("all as it should be" if not wrong else f"{wrong} times it was not as it should be")
    return 1 if wrong else 0


def kills(mother: Mother, folder: Path, most: int, chance: random.Random, names: Collection[str]) -> int:
    """Kill the named scenarios so many times, at random; how many histories differed."""
    deaths: Counter[str] = Counter()
    moments: Counter[str] = Counter()
    begun, different = time.perf_counter(), 0
    with make_scenarios(mother, folder, names) as scenarios:
        spans = {scenario.name: _seconds(scenario) for scenario in scenarios}
        while sum(deaths.values()) < most:
            scenario = chance.choice(scenarios)
            scenario.start()
            told = []
            for _ in range(chance.randint(1, MOST_IN_A_ROW)):
                how = _any_death(scenario, chance, spans[scenario.name])
                ended = scenario.live(**how)
                told.append(how)
                scenario.check_remains(ended.points)
                if ended.code != KILLED:
                    break
                deaths[scenario.name] += 1
                moments["at a point" if "dies_at" in how else "at any moment"] += 1
            different += not _is_mended(scenario, told)
    _say_table("killed", deaths)
    print(
        f"{sum(deaths.values())} kills ({', '.join(f'{n} {what}' for what, n in sorted(moments.items()))}) in"
        f" {time.perf_counter() - begun:.0f} s; {different} files differed from an undisturbed one"
    )
    return different


def _any_death(scenario: Scenario, chance: random.Random, span_s: float) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"watched": True, "dies_at": point(scenario.points, chance.randrange(len(scenario.points)))}
    return {"killed_after_s": chance.uniform(0.0, span_s)}


def _seconds(scenario: Scenario) -> float:
    scenario.start()
    begun = time.perf_counter()
    scenario.live()
    return time.perf_counter() - begun


def _is_mended(scenario: Scenario, told: list[dict[str, Any]]) -> bool:
    """Whether the next run comes to the same end; what happened before is printed where it does not."""
    try:
        scenario.go_on()
        ending = scenario.ending()
    except AssertionError as error:
        print(f"{scenario.name}, {told}: {str(error)[:2000]}")
        return False
    if ending == scenario.expected:
        return True
    apart = differences(ending, scenario.expected) if isinstance(ending, dict) else []
    print(f"{scenario.name}, {told}: the file differs", *(line[:1000] for line in apart), sep="\n  ")
    return False


def whole_crowd(mother: Mother, folder: Path, seconds: float) -> int:
    """Let everybody work on one file for so long; how many were disturbed, and whether anything was lost."""
    home, alone, rounds, wrong = folder / "crowd", folder / "alone", 0, 0
    with standing_in() as strava:
        for each in (home, alone):
            strava.log_in(each)
        processes, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            strava.sandbox.add_run(days_ago=rounds / 10)
            files = make_files(folder / "crowded", rounds, 3)
            ended = crowd(mother, home, files, strava)
            processes += len(ended)
            for disturbed in complaints(ended):
                print(disturbed)
                wrong += 1
            for argv in (["sync", "--no-wait"], ["import", str(files)]):
                assert mother.run(argv, strava.environment(alone), now=strava.clock.now).code == 0
            rounds += 1
        for each in (home, alone):
            assert mother.run(["sync", "--no-wait"], strava.environment(each), now=strava.clock.now).code == 0
    for line in (apart := differences(content(home), content(alone))):
        print(line[:1000])
    print(
        f"{processes} processes in {rounds} rounds of two syncs, an import and ten readers at once: {wrong} disturbed,"
        f" the file {'DIFFERS FROM' if apart else 'equals'} that of one after the other"
    )
    return wrong + len(apart)


def torn_files(mother: Mother, folder: Path, count: int, seed: int) -> int:
    """Ask everything of so many damaged files; how many times the answer was not one."""
    wrong = 0
    with standing_in() as strava:
        kept, home = folder / "kept", folder / "torn"
        strava.log_in(kept)
        assert mother.run(["sync", "--no-wait"], strava.environment(kept), now=strava.clock.now).code == 0
        for number in range(count):
            try:
                env = strava.environment(home)
                check_torn(mother, kept, home, seed * 1_000_000 + number, env=env, now=strava.clock.now)
            except AssertionError as error:
                print(str(error)[:2000])
                wrong += 1
    print(f"{count} torn files: {wrong} answered with anything but data or a line with a remedy")
    return wrong


def _say_table(what: str, counts: Counter[str]) -> None:
    for name, count in sorted(counts.items()):
        print(f"  {name:20} {what} {count:4} times")


if __name__ == "__main__":
    sys.exit(main())
