"""Reading commands: JSON shapes and tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Run = Callable[..., Any]
FillOnce = Callable[[Callable[[], object]], None]


@pytest.fixture
def runs(runcoach: Run, fill_once: FillOnce, tmp_path: Path, make_fit: Callable[..., bytes]) -> None:
    """A folder with two runs and a treadmill run, imported."""

    def fill() -> None:
        folder = tmp_path / "runs"
        folder.mkdir()
        (folder / "long.fit").write_bytes(make_fit(days_ago=40, km=12.0, pace_s=330))
        (folder / "race.fit").write_bytes(make_fit(days_ago=3, km=5.2, pace_s=255))
        (folder / "mill.fit").write_bytes(make_fit(days_ago=2, km=6.0, pace_s=240, indoor=True))
        assert runcoach("import", str(folder)).code == 0

    fill_once(fill)


def test_activities_json_fields(runcoach: Run, runs: None) -> None:
    answer = runcoach("activities", "--limit", "1", "--sort", "distance", "--json").json
    assert (answer["command"], answer["version"]) == ("activities", 1)
    (row,) = answer["data"]
    assert row["date"].endswith("Z")
    expected = {
        "id": row["id"],
        "stravaId": None,
        "name": "Morning Run",
        "sportType": "Run",
        "distanceM": 12000.0,
        "distanceKm": 12.0,
        "movingTimeSec": 3960,
        "elapsedTimeSec": 3960,
        "avgPaceSecPerKm": 330,
        "avgCadence": 172.0,
        "isPrivate": False,
        "trainer": False,
    }
    assert expected.items() <= row.items()
    assert {"raw", "thumbPng"}.isdisjoint(row)


def test_best_json_has_one_row_per_effort(runcoach: Run, runs: None) -> None:
    rows = runcoach("best", "--window", "3m", "--json").json["data"]
    five = next(row for row in rows if row["distanceM"] == 5000)
    assert (five["durationS"], five["window"], five["rank"], five["quality"]) == (1275, "3m", 1, "ok")
    assert abs(five["durationExactS"] - 1275.0) < 0.2
    assert {row["distanceM"] for row in rows} == {400, 800, 1000, 1609, 5000, 10000}
    assert {"activityId", "stravaId", "date", "localDate"} <= set(five)


def test_best_indoor_includes_treadmill_runs(runcoach: Run, runs: None) -> None:
    fastest = runcoach("best", "--distance", "5k", "--indoor", "--json").json["data"][0]
    assert fastest["durationS"] == 1200


def test_show_prints_all_parts(runcoach: Run, runs: None) -> None:
    listed = runcoach("activities", "--min", "10k", "--json").json["data"][0]
    shown = runcoach("show", str(listed["id"]), "--json").json["data"]
    assert [split["km"] for split in shown["splits"]] == list(range(1, 13))
    assert shown["efforts"][0]["ranks"] == {"all": 2, "1y": 2}
    assert shown["sources"][0]["name"] == "long.fit"
    text = runcoach("show", str(listed["id"])).out
    for part in ("Morning Run", "Splits", "Best efforts", "Sources", "long.fit", "12.00 km"):
        assert part in text
    imperial = runcoach("show", str(listed["id"]), "--units", "imperial").out
    assert "7.46 mi" in imperial
    assert "Fastest mile" in imperial
    assert "Fastest km" not in imperial
    runcoach("best", "ignore", str(listed["id"]))
    ignored = runcoach("show", str(listed["id"])).out
    assert f"`runcoach best restore {listed['id']}`" in " ".join(ignored.split())
    assert "Edited by hand" not in ignored


def test_splits_in_kilometers_and_miles(runcoach: Run, runs: None) -> None:
    listed = runcoach("activities", "--min", "10k", "--json").json["data"][0]
    kilometres = runcoach("splits", str(listed["id"]), "--json").json["data"]
    miles = runcoach("splits", str(listed["id"]), "--unit", "mi", "--json").json["data"]
    assert (len(kilometres["rows"]), len(miles["rows"])) == (12, 8)
    assert kilometres["source"] == "computed"
    assert kilometres["rows"][0]["elapsedTimeSec"] == 330


def test_totals_status_and_audit(runcoach: Run, runs: None) -> None:
    (year, *_) = runcoach("totals", "--by", "year", "--json").json["data"]
    assert year["activities"] >= 1
    assert runcoach("status", "--json").json["data"]["counts"]["activities"] == 3
    events = runcoach("audit", "--json").json["data"]
    assert {event["message"] for event in events} == {f"imported from {name}.fit" for name in ("long", "mill", "race")}
    assert "imported from race.fit" in runcoach("audit").out


@pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
def test_tables_fit_the_terminal_width(
    runcoach: Run, runs: None, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for command in (["best"], ["best", "--top", "2"], ["activities"], ["show", "1"], ["splits", "1"], ["totals"]):
        ended = runcoach(*command)
        assert ended.code == 0
        assert max(map(len, ended.out.splitlines())) <= int(columns)


def test_a_title_with_markup_and_escapes_is_printed_literally(
    runcoach: Run, tmp_path: Path, export_maker: ModuleType
) -> None:
    hostile = "[bold red]\x1b[31mowned\x07\x1b]0;title\x07 {curly} %s"
    run = export_maker.Run(1, 1_750_000_000, hostile, description=hostile)
    runcoach("import", str(export_maker.write_export(tmp_path / "export.zip", [run])))
    for command in (["activities"], ["show", "1"], ["best"], ["audit"]):
        out = runcoach(*command).out
        assert "\x1b" not in out
        assert "\x07" not in out
    assert "[bold red]" in runcoach("show", "1").out


def test_show_prints_totals_of_sources_that_differ(runcoach: Run, tmp_path: Path, export_maker: ModuleType) -> None:
    whole = export_maker.Run(1, 1_750_000_000)
    cropped = export_maker.Run(1, 1_750_000_000, distance_m=5000.0, elapsed_s=1500, data=export_maker.fit(whole))
    runcoach("import", str(export_maker.write_export(tmp_path / "export.zip", [cropped])))
    shown = runcoach("show", "1").out
    assert "5.00 km" in shown
    assert "reports 6.33 km, 31:00 elapsed" in shown


@pytest.mark.slow
def test_import_dry_run_list_and_undo(runcoach: Run, tmp_path: Path, export_maker: ModuleType) -> None:
    runs = [export_maker.Run(n, 1_750_000_000 + n * 86_400) for n in (1, 2)]
    path = str(export_maker.write_export(tmp_path / "export.zip", runs))
    assert runcoach("import", path, "--dry-run").out.startswith("dry run, nothing changed: 2 files: 2 new activities")
    assert runcoach("activities", "--json").json["data"] == []
    assert runcoach("import", path).out.startswith("2 files: 2 new activities")
    assert runcoach("imports", "--json").json["data"][0]["created"] == 2
    assert "export.zip" in runcoach("imports").out
    assert runcoach("import", "--undo", "1").out == "Undid import 1: removed 2 activities\n"
    assert runcoach("activities", "--json").json["data"] == []
    assert runcoach("import", "--undo", "1", path).code == 2
    assert runcoach("import").code == 2
    assert "undone" in runcoach("imports").out
    assert runcoach("import", path, "--json").json["data"]["files"][0]["status"] == "revived"


@pytest.mark.slow
def test_duplicates_merge_and_split(runcoach: Run, tmp_path: Path, make_fit: Callable[..., bytes]) -> None:
    assert "No duplicates found." in runcoach("duplicates").err
    (tmp_path / "watch.fit").write_bytes(make_fit(days_ago=2, km=10.0))
    (tmp_path / "phone.fit").write_bytes(make_fit(days_ago=2 - 900 / 86_400, km=3.5, pace_s=471, indoor=True))
    runcoach("import", str(tmp_path / "watch.fit"), str(tmp_path / "phone.fit"))
    assert runcoach("duplicates", "--json").json["data"][0]["verdict"] == "doubtful"
    assert "doubtful" in runcoach("duplicates").out
    assert runcoach("merge", "1", "2").code == 0
    assert len(runcoach("activities", "--json").json["data"]) == 1
    assert runcoach("split", "1", "2", "--json").json["data"] == {"ids": [1, 2]}
    assert runcoach("split", "2", "1").code == 1


@pytest.mark.parametrize("columns", ["40", "56", "70", "80"])
@pytest.mark.parametrize("command", ["activities", "splits 1", "best --distance 1k", "totals"])
def test_narrow_tables_drop_the_last_columns(
    runcoach: Run, runs: None, command: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    wide = {word for line in runcoach(*command.split()).out.splitlines() for word in line.split()}
    monkeypatch.setenv("COLUMNS", columns)
    out = runcoach(*command.split()).out
    assert all(len(line) <= int(columns) for line in out.splitlines())
    others = {word for line in out.splitlines() for word in line.split()} - wide
    assert all(word.removesuffix("…") in "Morning Run" for word in others)  # a title gives way


def test_best_counts_runs_and_names_those_not_counted(runcoach: Run, runs: None) -> None:
    assert "all time · 2 runs" in runcoach("best").out
    assert "all time · 3 runs" in runcoach("best", "--indoor").out
    assert "last 7 days · 1 run, 1 indoor not counted\n" in runcoach("best", "--window", "7d").out
    assert "No efforts match." in runcoach("best", "--window", "1d").err
    assert "No runs yet." in runcoach("best", "--profile", "other").err


def test_import_prints_each_note_once_with_the_names_of_its_files(runcoach: Run, tmp_path: Path) -> None:
    gpx = (
        '<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        '<trkpt lat="52.0" lon="4.9"><time>2026-01-{day:02}T08:00:00Z</time></trkpt>'
        '<trkpt lat="52.1" lon="4.9"><time>2026-01-{day:02}T09:00:00Z</time></trkpt></trkseg></trk></gpx>'
    )
    for count in (5, 6):
        folder = tmp_path / str(count)
        folder.mkdir()
        for day in range(1, count + 1):
            (folder / f"{day}.gpx").write_text(gpx.format(day=day + 10 * (count - 5)))
        (folder / "broken.fit").write_bytes(b"nothing")
        ended = runcoach("import", str(folder))
        notes = [line for line in ended.err.splitlines() if line.startswith("note:")]
        assert len(notes) == 1
        assert all("does not say its sport" in note for note in notes)
        assert f"failed: {folder / 'broken.fit'}: " in ended.err
        assert all(f" {day}.gpx" in notes[0] for day in range(1, count + 1))
    assert notes[0].startswith("note: does not say its sport, taken as Workout: 6 files, ")


def test_best_ignore_says_whether_the_fastest_changed(runcoach: Run, runs: None) -> None:
    rows = runcoach("best", "--distance", "400m", "--json").json["data"]
    fastest, slower = (row["activityId"] for row in rows[:2])
    assert "The fastest 400 m is still" in runcoach("best", "ignore", str(slower), "400m").err
    assert "The fastest 400 m is still" not in runcoach("best", "ignore", str(fastest), "400m").err
    assert "The fastest 400 m is now" in runcoach("best", "restore", str(fastest), "400m").err


def test_status_names_the_runs_that_best_does_not_count(runcoach: Run, runs: None) -> None:
    assert "3, of which 3 runs (1 indoor, not counted by `best`)" in runcoach("status").out
    assert runcoach("status", "--json").json["data"]["counts"]["indoorRuns"] == 1


def test_the_age_column_of_best_has_a_header(runcoach: Run, runs: None) -> None:
    assert "Age" in runcoach("best").out.splitlines()[2].split()
    assert "Age" in runcoach("best", "--distance", "5k").out.splitlines()[2].split()
