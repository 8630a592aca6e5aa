"""Ours beside Strava's, as they are kept: equal on all that the stand-in and real runs report, else explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reading import read, read_of

from runcoach.config import Config, load
from runcoach.domain.comparison import DifferenceCause
from runcoach.domain.filters import ActivityFilter
from runcoach.domain.sports import is_running
from runcoach.errors import NotFoundError
from runcoach.ingest.strava import build_from_strava, put_detail
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.plan import RunKind
from runcoach.services.edits import set_ignored
from runcoach.services.queries.strava_comparison import WORST, ComparisonSummary, Share, compare, comparison_summary
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store import activities, pagination
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.stream_codec import encode


@pytest.fixture
def synced(connected: Config, sandbox: Sandbox, clock: Any) -> Config:
    """A profile that holds all of the stand-in's runner, a treadmill run and one with a GPS spike among it."""
    for kind in (RunKind.TREADMILL, RunKind.GPS_SPIKE):
        sandbox.add_run(kind=kind, distance_m=8000)
    sync(connected, SyncOptions(), clock=clock)
    return connected


def reported(sandbox: Sandbox, part: str) -> dict[int, int]:
    """How many efforts or splits Strava reports of each run."""
    details = [sandbox.athlete.detail(strava_id) for strava_id in sandbox.athlete.activity_ids]
    return {detail["id"]: len(detail.get(part) or []) for detail in details if is_running(detail["sport_type"])}


