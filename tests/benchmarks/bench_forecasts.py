"""How right the forecasts are on the public logs and personal bests in ``$RUNCOACH_CORPUS/races``.

Marathons: leaving one runner out, the settings chosen among the other runners, and with the settings of the program
through profiles into which the logs were imported as rows of an archive (``--quick`` leaves that out). Personal bests:
five-fold, the population fitted to the other folds, mean and standard deviation over :data:`DRAWS` draws of the folds.
Other distances: likely races in the logs. Coverage of the intervals for runners of little volume: also on more
marathons and on the likely races, with 95 % intervals of the shares. Errors are in percent of what was run.
"""

from __future__ import annotations

import csv
import importlib.util
import itertools
import json
import math
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean, stdev
from types import ModuleType
from typing import Any

from fit_forecasts import DISTANCES, MARATHON_M, Bests, fit, read_bests
from timing import cpu_s

from runcoach.analysis.forecasts import combination, methods
from runcoach.analysis.forecasts.constants import BESTS_LAW_SPREAD, MARATHON, POPULATION, MarathonRule, Spread
from runcoach.analysis.forecasts.evidence import Evidence, gather
from runcoach.analysis.forecasts.history import Effort, History, Run
from runcoach.analysis.forecasts.power_law import Population
from runcoach.analysis.forecasts.power_law import fit as fit_law
from runcoach.config import load
from runcoach.domain import activity as stored
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.sports import max_speed_ms
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

#: Road marathons of runners who ran often before: as in the reference of the data.
SHORTEST_M, LONGEST_M, MOST_CLIMB, LEAST_RUNS, FASTEST_S = 41_900.0, 43_600.0, 0.012, 20, 7000.0

#: An import does not believe the distance of a faster run.
MOST_MS = max_speed_ms("Run")

#: Settings to choose from inside the folds.
GRID = [
    MarathonRule(0.0, weight, volume, climb, per_day, any_exponent=exponent)
    for weight, volume, climb, per_day, exponent in itertools.product(
        (0.5, 0.75), (0.05, 0.07, 0.09), (1.0, 3.0), (0.0002, 0.0004, 0.0006), (1.12, 1.14, 1.16)
    )
]

#: Marathons for the coverage of runners of little volume: also shorter recordings, more climb, fewer runs before.
MORE: dict[str, Any] = {"shortest_m": 41_000.0, "most_climb": 0.015, "least_runs": 12}
LITTLE_KM = 32.0

#: Draws of the folds of personal bests.
DRAWS = 20

#: Errors beyond this do not weigh more when settings and offsets are chosen.
CLIPPED = 0.25, 0.15


@dataclass(frozen=True)
class Row:
    """One run of the logs."""

    start: datetime
    distance_m: float
    elapsed_s: float
    climb_m: float

    @property
    def day(self) -> int:
        return self.start.toordinal()


@dataclass(frozen=True)
class Race:
    """A race of a runner; ``duration_s`` is for the exact distance."""

    runner: str
    day: int
    distance_m: float
    duration_s: float


@dataclass(frozen=True)
class Result:
    """A forecast beside what was run; ``inside`` says whether the 50 and the 80 % interval hold it."""

    race: Race
    forecast_s: float
    weekly_km: float
    inside: tuple[bool, bool] | None = None

    @property
    def error(self) -> float:
        return 100.0 * (self.forecast_s / self.race.duration_s - 1.0)


def read_logs() -> dict[str, list[Row]]:
    """The runs of each runner; a run that stands twice counts once, and one too fast to run not, as in an import."""
    runners: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
    with (Path(os.environ["RUNCOACH_CORPUS"]) / "races" / "training_logs.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            one = Row(
                datetime.fromisoformat(row["start_local"]),
                float(row["distance_m"]),
                float(row["elapsed_s"]),
                float(row["climb_m"] or 0.0),
            )
            if one.distance_m > 0 and one.elapsed_s > 0 and one.distance_m / one.elapsed_s <= MOST_MS:
                runners[row["athlete"]][row["start_local"], row["distance_m"]] = one
    return {name: list(rows.values()) for name, rows in runners.items()}


def history(rows: Iterable[Row]) -> History:
    values = [(one.day, one.distance_m, one.elapsed_s, one.climb_m) for one in rows]
    runs = [Run(day, metres, seconds, climb_m=climb_m) for day, metres, seconds, climb_m in values]
    return History.of(runs, [Effort(*one) for one in values])


