"""``compare`` and ``show --compare``: tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from runcoach.cli.output import difference
from runcoach.config import load
from runcoach.domain.comparison import DifferenceCause
from runcoach.ingest.strava import build_from_strava, put_detail
from runcoach.sandbox.strava.resources import STREAM_KEYS
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

Run = Callable[..., Any]


@pytest.fixture
def fetched(fill_once: Callable[[Callable[[], object]], None]) -> dict[str, Any]:
    """The details of two runs that are here with Strava's answers; in the second the fastest kilometre is not ours."""
    athlete = SyntheticAthlete(runs=3)
    runs = [i for i in athlete.activity_ids if athlete.detail(i).get("best_efforts")][:2]
    answers = [athlete.detail(strava_id) for strava_id in runs]
    answers[1]["best_efforts"][2]["elapsed_time"] += 65

    def fill() -> None:
        with open_database(load()) as connection, write_transaction(connection):
            for strava_id, answer in zip(runs, answers, strict=True):
                told = activity_of(answer, athlete.streams(strava_id, STREAM_KEYS))
                put_detail(connection, build_from_strava(told), told, json.dumps(answer).encode(), summary_hash(answer))

    fill_once(fill)
    return answers[1]


def test_compare_counts_matches_and_causes(runcoach: Run, fetched: dict[str, Any]) -> None:
    told = runcoach("compare", "--json").json
    assert (told["command"], told["version"]) == ("compare", 1)
    data = told["data"]
    assert (data["activities"], data["withoutAnswer"]) == (2, 0)
    assert data["effortsEqual"] == data["effortsCompared"] - 1
    assert data["splitsEqual"] == data["splitsCompared"] > 5
    assert data["differ"] == [{"explanation": "unexplained", "efforts": 1, "splits": 0}]
    (worst,) = data["worst"]
    assert (worst["stravaId"], worst["what"], worst["differenceS"]) == (fetched["id"], "1K", -65)
    text = runcoach("compare")
    assert f"Efforts  {data['effortsEqual']} of {data['effortsCompared']} match" in text.out
    for part in ("Largest differences", "−1:05", "unexplained", "not reported"):
        assert part in text.out
    assert f"show {worst['id']} --compare" in text.err


def test_show_compare_prints_one_run(runcoach: Run, fetched: dict[str, Any]) -> None:
    told = runcoach("show", f"strava:{fetched['id']}", "--compare", "--json").json
    assert told["command"] == "show"
    one = next(pair for pair in told["data"]["efforts"] if pair["name"] == "1K")
    assert one["theirsS"] == fetched["best_efforts"][2]["elapsed_time"]
    assert (one["distanceM"], one["lengthM"], one["differenceS"]) == (1000, 1000.0, -65)
    assert one["explanation"] == "unexplained"
    assert [split["theirsM"] for split in told["data"]["splits"]] == [s["distance"] for s in fetched["splits_metric"]]
    text = runcoach("show", f"strava:{fetched['id']}", "--compare").out
    for part in (fetched["name"][:8], "Best efforts", "Splits", "1/2 mile", "−1:05", "=", "800 m"):
        assert part in text


@pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
def test_compare_fits_the_terminal_width(
    runcoach: Run, fetched: dict[str, Any], columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for command in (["compare"], ["show", "1", "--compare"]):
        out = runcoach(*command).out
        assert max(map(len, out.splitlines())) <= int(columns)


def test_compare_since_and_until(runcoach: Run, fetched: dict[str, Any]) -> None:
    day = fetched["start_date_local"][:10]
    assert runcoach("compare", "--since", day, "--until", day, "--json").json["data"]["activities"] == 1
    assert runcoach("compare", "--until", "2000").out == ""
    assert runcoach("compare", "--since", "yesterday").code == 2


def test_compare_without_strava_data_suggests_sync(runcoach: Run) -> None:
    ended = runcoach("compare")
    assert (ended.code, ended.out) == (0, "")
    assert "runcoach sync" in ended.err
    assert runcoach("compare", "--json").json["data"]["effortsCompared"] == 0
    assert runcoach("show", "1", "--compare").code == 1


def test_every_difference_cause_has_a_label() -> None:
    labels = {cause.label for cause in DifferenceCause}
    assert len(labels) == len(DifferenceCause)
    assert all(label and "_" not in label for label in labels)


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0, ""), (1, "+1 s"), (-59, "−59 s"), (60, "+1:00"), (-125, "−2:05")]
)
def test_difference_format(seconds: int | None, text: str) -> None:
    assert difference(seconds) == text