def edit_answer(config: Config, activity_id: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Have Strava's answer say otherwise."""
    with open_database(config) as connection, write_transaction(connection):
        raw = activities.read_raw(connection, activity_id)
        assert raw is not None
        answer = json.loads(raw)
        change(answer)
        activities.put_raw(connection, activity_id, json.dumps(answer).encode())


def longest(config: Config) -> int:
    """The run that has the most to compare."""
    with open_database(config) as connection:
        rows, _ = pagination.page(connection, ActivityFilter(sports=("Run",)), ("id",), sort="distance", limit=1)
        return int(str(rows[0]["id"]))


@pytest.mark.slow
def test_everything_that_strava_reports_is_equal_to_the_second(synced: Config, sandbox: Sandbox) -> None:
    efforts, splits = reported(sandbox, "best_efforts"), reported(sandbox, "splits_metric")
    found = read(comparison_summary, synced, ActivityFilter())
    assert sum(efforts.values()) > 30
    assert (found.efforts_equal, found.efforts_compared) == (sum(efforts.values()), sum(efforts.values()))
    assert (found.splits_equal, found.splits_compared) == (sum(splits.values()), sum(splits.values()))
    assert found.splits_equal_in_motion == found.splits_equal
    assert (found.differ, found.only_there, found.worst) == ((), (), ())
    assert {share.explanation for share in found.only_here} == {DifferenceCause.INDOOR, DifferenceCause.NOT_REPORTED}
    assert (found.activities, found.activities + found.without_answer) == (len(efforts), len(sandbox.athlete))


@pytest.mark.slow
def test_one_run_has_an_entry_an_effort_and_a_kilometre(synced: Config, sandbox: Sandbox) -> None:
    activity_id = longest(synced)
    found = read_of(compare, synced, str(activity_id))
    detail = sandbox.athlete.detail(found.strava_id or 0)
    told = {effort["name"]: effort["elapsed_time"] for effort in detail["best_efforts"]}
    assert {pair.name: pair.theirs_s for pair in found.efforts if pair.theirs_s is not None} == told
    assert [(pair.km, pair.theirs_s, pair.theirs_m) for pair in found.splits] == [
        (split["split"], split["elapsed_time"], split["distance"]) for split in detail["splits_metric"]
    ]
    assert read_of(compare, synced, f"strava:{found.strava_id}") == found


@pytest.mark.slow
def test_treadmill_efforts_are_only_in_runcoach(synced: Config, sandbox: Sandbox) -> None:
    (indoor,) = [i for i in sandbox.athlete.activity_ids[:2] if sandbox.athlete.plan(i).kind is RunKind.TREADMILL]
    with (
        open_database(synced) as connection,
        write_transaction(connection),
    ):  # positions alone tell, whatever Strava calls it
        connection.execute("UPDATE activity SET trainer = 0 WHERE strava_id = ?", (indoor,))
    found = read_of(compare, synced, f"strava:{indoor}")
    assert {pair.explanation for pair in found.efforts} == {DifferenceCause.INDOOR}
    assert {pair.explanation for pair in found.splits} == {DifferenceCause.EQUAL}


@pytest.mark.slow
def test_an_equal_effort_notes_that_it_is_suspect(synced: Config, sandbox: Sandbox) -> None:
    (spiked,) = [i for i in sandbox.athlete.activity_ids[:2] if sandbox.athlete.plan(i).kind is RunKind.GPS_SPIKE]
    notes = [str(pair.note) for pair in read_of(compare, synced, f"strava:{spiked}").efforts]
    assert any(note.startswith("suspect: GPS jump") for note in notes)


@pytest.mark.slow
def test_a_differing_effort_is_counted_by_cause_and_listed(synced: Config) -> None:
    def slower(answer: dict[str, Any]) -> None:
        answer["best_efforts"][0]["elapsed_time"] += 7
        answer["best_efforts"][2]["elapsed_time"] += 1
        answer["splits_metric"][1]["elapsed_time"] += 30
        answer["splits_metric"][1]["moving_time"] += 30

    before = read(comparison_summary, synced, ActivityFilter())
    activity_id = longest(synced)
    edit_answer(synced, activity_id, slower)
    after = read(comparison_summary, synced, ActivityFilter())
    assert after.efforts_compared == before.efforts_compared
    assert (before.efforts_equal - after.efforts_equal, before.splits_equal - after.splits_equal) == (2, 1)
    assert after.differ == (Share(DifferenceCause.ROUNDING, 1, 0), Share(DifferenceCause.UNEXPLAINED, 1, 1))
    (worst,) = after.worst
    assert (worst.id, worst.what, worst.difference_s) == (activity_id, "km 2", -30)
    assert worst.explanation is DifferenceCause.UNEXPLAINED


@pytest.mark.slow
def test_rounding_is_not_listed_as_a_difference(synced: Config) -> None:
    def rounded(answer: dict[str, Any]) -> None:
        answer["best_efforts"][0]["elapsed_time"] += 1

    edit_answer(synced, longest(synced), rounded)
    found = read(comparison_summary, synced, ActivityFilter())
    assert (found.differ, found.worst) == ((Share(DifferenceCause.ROUNDING, 1, 0),), ())


@pytest.mark.slow
def test_moving_time_uses_strava_s_moving_stream(synced: Config) -> None:
    activity_id = longest(synced)
    with open_database(synced) as connection, write_transaction(connection):
        streams = activities.read_streams(connection, activity_id)
        assert streams is not None
        never = encode("moving", np.zeros(len(streams)))
        connection.execute(
            "UPDATE activity_stream SET dtype = ?, data = ? WHERE activity_id = ? AND channel = 'moving'",
            (never.dtype, never.data, activity_id),
        )
    found = read_of(compare, synced, str(activity_id))
    assert {pair.ours_moving_s for pair in found.splits} == {0}
    assert {pair.explanation for pair in found.splits} == {DifferenceCause.EQUAL}
    assert all("moving time" in str(pair.note) for pair in found.splits)


@pytest.mark.slow
def test_an_ignored_effort_is_noted_in_the_comparison(synced: Config) -> None:
    activity_id = longest(synced)
    set_ignored(synced, str(activity_id), "1k", ignore=True, reason="car")
    edit_answer(synced, activity_id, lambda answer: answer["best_efforts"][2].update(elapsed_time=600))
    (pair,) = [pair for pair in read_of(compare, synced, str(activity_id)).efforts if pair.distance_m == 1000]
    assert (pair.explanation, pair.note) == (DifferenceCause.SUSPECT, "ignored: car")


@pytest.mark.slow
def test_a_crop_on_strava(synced: Config) -> None:
    activity_id = longest(synced)

    def cropped(answer: dict[str, Any]) -> None:
        answer["distance"] = answer["distance"] / 2
        answer["best_efforts"][0]["elapsed_time"] += 7
        answer["splits_metric"] = answer["splits_metric"][:2]

    edit_answer(synced, activity_id, cropped)
    found = read_of(compare, synced, str(activity_id))
    kinds = {pair.explanation for pair in found.efforts} | {pair.explanation for pair in found.splits}
    assert kinds == {DifferenceCause.EQUAL, DifferenceCause.EDITED, DifferenceCause.NOT_REPORTED}
    assert "on Strava" in str(found.efforts[0].note)


@pytest.mark.slow
def test_without_samples_there_is_nothing_to_compute_from(synced: Config) -> None:
    activity_id = longest(synced)
    with open_database(synced) as connection, write_transaction(connection):
        connection.execute("DELETE FROM activity_stream WHERE activity_id = ?", (activity_id,))
        connection.execute("DELETE FROM effort WHERE activity_id = ?", (activity_id,))
    found = read_of(compare, synced, str(activity_id))
    assert {pair.explanation for pair in found.efforts} == {DifferenceCause.NO_STREAMS}
    assert {pair.explanation for pair in found.splits} == {DifferenceCause.NO_STREAMS}
    (share,) = read(comparison_summary, synced, ActivityFilter()).only_there
    assert (share.efforts, share.splits) == (len(found.efforts), len(found.splits))


@pytest.mark.slow
def test_largest_differences_are_one_per_run_unexplained_first(synced: Config, sandbox: Sandbox) -> None:
    for _ in range(WORST):
        sandbox.add_run(distance_m=2100)
    sync(synced, SyncOptions())
    with open_database(synced) as connection:
        rows, _ = pagination.page(connection, ActivityFilter(sports=("Run",)), ("id", "has_gps"))
    runs = [int(str(row["id"])) for row in rows if row["has_gps"]]
    assert len(runs) > WORST
    for number, activity_id in enumerate(runs):

        def later(answer: dict[str, Any], seconds: int = 10 + number, is_edited: bool = number == 0) -> None:
            answer["best_efforts"][0]["elapsed_time"] += seconds + 1000 * is_edited
            answer["best_efforts"][1]["elapsed_time"] += 5
            answer["distance"] *= 1.0 + is_edited

        edit_answer(synced, activity_id, later)
    found = read(comparison_summary, synced, ActivityFilter())
    assert (len(found.worst), len({row.id for row in found.worst})) == (WORST, WORST)
    assert {row.explanation for row in found.worst} == {DifferenceCause.UNEXPLAINED}
    sizes = [-row.difference_s for row in found.worst]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < 1000  # the largest of all is explained
    assert DifferenceCause.EDITED in {share.explanation for share in found.differ}


@pytest.mark.slow
def test_a_filter_limits_the_comparison(synced: Config) -> None:
    assert read(comparison_summary, synced, ActivityFilter(until=date(2000, 1, 1))) == ComparisonSummary(
        0, 0, 0, 0, 0, 0, 0, (), (), (), ()
    )
    everything = read(comparison_summary, synced, ActivityFilter())
    assert (
        0
        < read(comparison_summary, synced, ActivityFilter(sports=("Run",), min_distance_m=8500.0)).activities
        < everything.activities
    )


@pytest.mark.slow
def test_comparison_summary_reports_progress(synced: Config) -> None:
    told: list[tuple[int, int]] = []
    count = read(
        comparison_summary, synced, ActivityFilter(), progress=lambda done, total: told.append((done, total))
    ).activities
    assert told == [(number, count) for number in range(count)]


def test_activities_without_strava_figures_are_counted_separately(config: Config, whole: Any, keep: Any) -> None:
    with pytest.raises(NotFoundError, match="no activities yet"):
        read_of(compare, config, "1")
    assert read(comparison_summary, config, ActivityFilter()).activities == 0
    with open_database(config) as connection, write_transaction(connection):
        keep(connection, whole())
    with pytest.raises(NotFoundError, match="nothing from Strava to compare with"):
        read_of(compare, config, "1")
    assert read(comparison_summary, config, ActivityFilter()).without_answer == 1


@pytest.mark.corpus
def test_real_runs_agree_to_the_second(corpus: Path, tmp_path: Path) -> None:
    config = load(home=tmp_path / "real")
    with open_database(config) as connection, write_transaction(connection):
        for path in sorted((corpus / "api" / "stravabook").glob("*.json")):
            answer = json.loads(path.read_text(encoding="utf-8"))
            told = activity_of(answer, answer.pop("comprehensiveData", {}).get("streams"))
            put_detail(connection, build_from_strava(told), told, json.dumps(answer).encode(), summary_hash(answer))
    found = read(comparison_summary, config, ActivityFilter())
    assert (found.efforts_equal, found.efforts_compared) == (13, 13)
    assert (found.splits_equal, found.splits_compared) == (17, 17)
    assert (found.differ, found.only_there, found.worst) == ((), (), ())