def marathons(
    logs: dict[str, list[Row]],
    shortest_m: float = SHORTEST_M,
    most_climb: float = MOST_CLIMB,
    least_runs: int = LEAST_RUNS,
) -> list[Race]:
    found = {}
    for name, rows in logs.items():
        for one in rows:
            before = sum(one.day - 182 < other.day <= one.day - 2 for other in rows)
            is_road = shortest_m <= one.distance_m <= LONGEST_M and one.climb_m <= most_climb * one.distance_m
            if is_road and before >= least_runs and one.elapsed_s >= FASTEST_S:
                seconds = one.elapsed_s * MARATHON_M / one.distance_m
                found[name, one.day] = Race(name, one.day, MARATHON_M, seconds)
    return list(found.values())


def likely_races(logs: dict[str, list[Row]], distance_m: float) -> list[Race]:
    """Runs of about this length at 1.2 to 1.6 times the runner's usual VDOT."""
    found = []
    for name, rows in logs.items():
        known = history(rows)
        for one in rows:
            if not 0.99 * distance_m <= one.distance_m <= 1.03 * distance_m or one.climb_m > 0.015 * distance_m:
                continue
            usual = gather(known, one.day - 1, one.day).training
            effort = Effort(one.day, one.distance_m, one.elapsed_s)
            if (
                usual.usual_vdot is not None
                and usual.runs >= LEAST_RUNS
                and 1.2 <= effort.vdot / usual.usual_vdot <= 1.6
            ):
                scale = math.exp(POPULATION.log_time(distance_m) - POPULATION.log_time(one.distance_m))
                found.append(Race(name, one.day, distance_m, one.elapsed_s * scale))
    return found


def report(name: str, results: Sequence[Result]) -> None:
    errors = [one.error for one in results]
    away = sorted(map(abs, errors))
    by_runner = defaultdict(list)
    for one in results:
        by_runner[one.race.runner].append(abs(one.error))
    line = (
        f"  {name:34} n {len(away):4} bias {fmean(errors):+5.1f} median {away[len(away) // 2]:4.1f}"
        f" MAPE {fmean(away):5.2f} runners {fmean(map(fmean, by_runner.values())):5.2f}"
        f" p90 {away[math.ceil(0.9 * len(away)) - 1]:5.1f}"
    )
    known = [one.inside for one in results if one.inside is not None]
    if known:
        line += "".join(
            f" {level}: {100 * fmean(one[index] for one in known):3.0f} %" for index, level in enumerate((50, 80))
        )
    print(line)


def coverage(name: str, results: Sequence[Result]) -> None:
    """How many the intervals hold, with the 95 % interval of the share (E. B. Wilson, J Am Stat Assoc 22:209, 1927)."""
    runners = len({one.race.runner for one in results})
    line = f"  {name:34} n {len(results):4} of {runners} runners"
    known = [one.inside for one in results if one.inside is not None]
    for index, level in enumerate((50, 80)):
        n, hits, z = len(known), sum(one[index] for one in known), 1.96
        middle, half = hits + z * z / 2, z * math.sqrt(hits * (n - hits) / n + z * z / 4)
        low, high = (100.0 * (middle + sign * half) / (n + z * z) for sign in (-1, 1))
        line += f"  {level}: {hits} = {100 * hits / n:.0f} % ({low:.0f}-{high:.0f})"
    print(line)


def bootstrap(results: Sequence[Result], draws: int = 2000) -> None:
    """The middle 90 % of the mean error when runners are drawn again."""
    by_runner = defaultdict(list)
    for one in results:
        by_runner[one.race.runner].append(abs(one.error))
    runners, rng = list(by_runner.values()), random.Random(1)
    cases, means = [], []
    for _ in range(draws):
        drawn = rng.choices(runners, k=len(runners))
        cases.append(fmean(itertools.chain.from_iterable(drawn)))
        means.append(fmean(map(fmean, drawn)))
    for name, values in (("cases", sorted(cases)), ("runners", sorted(means))):
        print(f"    bootstrap by runner, MAPE over {name}: {values[draws // 20]:.1f} to {values[-draws // 20]:.1f}")


def _of_little_volume(results: Iterable[Result]) -> list[Result]:
    return [one for one in results if one.weekly_km < LITTLE_KM]


def inside(spread: Spread, log_s: float, seconds: float) -> tuple[bool, bool]:
    above = math.log(seconds) - log_s
    return spread.low_50 <= above <= spread.high_50, spread.low_80 <= above <= spread.high_80


