"""``runcoach workout``: its table and JSON, the file it writes, and what it says where paces are not known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.sources.fit.decoder import decode

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

TEMPO = "15min E, 5x(1km T, 90s E), 400m 4:00-4:10/km, 1min rest"


@pytest.fixture
def raced(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> None:
    """A half marathon of September 2026 in 1:40:00, marked as a race."""
    start = int(datetime.fromisoformat("2026-09-12T08:00:00+00:00").timestamp())
    columns = {"distance_m": 21_150.0, "elapsed_time_sec": 6000, "moving_time_sec": 6000, "has_gps": False}
    keep(connection, whole(start_time=start, utc_offset_s=0, workout_type=1, **columns))


@pytest.mark.usefixtures("raced")
def test_letters_are_the_training_paces_of_predict(runcoach: Callable[..., Any]) -> None:
    paces = {one["name"]: one for one in runcoach("predict", "--as-of", "2026-10-04", "--json").json["trainingPaces"]}
    answer = runcoach("workout", "1km E, 1km M, 1km T, 1km I, 1km R", "--as-of", "2026-10-04", "--json").json
    assert (answer["data"]["reason"], answer["file"]) == (None, None)
    assert answer["data"]["vdot"] == pytest.approx(45, abs=2)
    assert [
        {"name": step["intensity"], "slowSecPerKm": step["slowSecPerKm"], "fastSecPerKm": step["fastSecPerKm"]}
        for step in answer["data"]["steps"]
    ] == list(paces.values())


@pytest.mark.usefixtures("raced")
def test_the_file_has_the_steps_that_the_table_shows(runcoach: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "tempo.fit"
    ended = runcoach("workout", TEMPO, "--as-of", "2026-10-04", "--output", path, "--name", "Tempo")
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert "GARMIN/NEWFILES" in ended.err
    messages, whole = decode(path.read_bytes())
    assert whole
    assert messages[1]["wkt_name"] == "Tempo"
    assert messages[1]["num_valid_steps"] == 6
    assert len(messages) == 8
    shown = runcoach("workout", TEMPO, "--as-of", "2026-10-04", "--json").json["data"]["steps"][1]["steps"][0]
    assert messages[3]["custom_target_value_low"] == round(1_000_000 / shown["slowSecPerKm"])
    assert messages[3]["custom_target_value_high"] == round(1_000_000 / shown["fastSecPerKm"])


@pytest.mark.usefixtures("raced")
@pytest.mark.parametrize("width", [80, 50])
def test_the_table_fits_the_terminal(runcoach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ended = runcoach("workout", TEMPO, "--as-of", "2026-10-04")
    assert max(map(len, ended.out.splitlines())) <= width
    rows = [line.split() for line in ended.out.splitlines()]
    assert rows[1][0] == "15min"
    assert rows[2][:2] == ["5", "times"]
    assert "4:10–4:00" in rows[5]
    assert "estimates" in ended.err


def test_paces_follow_the_units(runcoach: Callable[..., Any]) -> None:
    out = runcoach("workout", "1km 5:00/km", "--units", "imperial").out
    assert out.split()[:3] == ["Step", "min/mi", "Time"]
    assert out.splitlines()[1].split() == ["1km", "5:00/km", "8:03", "5:00", "0.6", "5:00", "0.6"]


def test_without_known_paces_it_says_what_is_missing(runcoach: Callable[..., Any], tmp_path: Path) -> None:
    ended = runcoach("workout", "1km T, 1km 4:30/km")
    assert ended.code == 0
    assert "No training paces: not enough yet: needs" in ended.err
    assert ended.out.splitlines()[1].split()[:3] == ["1km", "T", "–"]
    data = runcoach("workout", "1km T", "--json").json["data"]
    assert data["reason"].startswith("not enough yet: needs")
    assert (data["vdot"], data["steps"][0]["slowSecPerKm"]) == (None, None)
    refused = runcoach("workout", "1km T", "--output", tmp_path / "x.fit")
    assert (refused.code, refused.out) == (1, "")
    assert "not enough yet" in refused.err
    assert list(tmp_path.glob("*.fit")) == []


def test_paces_of_ones_own_need_no_history(runcoach: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "x.fit"
    ended = runcoach("workout", " 2km  5:00/km,1km rest", "--output", path, "--json")
    assert ended.code == 0
    assert ended.json["file"] == str(path)
    assert ended.json["data"]["name"] == "2km 5:00/km,1km rest"
    total = {"durationS": 600, "distanceM": 3000.0, "isDurationMinimum": True, "isDistanceMinimum": False}
    assert ended.json["data"]["total"] == total
    assert decode(path.read_bytes())[0][1]["wkt_name"] == "2km 5:00/km,1km rest"


def test_an_existing_file_stays_without_force(runcoach: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "x.fit"
    path.write_bytes(b"mine")
    refused = runcoach("workout", "1km open", "--output", path)
    assert refused.code == 2
    assert "--force" in refused.err
    assert path.read_bytes() == b"mine"
    assert runcoach("workout", "1km open", "--output", path, "--force").code == 0
    assert len(decode(path.read_bytes())[0]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1km Z",), "'1km Z'"),
        (("1km", "--output", "no-such-folder/x.fit"), "connect the watch"),
        (("1km", "--output", "x.txt"), ".fit"),
        (("1km", "--name", "a\nb"), "control characters"),
        (("1km", "--name", "ü" * 128), "shorter"),
        (("1km", "--as-of", "soon"), "not a valid date"),
        ((), "missing argument: WORKOUT"),
    ],
)
def test_wrong_use_is_refused(runcoach: Callable[..., Any], arguments: tuple[str, ...], message: str) -> None:
    ended = runcoach("workout", *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert len(ended.err.splitlines()) == 1