class Chooser:
    """Chooses settings and the offset on some races; each runner weighs with the root of the number of races."""

    def __init__(self, races: Sequence[Race], evidence: Sequence[Evidence]) -> None:
        self.races = races
        self.times = [[combination.marathon_log_s(one, rule)[0] for one in evidence] for rule in GRID]
        counts: dict[str, int] = defaultdict(int)
        for race in races:
            counts[race.runner] += 1
        self.weights = [1.0 / math.sqrt(counts[race.runner]) for race in races]

    def choose(self, chosen: Sequence[int]) -> tuple[int, float]:
        """The number of the settings and the offset with the least mean error."""
        fits = [(self._loss(times, chosen), number) for number, times in enumerate(self.times)]
        number = min(fits)[1]
        return number, self._offset(self.times[number], chosen)

    def _offset(self, times: Sequence[float], chosen: Sequence[int]) -> float:
        missing = [
            max(-CLIPPED[1], min(CLIPPED[1], math.log(self.races[one].duration_s) - times[one])) for one in chosen
        ]
        weights = [self.weights[one] for one in chosen]
        return sum(a * b for a, b in zip(missing, weights, strict=True)) / sum(weights)

    def _loss(self, times: Sequence[float], chosen: Sequence[int]) -> float:
        offset = self._offset(times, chosen)
        return sum(
            self.weights[one] * min(abs(times[one] + offset - math.log(self.races[one].duration_s)), CLIPPED[0])
            for one in chosen
        )


def leave_one_runner_out(races: Sequence[Race], evidence: Sequence[Evidence]) -> list[Result]:
    chooser, results = Chooser(races, evidence), []
    for runner in sorted({race.runner for race in races}):
        number, offset = chooser.choose([index for index, race in enumerate(races) if race.runner != runner])
        for index, race in enumerate(races):
            if race.runner == runner:
                log_s, weekly_km = chooser.times[number][index] + offset, evidence[index].training.weekly_m / 1000.0
                spread = combination.marathon_spread(weekly_km)
                hit = inside(spread, log_s, race.duration_s)
                results.append(Result(race, math.exp(log_s), weekly_km, hit))
    number, offset = chooser.choose(range(len(races)))
    print(f"  chosen on all: {GRID[number]}, offset {offset:+.4f}; the program's: {MARATHON}")
    return results


def by_forecast(races: Iterable[Race], evidence: Iterable[Evidence]) -> Iterator[Result]:
    for race, known in zip(races, evidence, strict=True):
        one = combination.forecast(known, race.distance_m)
        if isinstance(one, combination.Forecast):
            hit = (
                one.low_50_s <= race.duration_s <= one.high_50_s,
                one.low_80_s <= race.duration_s <= one.high_80_s,
            )
            yield Result(race, one.duration_s, known.training.weekly_m / 1000.0, hit)


def by_method(races: Sequence[Race], evidence: Sequence[Evidence]) -> None:
    found = defaultdict(list)
    for race, known in zip(races, evidence, strict=True):
        for name, seconds in methods.published(known, race.distance_m).items():
            found[name].append(Result(race, seconds, 0.0))
    for name, results in found.items():
        report(name, results)


def through_the_command(logs: dict[str, list[Row]], races: Sequence[Race]) -> list[Result]:
    """Import each runner's log as rows of an archive, then ``runcoach predict marathon --as-of DAY --json``."""
    results = []
    for runner in sorted({race.runner for race in races}):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            _import(home, logs[runner])
            for race in races:
                if race.runner == runner:
                    as_of = date.fromordinal(race.day - 1).isoformat()
                    (row,) = _run("--home", str(home / "home"), "predict", "marathon", "--as-of", as_of, "--json")[
                        "data"
                    ]
                    hit = (
                        row["low50S"] <= race.duration_s <= row["high50S"],
                        row["low80S"] <= race.duration_s <= row["high80S"],
                    )
                    results.append(Result(race, row["durationS"], row["inputs"]["weeklyM"] / 1000.0, hit))
    return results


def bests_through_the_command(runners: Sequence[Bests], inputs: tuple[str, ...]) -> list[Result]:
    """Profiles that hold nothing but these bests, as rows of an archive; the population is that of all runners."""
    results, metres = [], [DISTANCES[name] for name in inputs]
    for number, one in enumerate(runners):
        with tempfile.TemporaryDirectory() as folder:
            starts = [datetime(2026, 5, 1 + 7 * day, 9, tzinfo=UTC) for day in range(len(metres))]
            rows = [Row(start, metre, one[metre], 0.0) for start, metre in zip(starts, metres, strict=True)]
            _import(Path(folder), rows)
            home = str(Path(folder) / "home")
            (row,) = _run("--home", home, "predict", "marathon", "--as-of", "2026-09-27", "--json")["data"]
            hit = (
                row["low50S"] <= one[MARATHON_M] <= row["high50S"],
                row["low80S"] <= one[MARATHON_M] <= row["high80S"],
            )
            results.append(Result(Race(str(number), 0, MARATHON_M, one[MARATHON_M]), row["durationS"], 0.0, hit))
    return results


def _import(folder: Path, rows: Sequence[Row]) -> None:
    maker = _export_maker()
    runs = [
        maker.Run(
            10_000 + number,
            int(one.start.replace(tzinfo=UTC).timestamp()),
            elapsed_s=round(one.elapsed_s),
            moving_s=round(one.elapsed_s),
            distance_m=one.distance_m,
            elevation_gain_m=one.climb_m,
            ending=None,
            max_cadence=None,
            avg_cadence=None,
        )
        for number, one in enumerate(rows)
    ]
    path = maker.write_export(folder / "export.zip", runs)
    _run("--home", str(folder / "home"), "import", str(path), "--json")


def _run(*arguments: str) -> Any:
    import contextlib
    import io

    from runcoach.cli.app import run

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run(arguments)
    if code:
        raise SystemExit(f"runcoach {' '.join(arguments)} ended with {code}: {out.getvalue()[:500]}")
    return json.loads(out.getvalue())


def _export_maker() -> ModuleType:
    if "export_maker" not in sys.modules:
        path = Path(__file__).parents[1] / "support" / "export_maker.py"
        spec = importlib.util.spec_from_file_location("export_maker", path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["export_maker"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["export_maker"])
    return sys.modules["export_maker"]


def measure_speed(logs: dict[str, list[Row]], count: int = 5000) -> None:
    """CPU of the command on so many runs of several runners, one after the other, with efforts inside each."""
    days, runs = 0, []
    for rows in sorted(logs.values(), key=len, reverse=True):
        first = min(one.day for one in rows)
        runs += [(days + one.day - first, one) for one in rows]
        days += max(one.day for one in rows) - first + 1
    with tempfile.TemporaryDirectory() as folder:
        config = load(home=Path(folder))
        newest = 86_400 * (date.today().toordinal() - date(1970, 1, 1).toordinal())  # noqa: DTZ011
        with open_database(config) as connection, write_transaction(connection):
            for day, one in runs[:count]:
                start = newest - 86_400 * (runs[count - 1][0] - day)
                _insert(connection, start, one)
        for arguments in (("predict",), ("predict", "--backtest")):
            command = [sys.executable, "-m", "runcoach", *arguments]
            begun = time.perf_counter()
            cpu = cpu_s(command, {"RUNCOACH_HOME": folder})
            print(f"  {' '.join(arguments):34} {cpu:.2f} s CPU, {time.perf_counter() - begun:.2f} s")


def _insert(connection: sqlite3.Connection, start: int, one: Row) -> None:
    pace = one.elapsed_s / one.distance_m
    efforts = [
        stored.Effort(label, metres, metres * pace, 0.0, metres * pace)
        for label, metres in LENGTH_M.items()
        if metres <= one.distance_m
    ]
    run = stored.Activity(
        "Run",
        "Run",
        start,
        0,
        distance_m=one.distance_m,
        elapsed_time_sec=round(one.elapsed_s),
        elevation_gain_m=one.climb_m,
        has_gps=True,
    )
    activities.put_efforts(connection, activities.insert(connection, asdict(run)), efforts)


def five_fold(runners: list[Bests], cases: Sequence[tuple[tuple[str, ...], str]]) -> None:
    """Forecasts of one best from others, by the law of a population fitted to the other four folds."""
    drawn: dict[int, list[list[Result]]] = defaultdict(list)
    for seed in range(DRAWS):
        mixed = random.Random(seed).sample(list(enumerate(runners)), len(runners))
        results: dict[int, list[Result]] = defaultdict(list)
        for fold in range(5):
            population = fit([one for index, (_, one) in enumerate(mixed) if index % 5 != fold])
            for number, (inputs, target) in enumerate(cases):
                results[number] += _of_bests(population, mixed[fold::5], [DISTANCES[name] for name in inputs], target)
        for number, found in results.items():
            drawn[number].append(found)
    for number, (inputs, target) in enumerate(cases):
        _report_draws(f"{', '.join(inputs)} → {target}", drawn[number])


def _of_bests(
    population: Population, test: Iterable[tuple[int, Bests]], metres: Sequence[float], target: str
) -> Iterator[Result]:
    goal_m = DISTANCES[target]
    for number, one in test:
        if goal_m in one and all(metre in one for metre in metres):
            law = fit_law(population, [(metre, math.log(one[metre])) for metre in metres])
            seconds = law.time_s(goal_m)
            hit = inside(BESTS_LAW_SPREAD.scaled(law.deviation(goal_m)), math.log(seconds), one[goal_m])
            yield Result(Race(str(number), 0, goal_m, one[goal_m]), seconds, 0.0, hit)


def _report_draws(name: str, draws: Sequence[Sequence[Result]]) -> None:
    """Means over the draws, and the standard deviation of the mean error."""
    away = [sorted(abs(one.error) for one in results) for results in draws]
    every = [one for results in draws for one in results]
    mapes = [fmean(one) for one in away]
    shares = (100 * fmean(one.inside[index] for one in every if one.inside) for index in (0, 1))
    print(
        f"  {name:34} n {len(draws[0]):4} bias {fmean(one.error for one in every):+5.1f}"
        f" median {fmean(one[len(one) // 2] for one in away):4.1f} MAPE {fmean(mapes):5.2f} ± {stdev(mapes):.2f}"
        f" ({min(mapes):.2f}-{max(mapes):.2f}) p90 {fmean(one[math.ceil(0.9 * len(one)) - 1] for one in away):5.1f}"
        + "".join(f" {level}: {share:3.0f} %" for level, share in zip((50, 80), shares, strict=True))
    )


def main() -> None:
    logs = read_logs()
    histories = {name: history(rows) for name, rows in logs.items()}

    def known(races: Iterable[Race], days_before: int = 2) -> list[Evidence]:
        return [gather(histories[race.runner], race.day - days_before + 1, race.day) for race in races]

    races = marathons(logs)
    evidence = known(races)
    print(f"{len(races)} marathons of {len({race.runner for race in races})} runners, two days before")
    by_method(races, evidence)
    left_out = leave_one_runner_out(races, evidence)
    report("one runner left out, nested", left_out)
    bootstrap(left_out)
    report("  under 32 km a week", _of_little_volume(left_out))
    program = list(by_forecast(races, evidence))
    report("the program's settings", program)
    report("  under 32 km a week", _of_little_volume(program))
    for days in (14, 30, 60, 90):
        report(f"  {days} days before", list(by_forecast(races, known(races, days))))
    print("Likely races in the logs, the program's settings")
    likely = []
    for name in ("5K", "10K", "1/2 Mara"):
        found = likely_races(logs, DISTANCES[name])
        likely += (results := list(by_forecast(found, known(found))))
        report(name, results)
        by_method(found, known(found))
    print(f"Coverage under {LITTLE_KM:.0f} km a week")
    more = marathons(logs, **MORE)
    coverage("marathons, nested", _of_little_volume(left_out))
    coverage("more marathons, program's settings", _of_little_volume(by_forecast(more, known(more))))
    coverage("likely races of 5 km to half", _of_little_volume(likely))
    print(f"Personal bests, five-fold, {DRAWS} draws of the folds")
    bests = read_bests()
    cases = (
        (("1/2 Mara",), "Marathon"),
        (("10K", "1/2 Mara"), "Marathon"),
        (("5K", "10K", "1/2 Mara"), "Marathon"),
        (("10K",), "Marathon"),
        (("5K",), "10K"),
        (("10K",), "1/2 Mara"),
        (("5K", "10K"), "1/2 Mara"),
        (("Marathon",), "1/2 Mara"),
        (("1/2 Mara",), "10K"),
    )
    five_fold(bests, cases)
    print("Speed, 5,000 runs")
    measure_speed(logs)
    if "--quick" not in sys.argv:
        print("Through import and command")
        begun = time.perf_counter()
        results = through_the_command(logs, races)
        report("runcoach predict marathon --as-of", results)
        complete = [one for one in bests if all(metres in one for metres in DISTANCES.values())]
        some = random.Random(5).sample(complete, 100)
        for inputs in (("1/2 Mara",), ("10K", "1/2 Mara")):
            report(f"100 bests, {', '.join(inputs)} → Marathon", bests_through_the_command(some, inputs))
        print(f"    {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
